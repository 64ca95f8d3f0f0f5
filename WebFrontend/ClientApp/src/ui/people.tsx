// Users by name wherever their id stands.
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { records } from '../engine/app';
import { useList } from '../engine/hooks';
import { idOf } from '../engine/wire';
import { text } from '../kinds/kind';
import { useT } from '../texts';
import { initials } from './format';

interface People { name: (id: string) => string; all: { value: string; label: string }[] }

const Context = createContext<People>({ name: id => id, all: [] });
const question = { sort: 'name' };

export function PeopleProvider({ children }: { children: ReactNode }) {
  const t = useT();
  const { view } = useList('users', question);
  const people = useMemo<People>(() => {
    const all = view.refs.map(ref => ({ value: idOf(ref), label: text(records.get(ref)?.fields.name) || idOf(ref) }));
    const names = new Map(all.map(one => [one.value, one.label]));
    return { all, name: id => names.get(id) ?? (id === 'system' ? t('system') : id.slice(0, 8)) };
  }, [view, t]);
  return <Context value={people}>{children}</Context>;
}

export const usePeople = () => useContext(Context);

const hues = [231, 262, 292, 330, 12, 32, 152, 176, 199];

/** A colour that stays a person's own. It is never the only sign: the initials stand on it. */
export function Face({ name, size = 22 }: { name: string; size?: number }) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return <span className="face" aria-hidden="true" style={{ width: size, height: size, fontSize: size * 0.42, background: `hsl(${hues[sum % hues.length]} 42% 33%)` }}>{initials(name)}</span>;
}

export function Who({ id, face = true }: { id: string; face?: boolean }) {
  const name = usePeople().name(id);
  return <span className="who">{face && <Face name={name} size={18} />}<span>{name}</span></span>;
}
