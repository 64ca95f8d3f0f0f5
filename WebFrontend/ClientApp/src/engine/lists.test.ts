import { expect, test } from 'vitest';
import { type Fetching, LiveList } from './lists';
import type { LineState, Wire } from './line';
import { Records } from './records';
import type { WireRecord } from './wire';

const record = (id: string, version = 1): WireRecord => ({ id, kind: 'contacts', version, createdAt: '', updatedAt: '', updatedBy: 'bo', fields: { name: id } });
const number = (at: number) => `r${String(at).padStart(4, '0')}`;

/** A server with rows in the order of their ids; a cursor is the id after which to go on. */
class Rows implements Wire, Fetching {
  state: LineState = { phase: 'live', since: 0 };
  fetched: (string | undefined)[] = [];
  constructor(public ids: string[]) {}
  on() { /* Changes are handed to the list by the test itself. */ }
  onResume() { /* The line does not break here. */ }
  onState() { return () => {}; }

  async invoke<T>(_: string, ...args: unknown[]): Promise<T> {
    const { limit } = args[1] as { limit: number };
    return { subscription: 's1', items: this.ids.slice(0, limit).map(id => record(id)), next: this.ids.length > limit ? this.ids[limit - 1] : null } as T;
  }

  async page(_: string, { limit }: { limit?: number }, cursor?: string) {
    this.fetched.push(cursor);
    const from = cursor ? this.ids.findIndex(id => id > cursor) : 0;
    const items = from < 0 ? [] : this.ids.slice(from, from + limit!);
    const last = items.at(-1);
    return { items: items.map(id => record(id)), next: last && last < this.ids.at(-1)! ? last : null };
  }

  async count() { return this.ids.length; }
}

async function opened(many: number) {
  const rows = new Rows(Array.from({ length: many }, (_, at) => number(at)));
  const list = new LiveList('contacts', {}, rows, new Records(), rows);
  await list.open();
  return { rows, list, shown: () => list.view.refs.map(ref => ref.slice(9)) };
}

const loaded = (list: LiveList, index: number) => {
  list.need(index);
  return expect.poll(() => list.view.refs.length > index || list.view.complete).toBe(true);
};

test('a short list is whole at once and counts itself', async () => {
  const { list, shown, rows } = await opened(3);
  expect([shown(), list.view.total, list.view.complete, rows.fetched]).toEqual([['r0000', 'r0001', 'r0002'], 3, true, []]);
});

test('a long list knows its length, and loads only what is looked at', async () => {
  const { list, shown, rows } = await opened(1_000);
  expect([list.view.refs.length, list.view.total, list.view.complete]).toEqual([100, 1_000, false]);
  await loaded(list, 450);
  expect(shown()).toEqual(rows.ids.slice(0, list.view.refs.length));
  expect(rows.fetched).toHaveLength(2);
  await loaded(list, 999);
  await expect.poll(() => list.view.complete).toBe(true);
  expect(shown()).toEqual(rows.ids);
});

test('a row that enters a full window pushes the last one out, and none is lost or there twice', async () => {
  const { list, shown, rows } = await opened(500);
  await loaded(list, 250);
  rows.ids = ['a0000', ...rows.ids];
  list.take({ subscription: 's1', upserts: [record('a0000')], removed: ['r0099'], order: rows.ids.slice(0, 100) });
  expect(shown().slice(0, 300)).toEqual(rows.ids.slice(0, 300));
  expect(list.view.entered).toEqual(new Set(['contacts/a0000']));
  await expect.poll(() => list.view.total).toBe(501);
  expect(shown()).toEqual(rows.ids.slice(0, shown().length));
});

test('a row that leaves is gone, and the pages behind move up', async () => {
  const { list, shown, rows } = await opened(500);
  await loaded(list, 250);
  rows.ids = rows.ids.filter(id => id !== 'r0005');
  list.take({ subscription: 's1', upserts: [record('r0100')], removed: ['r0005'], order: rows.ids.slice(0, 100) });
  await expect.poll(() => list.view.total).toBe(499);
  await expect.poll(() => shown().slice(0, 299)).toEqual(rows.ids.slice(0, 299));
});

test('a list that may not be seen any more shows nothing of it', async () => {
  const { list } = await opened(3);
  list.take({ subscription: 's1', upserts: [], removed: ['r0000', 'r0001', 'r0002'], order: [], closed: true });
  expect(list.view).toMatchObject({ phase: 'refused', fault: { code: 'access.denied' } });
});
