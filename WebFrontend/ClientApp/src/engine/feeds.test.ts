import { expect, test, vi } from 'vitest';
import { type Entry, Feeds, joined, LiveFeed } from './feeds';
import { CallFault, type LineState, type Wire } from './line';

const entry = (ref: string, version: number, second: number): Entry => ({
  title: ref, importance: 'normal', change: { ref, version, at: `2026-03-01T08:00:${String(second).padStart(2, '0')}Z`, by: 'bo', type: 'contacts.edit', fields: {} },
});

class Server implements Wire {
  state: LineState = { phase: 'live', since: 0 };
  calls: unknown[][] = [];
  items = [entry('contacts/a', 1, 1)];
  tell!: (told: object) => void;
  resume!: () => Promise<void>;
  before = () => Promise.resolve();
  on(_: string, handler: (message: never) => void) { this.tell = handler as (told: object) => void; }
  onResume(handler: () => Promise<void>) { this.resume = handler; }
  onState() { return () => {}; }
  async invoke<T>(...call: unknown[]): Promise<T> {
    this.calls.push(call);
    await this.before();
    return { subscription: `feed-${this.calls.filter(([method]) => method === 'WatchActivity').length}`, items: this.items, next: 'c1' } as T;
  }
}

const shown = (feed: LiveFeed) => feed.view.entries.map(({ change }) => `${change.ref} ${change.version}`);

async function opened(server = new Server()) {
  const more = vi.fn(async () => ({ items: [entry('contacts/a', 1, 1), entry('contacts/z', 9, 0)], next: null }));
  const { feed, release } = new Feeds(server, more).acquire({ scope: 'own' });
  await vi.waitFor(() => expect(feed.view.phase).toBe('ready'));
  return { server, feed, release, more };
}

test('what happens comes on top, once, and older pages go below without repeating anything', async () => {
  const { server, feed, more } = await opened();
  server.tell({ subscription: 'feed-1', items: [entry('contacts/b', 2, 5)] });
  server.tell({ subscription: 'feed-1', items: [entry('contacts/b', 2, 5)] });
  server.tell({ subscription: 'feed-9', items: [entry('contacts/x', 2, 6)] });
  expect(shown(feed)).toEqual(['contacts/b 2', 'contacts/a 1']);
  await feed.more();
  await feed.more();
  expect(shown(feed)).toEqual(['contacts/b 2', 'contacts/a 1', 'contacts/z 9']);
  expect(more).toHaveBeenCalledTimes(1);
});

test('a record that is taken away leaves no entry behind', async () => {
  const { server, feed } = await opened();
  server.tell({ subscription: 'feed-1', items: [entry('contacts/b', 2, 5), entry('contacts/b', 3, 6)] });
  server.tell({ subscription: 'feed-1', removed: ['contacts/b'] });
  expect(shown(feed)).toEqual(['contacts/a 1']);
});

test('after a reset, and when the line is back, the feed is asked anew and shows nothing of before', async () => {
  const { server, feed } = await opened();
  server.items = [entry('contacts/n', 1, 9)];
  server.tell({ subscription: 'feed-1', reset: true });
  server.tell({ subscription: 'feed-1', items: [entry('contacts/late', 1, 10)] });
  await vi.waitFor(() => expect(shown(feed)).toEqual(['contacts/n 1']));
  server.items = [];
  await server.resume();
  await vi.waitFor(() => expect(shown(feed)).toEqual([]));
});

test('a line that is down is no fault of the feed, and what the server refuses is', async () => {
  const server = new Server();
  server.before = () => Promise.reject(new CallFault('line.down', 'down'));
  const { feed } = new Feeds(server, async () => ({ items: [], next: null })).acquire({ scope: 'own' });
  await vi.waitFor(() => expect(server.calls.length).toBe(1));
  expect(feed.view.phase).toBe('loading');
  server.before = () => Promise.resolve();
  await server.resume();
  await vi.waitFor(() => expect(shown(feed)).toEqual(['contacts/a 1']));
  server.before = () => Promise.reject(new CallFault('feeds.limit', 'Too many.'));
  const other = new LiveFeed({ scope: 'team' }, server, async () => ({ items: [], next: null }));
  await other.open();
  expect([other.view.phase, other.view.fault]).toEqual(['fault', 'Too many.']);
});

test('an entry that overtakes the answer is not lost', async () => {
  const server = new Server();
  let go = () => {};
  server.before = () => new Promise(resolve => { go = resolve; });
  const { feed } = new Feeds(server, async () => ({ items: [], next: null })).acquire({ scope: 'own' });
  server.tell({ subscription: 'feed-1', items: [entry('contacts/b', 2, 5)] });
  go();
  await vi.waitFor(() => expect(shown(feed)).toEqual(['contacts/b 2', 'contacts/a 1']));
});

test('a feed that is closed lets go of its subscription, also when the answer comes later', async () => {
  const { server, release } = await opened();
  release();
  expect(server.calls.at(-1)).toEqual(['UnwatchActivity', 'feed-1']);
});

test('entries of one instant have one order', () => {
  const some = [entry('contacts/a', 1, 1), entry('contacts/a', 2, 1), entry('contacts/b', 1, 1)];
  expect(joined(some, []).map(({ change }) => `${change.ref} ${change.version}`)).toEqual(joined([], some.toReversed()).map(({ change }) => `${change.ref} ${change.version}`));
});
