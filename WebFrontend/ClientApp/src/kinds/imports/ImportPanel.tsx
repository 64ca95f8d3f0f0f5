// An import while it runs and afterwards: how far it is for everybody who looks, what was wrong with which line, and taking it back.
import '@mantine/core/styles/Progress.css';
import { Button, Progress } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Download, Undo2, X } from 'lucide-react';
import { act, rest } from '../../engine/app';
import { CallFault } from '../../engine/line';
import type { Json } from '../../engine/wire';
import { save } from '../../pages/ListPage';
import { useT } from '../../texts';
import { number } from '../../ui/format';
import { toast } from '../../ui/toasts';
import { type PanelProps, text } from '../kind';

export interface LineNote { line: number; field: string; message: string }

const most = 50;
const figure = (value: Json | undefined) => (typeof value === 'number' ? value : 0);
export const notes = (value: Json | undefined) => (Array.isArray(value) ? value as unknown as LineNote[] : []);

export default function ImportPanel({ record }: PanelProps) {
  const t = useT();
  const { fields } = record;
  const state = text(fields.state);
  const total = figure(fields.total);
  const done = figure(fields.done);
  const errors = notes(fields.errors);
  const revert = fields.revert as { done: number; deleted: number; undone: number; left: number } | undefined;
  const busy = state === 'running' || state === 'reverting';
  const part = state === 'reverting' ? (revert ? 100 * revert.done / Math.max(1, figure(fields.created) + figure(fields.merged)) : 0) : total > 0 ? 100 * done / total : busy ? 5 : 100;

  const run = (verb: string) => void act(record.ref, verb).then(
    outcome => { if (outcome.status === 'rejected') toast(outcome.errors?.[0]?.text ?? t('fault'), 'bad'); }, thrown => toast(CallFault.of(thrown).message, 'bad'));
  const download = async () => {
    try {
      save(await (await rest.send('GET', '/api/v1/contacts/imports/{id}/errors.csv', { params: { id: record.id } })).blob(), 'errors.csv');
    } catch (fault) {
      toast((fault as Error).message || t('line.needed'), 'bad');
    }
  };

  return (
    <section className="panel" aria-label={t('import.progress')}>
      <h2>{t(`import.state.${state}` as 'import.state.done')}</h2>
      {text(fields.reason) && <p className="field-note bad">{text(fields.reason)}</p>}
      <Progress value={part} size="md" radius="xl" animated={busy} color={state === 'failed' ? 'red' : undefined} aria-label={t('import.progress')} />
      <dl className="figures" aria-live="polite">
        {(['total', 'created', 'merged', 'skipped', 'failed'] as const).map(name => <div key={name} data-tone={name === 'failed' && figure(fields[name]) > 0 ? 'bad' : undefined}><dt>{t(`import.${name}`)}</dt><dd>{number(figure(fields[name]))}</dd></div>)}
      </dl>
      {revert && <p className="soft">{t('import.reverted', { deleted: number(revert.deleted), undone: number(revert.undone), left: number(revert.left) })}</p>}
      <div className="panel-actions">
        {state === 'running' && <Button variant="default" leftSection={<X size={15} />} onClick={() => run('cancel')}>{t('import.cancel')}</Button>}
        {['done', 'cancelled', 'failed'].includes(state) && fields.dryRun !== true && figure(fields.created) + figure(fields.merged) > 0 && (
          <Button variant="light" color="red" leftSection={<Undo2 size={15} />} onClick={() => run('revert')}>{t('import.revert')}</Button>
        )}
        {state === 'done' && fields.dryRun !== true && <Button variant="default" component={Link} to="/contacts">{t('import.look')}</Button>}
        {figure(fields.failed) > 0 && <Button variant="default" leftSection={<Download size={15} />} onClick={() => void download()}>{t('import.download')}</Button>}
      </div>
      {errors.length > 0 && <LineNotes title={t('import.errors', { count: figure(fields.failed) })} all={errors} />}
    </section>
  );
}

export function LineNotes({ title, all }: { title: string; all: LineNote[] }) {
  const t = useT();
  return (
    <div className="line-notes">
      <h3>{title}</h3>
      <table>
        <thead><tr><th scope="col">{t('import.line')}</th><th scope="col">{t('import.column')}</th><th scope="col">{t('import.wrong')}</th></tr></thead>
        <tbody>{all.slice(0, most).map((note, index) => <tr key={index}><td className="figure">{note.line}</td><td>{note.field}</td><td>{note.message}</td></tr>)}</tbody>
      </table>
      {all.length > most && <p className="soft">{t('history.more', { count: all.length - most })}</p>}
    </div>
  );
}
