// Who else is signed in, and at which rows of a list they are. Part of every page, so it takes nothing that a page can do without.
import { useCallback, useMemo, useSyncExternalStore } from 'react';
import { presence, session } from '../engine/app';
import { useT } from '../texts';
import { Face } from './people';

const useHall = () => useSyncExternalStore(useCallback(listener => presence.subscribe('', listener), []), () => presence.hall());

/** All others who may be seen: who is there before who is away, then by name. */
export function useOthers() {
  const hall = useHall();
  return useMemo(() => [...hall.values()].filter(person => person.userId !== session.kept?.user).sort((a, b) => a.status.localeCompare(b.status) * -1 || a.name.localeCompare(b.name)), [hall]);
}

/** The others at the record of a row. */
export function RowFaces({ at }: { at: string }) {
  const t = useT();
  const hall = useHall();
  const others = useMemo(() => [...hall.values()].filter(person => person.userId !== session.kept?.user && person.refs.includes(at)), [hall, at]);
  if (others.length === 0) return null;
  const names = t('here.open', { names: others.map(person => person.name).join(', ') });
  return <span className="row-faces" role="img" aria-label={names} title={names}>{others.slice(0, 3).map(person => <Face key={person.userId} name={person.name} size={18} />)}</span>;
}
