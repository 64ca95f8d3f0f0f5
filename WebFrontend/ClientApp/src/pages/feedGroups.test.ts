import { expect, test } from 'vitest';
import type { Entry } from '../engine/feeds';
import { grouped, together } from './feedGroups';

const entry = (ref: string, version: number, minute: number, by = 'bo', verb = 'edit', fields: Entry['change']['fields'] = {}): Entry => ({
  title: ref, importance: verb === 'delete' ? 'important' : 'normal',
  change: { ref, version, at: new Date(Date.UTC(2026, 2, 1, 8, minute)).toISOString(), by, type: `contacts.${verb}`, fields },
});
const told = (entries: Entry[]) => grouped(entries).map(group => `${group.one ? 'one' : 'many'} ${group.entries.length}`);

test('what one person does to one record in one go is one entry, and after a pause it is another', () => {
  expect(told([entry('contacts/a', 3, 20), entry('contacts/a', 2, 10), entry('contacts/a', 1, 0)])).toEqual(['one 3']);
  expect(told([entry('contacts/a', 3, 40), entry('contacts/a', 2, 10), entry('contacts/a', 1, 0)])).toEqual(['one 1', 'one 2']);
  expect(told([entry('contacts/a', 3, 2), entry('contacts/a', 2, 1, 'ana'), entry('contacts/a', 1, 0)])).toEqual(['one 1', 'one 1', 'one 1']);
});

test('the same done to many records is one entry, to a few it is told one by one', () => {
  const made = (count: number) => Array.from({ length: count }, (_, at) => entry(`contacts/${at}`, 1, 5, 'bo', 'create'));
  expect(told(made(200))).toEqual(['many 200']);
  expect(told(made(3))).toEqual(['one 1', 'one 1', 'one 1']);
  expect(told([...made(4), entry('contacts/x', 2, 5, 'bo', 'delete')])).toEqual(['many 4', 'one 1']);
  expect(grouped([entry('contacts/x', 2, 5, 'bo', 'delete')])[0]!.important).toBe(true);
});

test('changes of one record add up, and what came back to where it was is not told', () => {
  const changes = [
    entry('contacts/a', 4, 3, 'bo', 'edit', { title: { from: 'B', to: 'A' } }),
    entry('contacts/a', 3, 2, 'bo', 'edit', { status: { from: 'lead', to: 'customer' } }),
    entry('contacts/a', 2, 1, 'bo', 'edit', { title: { from: 'A', to: 'B' }, notes: { from: null, to: 'x' } }),
  ];
  expect(together(changes)).toEqual([['notes', { from: null, to: 'x' }], ['status', { from: 'lead', to: 'customer' }]]);
});

test('the name of a group stays while it grows at its head', () => {
  const older = [entry('contacts/a', 2, 1), entry('contacts/a', 1, 0)];
  expect(grouped([entry('contacts/a', 3, 2), ...older])[0]!.key).toBe(grouped(older)[0]!.key);
});
