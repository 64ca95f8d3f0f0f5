// The engine as React sees it: each view follows exactly what it shows.
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { away, commands, line, lists, records, session, watches } from './app';
import type { LiveList, ListView } from './lists';
import type { Snapshot } from './records';
import type { Question } from './wire';

export const useLine = () => useSyncExternalStore(listener => line.onState(listener), () => line.state);
export const useSessionState = () => useSyncExternalStore(session.subscribe, session.state);
export const useWaiting = () => useSyncExternalStore(listener => commands.subscribe(listener), () => commands.waiting);
export const useAway = () => useSyncExternalStore(away.subscribe, away.snapshot);

/** A record as this tab has it, without following it on the server. */
export function useRecord(ref: string | undefined): Snapshot | undefined {
  const subscribe = useCallback((listener: () => void) => (ref ? records.subscribe(ref, listener) : () => {}), [ref]);
  return useSyncExternalStore(subscribe, () => (ref ? records.get(ref) : undefined));
}

/** Follows a record on the server for as long as it is shown. */
export function useWatch(ref: string | undefined, wanted = true): Snapshot | undefined {
  useEffect(() => (ref && wanted ? watches.watch(ref) : undefined), [ref, wanted]);
  return useRecord(ref);
}

const none: ListView = { phase: 'loading', refs: [], head: 0, complete: false, entered: new Set<string>() };

/** A list that stays right by itself. */
export function useList(kind: string, question: Question, wanted = true) {
  const key = JSON.stringify([kind, question, wanted]);
  const [held, setHeld] = useState<{ key: string; list: LiveList }>();
  useEffect(() => {
    if (!wanted) return undefined;
    const { list, release } = lists.acquire(kind, question);
    setHeld({ key, list });
    return release;
  }, [key]); // eslint-disable-line react-hooks/exhaustive-deps -- The key says all of it.
  const list = wanted && held?.key === key ? held.list : undefined;
  const view = useSyncExternalStore(
    useCallback(listener => list?.subscribe(listener) ?? (() => {}), [list]), () => list?.view ?? none);
  return { list, view };
}
