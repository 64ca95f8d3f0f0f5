// What the holders of a role may do, as a table of kinds and verbs, and which fields they do not see or not write.
import { Checkbox, TagsInput } from '@mantine/core';
import { commands } from '../../engine/app';
import { useNames, useT } from '../../texts';
import { useCan } from '../../ui/me';
import { contacts } from '../contacts';
import { list, type PanelProps } from '../kind';

const verbs: Record<string, string[]> = {
  contacts: ['read', 'create', 'edit', 'delete', 'restore', 'undo', 'merge', 'import', 'export'],
  imports: ['read', 'delete'], merges: ['read', 'revert'], users: ['read', 'create', 'edit', 'delete', 'assign', 'password'], roles: ['read', 'create', 'edit', 'delete'], fields: ['read', 'create', 'edit', 'delete'],
};
const columns = [...new Set(Object.values(verbs).flat())];

export default function RolePanel({ record }: PanelProps) {
  const t = useT();
  const names = useNames();
  const can = useCan();
  const editable = can('roles.edit');
  const held = list(record.fields.permissions);
  const all = held.includes('*');
  const has = (permission: string) => all || held.includes(permission) || held.includes(`${permission.split('.')[0]}.*`);
  const set = (field: string, values: string[]) => void commands.edit(record.ref, { [field]: values.length > 0 ? values : null });
  const toggle = (kind: string, verb: string) => {
    const permission = `${kind}.${verb}`;
    if (held.includes(`${kind}.*`)) set('permissions', [...held.filter(one => one !== `${kind}.*`), ...verbs[kind]!.filter(one => one !== verb).map(one => `${kind}.${one}`)]);
    else set('permissions', held.includes(permission) ? held.filter(one => one !== permission) : [...held, permission]);
  };
  const own = contacts.fields.map(field => `contacts.${field.name}`);
  return (
    <section className="panel">
      <h2>{t('role.permissions')}</h2>
      {all && <p className="soft">{t('role.all')}</p>}
      <div className="matrix-scroll" tabIndex={0} role="region" aria-label={t('role.permissions')}>
        <table className="matrix">
          <thead><tr><th scope="col">{t('role.kind')}</th>{columns.map(verb => <th key={verb} scope="col">{names.right(verb)}</th>)}</tr></thead>
          <tbody>
            {Object.entries(verbs).map(([kind, allowed]) => (
              <tr key={kind}>
                <th scope="row">{names.many(kind)}</th>
                {columns.map(verb => (
                  <td key={verb}>{allowed.includes(verb) && <Checkbox size="xs" disabled={!editable || all} checked={has(`${kind}.${verb}`)} aria-label={`${names.many(kind)}: ${names.right(verb)}`} onChange={() => toggle(kind, verb)} />}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <TagsInput label={t('role.hidden')} description={t('role.hiddenText')} data={own} disabled={!editable} value={list(record.fields.hidden)} onChange={values => set('hidden', values)} />
      <TagsInput label={t('role.readOnly')} description={t('role.readOnlyText')} data={own} disabled={!editable} value={list(record.fields.readOnly)} onChange={values => set('readOnly', values)} />
    </section>
  );
}
