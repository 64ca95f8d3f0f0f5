// A merge of contacts, which can be taken back.
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { act } from '../../engine/app';
import { CallFault } from '../../engine/line';
import { useT } from '../../texts';
import { toast } from '../../ui/toasts';
import { type PanelProps, text } from '../kind';

export default function MergePanel({ record }: PanelProps) {
  const t = useT();
  const revert = () => void act(record.ref, 'revert').then(() => toast(t('history.undone'), 'good'), thrown => toast(CallFault.of(thrown).message, 'bad'));
  return (
    <section className="panel">
      <div className="panel-actions">
        <Button variant="default" component={Link} to={`/contacts/${text(record.fields.winner)}`}>{t('keys.open')}</Button>
        {record.fields.state === 'done' && <Button variant="light" onClick={revert}>{t('undo')}</Button>}
      </div>
    </section>
  );
}
