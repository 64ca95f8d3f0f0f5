// What is being written in a field: it starts from what its writer sees, is never overwritten by others, and becomes a patch of this
// one field when he is done.
import { useCallback, useEffect, useRef, useState } from 'react';
import { commands, session } from '../engine/app';
import type { Snapshot } from '../engine/records';
import type { Settled } from '../engine/commands';
import { type Fields, type Json, same } from '../engine/wire';

interface Draft { value: Json; base: number; before: Fields; restored?: boolean }

export type Saving = 'idle' | 'saving' | 'waiting' | 'saved';

const tidy = (value: Json): Json => (typeof value === 'string' ? value.trim() || null : value);

export function useDraft(record: Snapshot, name: string) {
  const [draft, setDraft] = useState<Draft>();
  const [saved, setSaved] = useState(false);
  const now = useRef<{ draft?: Draft; record: Snapshot }>({ record });
  now.current = { draft, record };
  const refused = record.refused[name];
  const shown = draft?.value ?? (draft ? null : refused ? refused.value : record.fields[name] ?? null);

  const change = useCallback((value: Json) => {
    const { record: seen, draft: there } = now.current;
    // What its writer saw when he began to write: from here on others' values are told and not shown, and a conflict is measured.
    const next = { value, base: there?.base ?? seen.version, before: there?.before ?? seen.confirmed };
    now.current.draft = next;
    setDraft(next);
    setSaved(false);
  }, []);

  const save = useCallback((value?: Json): Promise<Settled> | undefined => {
    const { draft: written, record: seen } = now.current;
    if (!written) return undefined;
    const next = tidy(value === undefined ? written.value : value);
    now.current.draft = undefined;
    setDraft(undefined);
    const unresolved = seen.conflicts.some(conflict => conflict.field === name);
    if (same(next, seen.fields[name] ?? null) && !unresolved && !seen.refused[name]) return undefined;
    if (same(next, written.before[name] ?? null) && !unresolved && !seen.pending.has(name)) return undefined; // Nothing was written: what others set stands.
    const settled = commands.edit(seen.ref, { [name]: next }, written.base, written.before);
    void settled.then(({ status }) => setSaved(status === 'applied' || status === 'merged'));
    return settled;
  }, [name]);

  const restore = useCallback((value: Json, base: number) => {
    const next = { value, base, before: now.current.record.confirmed, restored: true };
    now.current.draft = next;
    setDraft(next);
  }, []);

  const cancel = useCallback(() => {
    now.current.draft = undefined;
    setDraft(undefined);
  }, []);

  // Whoever leaves the page or the tab in the middle of a word keeps what he has written.
  useEffect(() => {
    // What came back from an earlier tab is not saved by the way: its writer is asked.
    const done = () => { if (!now.current.draft?.restored) void save(); };
    const leaving = () => { if (document.visibilityState === 'hidden') done(); };
    document.addEventListener('visibilitychange', leaving);
    return () => {
      document.removeEventListener('visibilitychange', leaving);
      done();
    };
  }, [save]);

  const touch = record.touched[name];
  const me = session.kept?.user;
  const theirs = draft && touch && touch.version > draft.base && touch.by !== me && !same(record.confirmed[name], draft.value)
    ? { ...touch, value: record.confirmed[name] ?? null } : undefined;
  const conflict = record.conflicts.find(one => one.field === name);
  const saving: Saving = record.pending.has(name) && !conflict ? 'saving' : saved ? 'saved' : 'idle';
  return { value: shown, open: draft !== undefined, base: draft?.base, restored: draft?.restored === true, restore, refused: draft ? undefined : refused?.text, theirs, conflict, saving, change, save, cancel };
}
