// While you were away: what others changed in what is open, and what became of what was written without a line.
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { away, records } from '../engine/app';
import type { AwayReview as Review } from '../engine/away';
import type { Settled } from '../engine/commands';
import { kindOf } from '../engine/wire';
import { kindNamed } from '../kinds';
import { useNames, useT } from '../texts';
import { clock } from '../ui/format';
import { usePeople } from '../ui/people';
import { Value } from '../ui/values';

const shown = 6;

export default function AwayReview({ review }: { review: Review }) {
  const t = useT();
  const names = useNames();
  const people = usePeople();
  const title = (ref: string) => kindNamed(kindOf(ref))?.title(records.get(ref)?.fields ?? {}) || ref;
  const field = (ref: string, name: string) => kindNamed(kindOf(ref))?.fields.find(one => one.name === name) ?? { name, type: 'text' as const };
  const fate = (settled: Settled) => t(settled.status === 'conflict' ? 'away.conflict' : settled.status === 'rejected' ? 'away.rejected' : settled.status === 'merged' ? 'away.merged' : 'away.applied');
  return (
    <section className="away" aria-label={t('away.title')}>
      <header><h2>{t('away.title')}</h2><p className="soft">{t('away.span', { from: clock(review.since), to: clock(review.until) })}</p></header>
      {review.sent.length > 0 && <h3>{t('away.yours')}</h3>}
      <ul>
        {review.sent.slice(0, shown).map(({ command, settled }) => (
          <li key={command.id} data-status={settled.status}>
            <Link to={`/${command.ref}`}>{title(command.ref)}</Link> <span>{Object.keys(command.fields).map(name => names.field(kindOf(command.ref), field(command.ref, name))).join(', ')}</span> <strong>{fate(settled)}</strong>
          </li>
        ))}
      </ul>
      {review.changes.length > 0 && <h3>{t('away.theirs')}</h3>}
      <ul>
        {review.changes.slice(0, shown).map(change => (
          <li key={`${change.ref}-${change.version}`}>
            <Link to={`/${change.ref}`}>{title(change.ref)}</Link> <span>{people.name(change.by)}:</span>{' '}
            {Object.entries(change.fields).slice(0, 3).map(([name, { to }]) => <span key={name}>{names.field(kindOf(change.ref), field(change.ref, name))} → <Value kind={kindOf(change.ref)} field={field(change.ref, name)} value={to} /> </span>)}
          </li>
        ))}
      </ul>
      {review.changes.length > shown && <p className="soft">{t('history.more', { count: review.changes.length - shown })}</p>}
      <Button size="xs" variant="light" onClick={() => away.dismiss()}>{t('away.done')}</Button>
    </section>
  );
}
