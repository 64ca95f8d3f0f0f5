// What the holders of a role may do, as a table of kinds and verbs, and which fields they do not see or not write.
import '@mantine/core/styles/Chip.css';
import '@mantine/core/styles/Pill.css';
import '@mantine/core/styles/PillsInput.css';
import { Chip, TagsInput } from '@mantine/core';
import { commands } from '../../engine/app';
import { useNames, useT } from '../../texts';
import { useCan } from '../../ui/me';
import { contacts } from '../contacts';
import { list, type PanelProps } from '../kind';

const verbs: Record<string, string[]> = {
  contacts: ['read', 'create', 'edit', 'delete', 'restore', 'undo', 'merge', 'import', 'export'],
  imports: ['read', 'delete'], merges: ['read', 'revert'], users: ['read', 'create', 'edit', 'delete', 'assign', 'password'], roles: ['read', 'create', 'edit', 'delete'], fields: ['read', 'create', 'edit', 'delete'],
  views: ['read', 'create', 'edit', 'delete'], webhooks: ['read', 'create', 'edit', 'delete', 'secret', 'rotate', 'resume'], deadLetters: ['read', 'replay', 'discard'],
};

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
      <div className="rights">
        {Object.entries(verbs).map(([kind, allowed]) => (
          <fieldset key={kind}>
            <legend>{names.many(kind)}</legend>
            <div>{allowed.map(verb => <Chip key={verb} size="xs" radius="md" variant="light" disabled={!editable || all} checked={has(`${kind}.${verb}`)} onChange={() => toggle(kind, verb)}>{names.right(verb)}</Chip>)}</div>
          </fieldset>
        ))}
      </div>
      <TagsInput label={t('role.hidden')} description={t('role.hiddenText')} data={own} disabled={!editable} value={list(record.fields.hidden)} onChange={values => set('hidden', values)} />
      <TagsInput label={t('role.readOnly')} description={t('role.readOnlyText')} data={own} disabled={!editable} value={list(record.fields.readOnly)} onChange={values => set('readOnly', values)} />
    </section>
  );
}
