// What can be done to many records at once, and taken back at once.
import { Button, Popover, Select } from '@mantine/core';
import { PenLine, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import { act, commands, records, rest } from '../engine/app';
import type { Settled } from '../engine/commands';
import { idOf, type Json } from '../engine/wire';
import type { FieldSpec, KindSpec } from '../kinds/kind';
import { useLabels, useT } from '../texts';
import { Editor } from '../ui/Editor';
import { useCan } from '../ui/me';
import { toast } from '../ui/toasts';

const together = 16; // A server lets 32 calls of a connection be under way.

async function each<T>(refs: readonly string[], work: (ref: string) => Promise<T>): Promise<{ ref: string; result?: T }[]> {
  const done: { ref: string; result?: T }[] = [];
  let next = 0;
  await Promise.all(Array.from({ length: together }, async () => {
    for (let ref = refs[next++]; ref !== undefined; ref = refs[next++]) {
      try { done.push({ ref, result: await work(ref) }); } catch { done.push({ ref }); }
    }
  }));
  return done;
}

export default function BulkBar({ kind, fields, refs, onDone }: { kind: KindSpec; fields: readonly FieldSpec[]; refs: string[]; onDone: () => void }) {
  const t = useT();
  const labels = useLabels(kind.name);
  const can = useCan();
  const editable = fields.filter(field => field.editable !== false && field.type !== 'parts');
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState(editable.find(field => field.type === 'choice')?.name ?? editable[0]?.name);
  const [value, setValue] = useState<Json>(null);
  const field = editable.find(one => one.name === name);

  const set = async () => {
    if (!field) return;
    setOpened(false);
    const done = await each(refs, ref => commands.edit(ref, { [field.name]: field.type === 'set' ? [...new Set([...(records.get(ref)?.fields[field.name] as string[] | undefined ?? []), ...(value as string[] ?? [])])] : value }));
    const changed = done.flatMap(({ ref, result }) => (result && good(result) ? [{ ref, version: result.version }] : []));
    const undo = async () => {
      const undone = await each(changed.map(one => one.ref), ref => act(ref, 'undo', { version: changed.find(one => one.ref === ref)!.version }));
      toast(t('bulk.undone', { count: undone.filter(one => one.result?.status === 'applied' || one.result?.status === 'merged').length }), 'good');
    };
    toast(t('bulk.changed', { count: changed.length }), changed.length === refs.length ? 'good' : 'bad', changed.length > 0 ? { label: t('undo'), run: () => void undo() } : undefined);
    onDone();
  };

  const remove = async () => {
    const done = await each(refs, async ref => { await rest.remove(kind.name, idOf(ref)); return true; });
    const gone = done.filter(one => one.result).map(one => one.ref);
    const restore = async () => {
      const back = await each(gone, ref => rest.verb(kind.name, idOf(ref), 'restore'));
      toast(t('bulk.restored', { count: back.filter(one => one.result).length }), 'good');
    };
    toast(t('bulk.deleted', { count: gone.length }), gone.length === refs.length ? 'plain' : 'bad', gone.length > 0 ? { label: t('undo'), run: () => void restore() } : undefined);
    onDone();
  };

  return (
    <div className="bulk" role="toolbar" aria-label={t('bulk')}>
      <strong>{t('bulk.chosen', { count: refs.length })}</strong>
      {can(`${kind.name}.edit`) && field && (
        <Popover opened={opened} onChange={setOpened} position="top" trapFocus returnFocus>
          <Popover.Target><Button size="xs" variant="default" leftSection={<PenLine size={14} />} onClick={() => setOpened(!opened)}>{t('bulk.set')}</Button></Popover.Target>
          <Popover.Dropdown className="filter-drop">
            <form className="stack" onSubmit={event => { event.preventDefault(); void set(); }}>
              <Select label={t('filter.field')} data={editable.map(one => ({ value: one.name, label: labels.field(one) }))} value={name} allowDeselect={false} comboboxProps={{ withinPortal: false }} onChange={next => { setName(next ?? undefined); setValue(null); }} />
              <Editor within key={name} kind={kind.name} field={field} value={value} onChange={setValue} />
              <Button type="submit">{t('bulk.apply', { count: refs.length })}</Button>
            </form>
          </Popover.Dropdown>
        </Popover>
      )}
      {kind.deletable && can(`${kind.name}.delete`) && <Button size="xs" variant="default" color="red" leftSection={<Trash2 size={14} />} onClick={() => void remove()}>{t('delete')}</Button>}
      <Button size="xs" variant="subtle" leftSection={<X size={14} />} onClick={onDone}>{t('bulk.clear')}</Button>
    </div>
  );
}

const good = (settled: Settled): settled is Extract<Settled, { version: number }> => settled.status === 'applied' || settled.status === 'merged';
