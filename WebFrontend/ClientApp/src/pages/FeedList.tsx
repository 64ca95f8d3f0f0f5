// Entries of a feed, put together where they belong together. Texts of others are shown as text, whatever is in them.
import { Link } from '@tanstack/react-router';
import { Star } from 'lucide-react';
import { useMemo } from 'react';
import type { Entry } from '../engine/feeds';
import { kindOf } from '../engine/wire';
import { kindNamed } from '../kinds';
import { useNames, useT } from '../texts';
import { ago, moment } from '../ui/format';
import { Face, usePeople } from '../ui/people';
import { Value } from '../ui/values';
import { type Group, grouped, together } from './feedGroups';

const most = 5;

export function FeedList({ entries }: { entries: readonly Entry[] }) {
  const groups = useMemo(() => grouped(entries), [entries]);
  return <ol className="history feed">{groups.map(group => <Item key={group.key} group={group} />)}</ol>;
}

function Item({ group }: { group: Group }) {
  const t = useT();
  const people = usePeople();
  const names = useNames();
  const { change, title } = group.entries[0]!;
  const who = people.name(change.by);
  const kind = kindOf(change.ref);
  const verb = (type: string) => names.verb(type.slice(type.lastIndexOf('.') + 1));
  const records = [...new Map(group.entries.map(entry => [entry.change.ref, entry])).values()];
  return (
    <li data-important={group.important || undefined}>
      <Face name={who} size={24} />
      <div className="history-body">
        <p className="history-head">
          {group.important && <span className="feed-important"><Star size={12} aria-hidden="true" />{t('feed.important')}</span>}{' '}
          <strong>{who}</strong>{' '}
          {group.one
            ? <><To reference={change.ref} title={title} />: <span>{[...new Set(group.entries.map(entry => verb(entry.change.type)))].join(', ')}</span></>
            : <span>{t('feed.many', { what: verb(change.type), count: records.length, kind: names.many(kind) })}</span>}{' '}
          <time dateTime={change.at} title={moment(change.at)}>{ago(change.at)}</time>
        </p>
        {group.one ? <Changes group={group} /> : (
          <ul className="feed-records">
            {records.slice(0, most).map(entry => <li key={entry.change.ref}><To reference={entry.change.ref} title={entry.title} /></li>)}
            {records.length > most && <li className="soft">{t('history.more', { count: records.length - most })}</li>}
          </ul>
        )}
      </div>
    </li>
  );
}

function To({ reference, title }: { reference: string; title: string | null }) {
  const names = useNames();
  const kind = kindOf(reference);
  const text = title || names.many(kind);
  return kindNamed(kind) ? <Link to={`/${reference}`}>{text}</Link> : <span>{text}</span>;
}

function Changes({ group }: { group: Group }) {
  const t = useT();
  const names = useNames();
  const kind = kindOf(group.entries[0]!.change.ref);
  const specs = useMemo(() => new Map((kindNamed(kind)?.fields ?? []).map(field => [field.name, field])), [kind]);
  const fields = together(group.entries.filter(entry => !entry.change.type.endsWith('.create'))).filter(([name]) => specs.has(name)); // What a record began with is in the record.
  if (fields.length === 0) return null;
  return (
    <ul className="history-changes">
      {fields.slice(0, most).map(([name, { from, to }]) => (
        <li key={name}>
          <span className="soft">{names.field(kind, specs.get(name)!)}</span>
          <span className="from-to">
            {from !== null && <del><Value kind={kind} field={specs.get(name)!} value={from} /></del>}
            {to !== null ? <ins><Value kind={kind} field={specs.get(name)!} value={to} /></ins> : <em>{t('none')}</em>}
          </span>
        </li>
      ))}
      {fields.length > most && <li className="soft">{t('history.more', { count: fields.length - most })}</li>}
    </ul>
  );
}
