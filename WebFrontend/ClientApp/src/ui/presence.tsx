// Who else is here: faces at a record, what others write in a field, and whose field it is.
import { Button, Tooltip } from '@mantine/core';
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { presence, session, watches } from '../engine/app';
import type { Room } from '../engine/presence';
import type { Snapshot } from '../engine/records';
import { same } from '../engine/wire';
import type { FieldSpec } from '../kinds/kind';
import { useNames, useT } from '../texts';
import type { useDraft } from './draft';
import { ago } from './format';
import { Face, usePeople } from './people';
import { toast } from './toasts';
import { Value } from './values';

const shown = 5;
const typingFor = 3_000;

export const useRoom = (ref: string): Room => useSyncExternalStore(useCallback(listener => presence.subscribe(ref, listener), [ref]), () => presence.at(ref));

/** Says that the user is at a record for as long as this is shown. */
export function useHere(ref: string) {
  useEffect(() => presence.enter(ref, watches.follows(ref)), [ref]);
}

/** The others at a record, with what they do. */
export function Avatars({ record, fields }: { record: Snapshot; fields: readonly FieldSpec[] }) {
  const t = useT();
  const names = useNames();
  const { people, count } = useRoom(record.ref);
  const others = people.filter(person => person.userId !== session.kept?.user);
  if (others.length === 0) return null;
  const hidden = count - (people.length - others.length) - Math.min(others.length, shown);
  const does = (person: (typeof others)[number]) => {
    const field = fields.find(one => one.name === person.field);
    return person.activity === 'viewing' ? t(person.unsaved ? 'here.unsaved' : 'here.views') : field ? t('here.writesIn', { field: names.field(record.kind, field) }) : t('here.writes');
  };
  return (
    <ul className="avatars" aria-label={t('here.title')}>
      {others.slice(0, shown).map(person => (
        <li key={person.userId} data-activity={person.activity} data-user={person.userId}>
          <Tooltip label={`${person.name} · ${does(person)} · ${ago(person.since)}`} events={{ hover: true, focus: true, touch: true }} withinPortal={false}>
            <span tabIndex={0} role="img" aria-label={`${person.name}: ${does(person)}`}><Face name={person.name} size={30} /></span>
          </Tooltip>
        </li>
      ))}
      {hidden > 0 && <li className="avatars-more">+{hidden}</li>}
    </ul>
  );
}

/** Ties a field's draft to what others see of it, and to what is kept of it. */
export function useLiveField(record: Snapshot, field: string, draft: ReturnType<typeof useDraft>) {
  const room = useRoom(record.ref);
  const { open, value, base, restored, restore } = draft;
  useEffect(() => {
    if (open && !restored) presence.write(record.ref, field, value, base ?? record.version);
  }, [open, value, restored]); // eslint-disable-line react-hooks/exhaustive-deps -- Only what is written counts.
  useEffect(() => {
    if (open && !restored) return () => presence.stop(record.ref, field);
    return undefined;
  }, [open, restored, record.ref, field]);
  const kept = room.kept.find(one => one.field === field);
  useEffect(() => {
    if (!kept || open) return;
    if (same(kept.value, record.fields[field] ?? null)) presence.stop(record.ref, field, true);
    else restore(kept.value, kept.base);
  }, [kept]); // eslint-disable-line react-hooks/exhaustive-deps -- Once for each that comes.
  const me = session.kept?.user;
  return { room, kept, others: room.drafts.filter(one => one.field === field && one.by !== me), claim: room.claims.find(one => one.field === field && one.by !== me), asked: room.claims.find(one => one.field === field && one.by === me)?.asked };
}

/** What is told below a field of others who write in it. */
export function LiveNotes({ record, field, draft, live }: { record: Snapshot; field: FieldSpec; draft: ReturnType<typeof useDraft>; live: ReturnType<typeof useLiveField> }) {
  const t = useT();
  const people = usePeople();
  const wish = (how: 'ask' | 'take' | 'release') => presence.claim(record.ref, field.name, how).then(granted => how === 'ask' && !granted && toast(t('claim.asked'), 'plain'), () => toast(t('line.needed'), 'bad'));
  const hold = (event: React.MouseEvent) => event.preventDefault(); // The field keeps the focus, and with it what is written.
  const name = (id: string | undefined) => (id ? live.room.people.find(person => person.userId === id)?.name ?? people.name(id) : t('claim.somebody'));
  return (
    <>
      {draft.restored && live.kept && (
        <p className="field-note warn restored">
          {t(live.kept.base < record.version ? 'kept.older' : 'kept.back', { when: ago(live.kept.at) })}{' '}
          <Button size="compact-xs" variant="light" onMouseDown={hold} onClick={() => { void draft.save(); presence.stop(record.ref, field.name, true); }}>{t('kept.save')}</Button>{' '}
          <Button size="compact-xs" variant="subtle" onMouseDown={hold} onClick={() => { draft.cancel(); presence.stop(record.ref, field.name, true); }}>{t('kept.drop')}</Button>
        </p>
      )}
      {live.others.map(other => (
        <p key={other.by} className="field-note live-draft" data-by={other.by}>
          <Face name={name(other.by)} size={16} /> <Typing at={other.at} who={name(other.by)} /> <q><Value kind={record.kind} field={field} value={other.value} /></q>
        </p>
      ))}
      {live.claim && draft.open && !draft.restored && (
        <p className="field-note claim">
          {t('claim.held', { who: name(live.claim.by) })}{' '}
          <Button size="compact-xs" variant="light" onMouseDown={hold} onClick={() => void wish('ask')}>{t('claim.ask')}</Button>{' '}
          <Button size="compact-xs" variant="subtle" onMouseDown={hold} onClick={() => void wish('take')}>{t('claim.take')}</Button>
        </p>
      )}
      {live.asked && <p className="field-note claim">{t('claim.wanted', { who: name(live.asked) })} <Button size="compact-xs" variant="light" onMouseDown={hold} onClick={() => void wish('release')}>{t('claim.give')}</Button></p>}
    </>
  );
}

function Typing({ at, who }: { at: number; who: string }) {
  const t = useT();
  const [typing, setTyping] = useState(true);
  useEffect(() => {
    setTyping(true);
    const timer = setTimeout(() => setTyping(false), typingFor);
    return () => clearTimeout(timer);
  }, [at]);
  return <span>{t(typing ? 'here.typing' : 'here.wrote', { who })}{typing && <span className="typing" aria-hidden="true"><i /><i /><i /></span>}</span>;
}
