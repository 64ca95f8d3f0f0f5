// Many entries as few: what somebody did to one record in one go, and what he did to many of one kind.
import type { Entry } from '../engine/feeds';
import { kindOf, same } from '../engine/wire';

/** Entries that belong together, newest first; all by one person. `one`: of one record. `many`: the same done to several records of a kind. */
export interface Group { key: string; entries: Entry[]; one: boolean; important: boolean }

const span = 15 * 60_000; // Two entries further apart are two things that somebody did.
const fewest = 4; // Fewer records than these are told one by one.

const near = (a: Entry, b: Entry) => a.change.by === b.change.by && Math.abs(Date.parse(a.change.at) - Date.parse(b.change.at)) <= span;
const keyOf = ({ change }: Entry) => `${change.ref}@${change.version}`;

export function grouped(entries: readonly Entry[]): Group[] {
  const groups: Group[] = [];
  for (let at = 0; at < entries.length;) {
    const first = entries[at]!;
    const run = (fits: (entry: Entry) => boolean) => {
      let to = at + 1;
      while (to < entries.length && fits(entries[to]!) && near(entries[to]!, entries[to - 1]!)) to++;
      return entries.slice(at, to);
    };
    const one = run(entry => entry.change.ref === first.change.ref);
    const alike = run(entry => entry.change.type === first.change.type && kindOf(entry.change.ref) === kindOf(first.change.ref));
    const many = alike.length > one.length && new Set(alike.map(entry => entry.change.ref)).size >= fewest;
    const found = many ? alike : one;
    groups.push({ key: keyOf(found.at(-1)!), entries: found, one: !many, important: found.some(entry => entry.importance === 'important') });
    at += found.length;
  }
  return groups;
}

/** What the changes of one record come to: each field from what it was before the first to what it is after the last. */
export function together(entries: readonly Entry[]) {
  const fields = new Map<string, { from: Entry['change']['fields'][string]['from']; to: Entry['change']['fields'][string]['to'] }>();
  for (const { change } of entries.toReversed()) {
    for (const [name, { from, to }] of Object.entries(change.fields)) fields.set(name, { from: fields.get(name)?.from ?? from, to });
  }
  return [...fields].filter(([, { from, to }]) => !same(from, to));
}
