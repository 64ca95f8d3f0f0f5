// What happened to a record, newest first: undone one by one, and the record as it was at any of these moments.
import { Button, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { Eye, Undo2 } from 'lucide-react';
import { useCallback } from 'react';
import { act, rest } from '../engine/app';
import { CallFault } from '../engine/line';
import type { Snapshot } from '../engine/records';
import type { Entry } from '../engine/feeds';
import { type Fields, type Json, kindOf, same } from '../engine/wire';
import type { FieldSpec } from '../kinds/kind';
import { kindNamed } from '../kinds';
import { useLabels, useNames, useT } from '../texts';
import { ago, moment } from '../ui/format';
import { Face, usePeople } from '../ui/people';
import { toast } from '../ui/toasts';
import { Value } from '../ui/values';

export interface Past { version: number; at: string; by: string; type: string; changes: Record<string, { from: Json; to: Json }> }

export function useHistory(record: Snapshot) {
  return useQuery({
    queryKey: ['history', record.ref, record.version],
    placeholderData: before => before,
    queryFn: async () => {
      const all: Past[] = [];
      for (let after: number | null = 0; after !== null;) {
        const page = await rest.history(record.kind, record.id, after);
        all.push(...page.items as unknown as Past[]);
        after = page.next;
      }
      return all;
    },
  });
}

/** The fields as they were after a version. */
export function asOf(history: readonly Past[], version: number): Fields {
  const fields: Fields = {};
  for (const change of history.filter(one => one.version <= version)) {
    for (const [name, { to }] of Object.entries(change.changes)) {
      if (to === null) delete fields[name];
      else fields[name] = to;
    }
  }
  return fields;
}

/** One line of time: what was done to the record, and what was done to others that refer to it. Newest first. */
function timeline(history: readonly Past[], others: readonly Entry[]): (Past | Entry)[] {
  const at = (one: Past | Entry) => Date.parse('importance' in one ? one.change.at : one.at);
  return [...[...history].reverse(), ...others].sort((a, b) => at(b) - at(a));
}

/** What happened to another record that refers to this one, such as a merge. */
function Elsewhere({ entry: { change, title } }: { entry: Entry }) {
  const names = useNames();
  const who = usePeople().name(change.by);
  const kind = kindOf(change.ref);
  const spec = kindNamed(kind);
  const Icon = spec?.icon ?? Eye;
  return (
    <li data-ref={change.ref}>
      <span className="history-icon"><Icon size={14} aria-hidden="true" /></span>
      <div className="history-body">
        <p className="history-head"><Link to={`/${change.ref}`}>{names.many(kind)}{title && spec?.title !== undefined && !/^[0-9a-f-]{36}$/.test(title) ? `: ${title}` : ''}</Link> <strong>{who}</strong> <span>{names.verb(change.type.slice(change.type.lastIndexOf('.') + 1))}</span> <time dateTime={change.at} title={moment(change.at)}>{ago(change.at)}</time></p>
      </div>
    </li>
  );
}

interface Props { record: Snapshot; history: readonly Past[]; others: readonly Entry[]; fields: readonly FieldSpec[]; shown?: number; onShow: (version: number | undefined) => void; mayUndo: boolean }

export function History({ record, history, others, fields, shown, onShow, mayUndo }: Props) {
  const t = useT();
  const people = usePeople();
  const labels = useLabels(record.kind);
  const specs = new Map(fields.map(field => [field.name, field]));
  const told = useLocation({ select: place => Number((place.search as { change?: number }).change) });
  const find = useCallback((item: HTMLLIElement | null) => item?.scrollIntoView({ block: 'center' }), []);

  const undo = async (change: Past) => {
    try {
      const outcome = await act(record.ref, 'undo', { version: change.version });
      if (outcome.status === 'applied' || outcome.status === 'merged') toast(t('history.undone'), 'good');
      else toast(outcome.status === 'conflict' ? t('history.changedSince') : outcome.errors?.[0]?.text ?? t('fault'), 'bad');
    } catch (thrown) {
      toast(CallFault.of(thrown).message, 'bad');
    }
  };

  return (
    <ol className="history">
      {timeline(history, others).map(one => {
        if ('importance' in one) return <Elsewhere key={`${one.change.ref} ${one.change.version}`} entry={one} />;
        const change = one;
        const verb = change.type.slice(change.type.indexOf('.') + 1);
        const entries = Object.entries(change.changes).filter(([name, { from, to }]) => specs.has(name) && !same(from, to));
        const who = people.name(change.by);
        return (
          <li key={change.version} ref={told === change.version ? find : undefined} data-shown={shown === change.version || undefined} data-told={told === change.version || undefined}>
            <Face name={who} size={24} />
            <div className="history-body">
              <p className="history-head"><strong>{who}</strong> <span>{labels.verb(verb)}</span> <time dateTime={change.at} title={moment(change.at)}>{ago(change.at)}</time></p>
              {entries.length > 0 && verb !== 'create' && (
                <ul className="history-changes">
                  {entries.slice(0, 6).map(([name, { from, to }]) => (
                    <li key={name}>
                      <span className="soft">{labels.field(specs.get(name)!)}</span>
                      <span className="from-to">
                        {from !== null && <del><Value kind={record.kind} field={specs.get(name)!} value={from} /></del>}
                        {to !== null ? <ins><Value kind={record.kind} field={specs.get(name)!} value={to} /></ins> : <em>{t('none')}</em>}
                      </span>
                    </li>
                  ))}
                  {entries.length > 6 && <li className="soft">{t('history.more', { count: entries.length - 6 })}</li>}
                </ul>
              )}
              <p className="history-actions">
                {change.version < record.version && (
                  <Tooltip label={t('history.asOf')}>
                    <Button size="compact-xs" variant="subtle" color="gray" leftSection={<Eye size={13} aria-hidden="true" />} aria-pressed={shown === change.version}
                      onClick={() => onShow(shown === change.version ? undefined : change.version)}>{t('history.version', { version: change.version })}</Button>
                  </Tooltip>
                )}
                {change.version > 1 && mayUndo && entries.length > 0 && (
                  <Button size="compact-xs" variant="subtle" color="gray" leftSection={<Undo2 size={13} aria-hidden="true" />} onClick={() => void undo(change)}>{t('undo')}</Button>
                )}
              </p>
            </div>
          </li>
        );
      })}
    </ol>
  );
}
