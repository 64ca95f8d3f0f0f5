import 'fake-indexeddb/auto';
import { describe, expect, test } from 'vitest';
import { Away } from './away';
import { Commands } from './commands';
import { ModelServer, ModelWire } from './model';
import { type Command, DiskQueue, type Queue } from './queue';
import { Records } from './records';
import { Watches } from './watches';
import { flat, nested, same } from './wire';

const ref = 'contacts/1';

class MemoryQueue implements Queue {
  kept = new Map<string, Command>();
  async put(command: Command) { this.kept.set(command.id, command); }
  async drop(id: string) { this.kept.delete(id); }
  async all() { return [...this.kept.values()]; }
}

let ids = 0;

function client(server: ModelServer, user: string, queue: Queue = new MemoryQueue(), tab = user) {
  const wire = new ModelWire(server, user);
  const records = new Records();
  const watches = new Watches(wire, records);
  const commands = new Commands(wire, records, queue, { user: () => user, tab, id: () => `c${++ids}`, now: () => ids, pause: async () => {} });
  return { wire, records, watches, commands, queue, fields: () => records.get(ref)!.fields, away: new Away(wire, records, commands, () => user) };
}

/** Lets everything that is ready go on. */
const turns = async (count = 20) => { for (let turn = 0; turn < count; turn++) await Promise.resolve(); };

async function pair() {
  const server = new ModelServer();
  server.make(ref, { name: 'Maria', title: 'Buyer' });
  const [ana, bo] = [client(server, 'ana'), client(server, 'bo')];
  for (const one of [ana, bo]) { one.watches.watch(ref); await one.wire.connect(); }
  return { server, ana, bo };
}

describe('an edit', () => {
  test('shows at once, stays shown without a flicker, and is what the others see', async () => {
    const { ana, bo } = await pair();
    const seen: unknown[] = [];
    ana.records.subscribe(ref, () => seen.push(ana.fields().title));
    const settled = ana.commands.edit(ref, { title: 'Head' });
    expect(ana.fields().title).toBe('Head');
    expect(ana.records.get(ref)!.pending.has('title')).toBe(true);
    expect(await settled).toMatchObject({ status: 'applied', version: 2 });
    expect(ana.records.get(ref)!.confirmed.title).toBe('Buyer');
    ana.wire.deliver();
    bo.wire.deliver();
    expect(ana.records.get(ref)!.pending.size).toBe(0);
    expect(new Set(seen)).toEqual(new Set(['Head']));
    expect(bo.fields().title).toBe('Head');
  });

  test('that is refused rolls back, with its reason and without losing what was written', async () => {
    const { ana } = await pair();
    expect(await ana.commands.edit(ref, { title: 'forbidden' })).toEqual({ status: 'rejected', text: 'Not that.' });
    expect(ana.fields().title).toBe('Buyer');
    expect(ana.records.get(ref)!.refused.title).toEqual({ value: 'forbidden', text: 'Not that.' });
    await ana.commands.edit(ref, { title: 'Fine' });
    expect(ana.records.get(ref)!.refused.title).toBeUndefined();
  });

  test('after one of our own is no conflict with ourselves', async () => {
    const { ana, server } = await pair();
    const [first, second] = [ana.commands.edit(ref, { title: 'One' }, 1), turns().then(() => ana.commands.edit(ref, { title: 'Two' }, 1))];
    expect((await first).status).toBe('applied');
    expect((await second).status).not.toBe('conflict');
    expect(server.record(ref).fields.title).toBe('Two');
  });

  test('of another field merges silently', async () => {
    const { ana, bo, server } = await pair();
    await bo.commands.edit(ref, { name: 'Maria Anders' });
    expect(await ana.commands.edit(ref, { title: 'Head' })).toMatchObject({ status: 'merged', version: 3 });
    expect(server.record(ref).fields).toEqual({ name: 'Maria Anders', title: 'Head' });
  });
});

describe('a conflict', () => {
  test('holds base, theirs and yours, keeps what was written, and is resolved by choice', async () => {
    const { ana, bo, server } = await pair();
    await bo.commands.edit(ref, { title: 'Director' });
    const settled = await ana.commands.edit(ref, { title: 'Head' }, 1);
    expect(settled).toMatchObject({ status: 'conflict', conflicts: [{ field: 'title', base: 'Buyer', theirs: 'Director', yours: 'Head', by: 'bo' }] });
    ana.wire.deliver();
    expect(ana.fields().title).toBe('Head');
    expect(ana.records.get(ref)!.conflicts).toHaveLength(1);
    const [waiting] = ana.commands.conflicting;
    expect(await ana.commands.resolve(ref, waiting!.id, { title: 'Head Director' })).toMatchObject({ status: 'applied' });
    expect(server.record(ref).fields.title).toBe('Head Director');
    expect(ana.commands.conflicting).toEqual([]);
  });

  test('left to the others shows theirs and sends nothing', async () => {
    const { ana, bo, server } = await pair();
    await bo.commands.edit(ref, { title: 'Director' });
    await ana.commands.edit(ref, { title: 'Head' }, 1);
    ana.wire.deliver();
    const before = server.applied;
    expect(ana.commands.resolve(ref, ana.commands.conflicting[0]!.id, {})).toBeUndefined();
    expect(ana.fields().title).toBe('Director');
    expect(server.applied).toBe(before);
  });

  test('that is written over without being resolved is found again', async () => {
    const { ana, bo } = await pair();
    await bo.commands.edit(ref, { title: 'Director' });
    await ana.commands.edit(ref, { title: 'Head' }, 1);
    ana.wire.deliver();
    expect((await ana.commands.edit(ref, { title: 'Head!' })).status).toBe('conflict');
    expect(ana.commands.conflicting).toHaveLength(1);
  });
});

describe('the line', () => {
  test('that loses an answer gets the same command again, and it counts once', async () => {
    const { ana, server } = await pair();
    ana.wire.loseAnswers = 1;
    const settled = ana.commands.edit(ref, { title: 'Head' });
    await turns();
    expect(ana.commands.waiting).toBe(1);
    expect(ana.fields().title).toBe('Head');
    await ana.wire.connect();
    expect(await settled).toMatchObject({ status: 'applied' });
    expect(server.applied).toBe(1);
  });

  test('that was down brings what was missed, sends what was written, and tells of both', async () => {
    const { ana, bo, server } = await pair();
    ana.wire.cut();
    const settled = ana.commands.edit(ref, { title: 'Offline' });
    await bo.commands.edit(ref, { name: 'Maria Anders' });
    await turns();
    expect(ana.fields()).toEqual({ name: 'Maria', title: 'Offline' });
    await ana.wire.connect();
    await settled;
    expect(server.record(ref).fields).toEqual({ name: 'Maria Anders', title: 'Offline' });
    expect(ana.wire.calls.filter(([method]) => method === 'Watch').map(call => call[2])).toEqual([null, { version: 1, view: 'without nothing' }]);
    expect(ana.away.review).toMatchObject({ changes: [{ by: 'bo', version: 2 }], sent: [{ settled: { status: 'merged' } }] });
  });

  test('replaces what was not sent yet by what was written later, on the base that its writer saw', async () => {
    const { ana, bo } = await pair();
    ana.wire.cut();
    void ana.commands.edit(ref, { title: 'First' });
    const last = ana.commands.edit(ref, { title: 'Second' });
    await bo.commands.edit(ref, { title: 'Director' });
    expect(ana.commands.waiting).toBe(1);
    await ana.wire.connect();
    expect(await last).toMatchObject({ status: 'conflict', conflicts: [{ base: 'Buyer', theirs: 'Director', yours: 'Second' }] });
  });

  test('with a gap asks from the version that is here', async () => {
    const { ana, server } = await pair();
    server.edit('bo', ref, 1, { title: 'A' }, 'x1');
    server.edit('bo', ref, 2, { title: 'B' }, 'x2');
    ana.wire.send('Changed', { ref, version: 3, at: '', by: 'bo', type: '', fields: { title: { from: 'A', to: 'B' } } });
    await turns();
    expect(ana.records.version(ref)).toBe(3);
    expect(ana.fields().title).toBe('B');
  });

  test('delivers changes that overtake the answer to Watch in their place', async () => {
    const { ana, server } = await pair();
    ana.wire.send('Resync', { refs: [ref] });
    server.edit('bo', ref, 1, { title: 'A' }, 'y1');
    ana.wire.deliver();
    await turns();
    expect(ana.records.version(ref)).toBe(2);
  });

  test('that was down while rights changed brings the record as it may be seen now', async () => {
    const { ana, server } = await pair();
    ana.wire.cut();
    server.hidden.set('ana', ['title']);
    await ana.wire.connect();
    expect(ana.fields()).toEqual({ name: 'Maria' });
    ana.wire.cut();
    server.hidden.delete('ana');
    await ana.wire.connect();
    expect(ana.fields()).toEqual({ name: 'Maria', title: 'Buyer' });
  });

  test('says that a record is gone, and what it held is dropped', async () => {
    const { ana } = await pair();
    ana.wire.send('Removed', { ref, version: 2, by: 'bo' });
    expect(ana.records.get(ref)).toMatchObject({ gone: { by: 'bo' }, confirmed: {} });
  });
});

describe('the queue', () => {
  test('survives its tab, and the leader sends it under the first id', async () => {
    const { server, ana } = await pair();
    const queue = new DiskQueue();
    const closed = client(server, 'ana', queue, 'tab-1');
    void closed.commands.edit(ref, { title: 'Written before the crash' }, 1, { title: 'Buyer' });
    await expect.poll(async () => (await queue.all()).length).toBe(1);

    const next = client(server, 'ana', new DiskQueue(), 'tab-2');
    next.watches.watch(ref);
    await next.wire.connect();
    await next.commands.restore(() => false);
    await expect.poll(() => server.record(ref).fields.title).toBe('Written before the crash');
    await expect.poll(async () => (await new DiskQueue().all()).length).toBe(0);
    expect(ana.commands.waiting).toBe(0);
  });

  test('of a living tab or another user is left alone', async () => {
    const { server } = await pair();
    const queue = new MemoryQueue();
    const command = (id: string, user: string, tab: string): Command => ({ id, ref, user, tab, fields: { title: id }, base: 1, before: {}, at: 1 });
    for (const one of [command('k1', 'ana', 'alive'), command('k2', 'bo', 'dead')]) await queue.put(one);
    const next = client(server, 'ana', queue, 'me');
    await next.wire.connect();
    await next.commands.restore(tab => tab === 'alive');
    await turns();
    expect(server.applied).toBe(0);
    expect(queue.kept.size).toBe(2);
  });
});

/** A small generator of our own, so that a failure names the seed that repeats it. */
function dice(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

test.each(Array.from({ length: 200 }, (_, seed) => seed))('seed %i: whatever is cut, lost and reordered, all end with what the server has, and each edit counts once', async seed => {
  const roll = dice(seed);
  const { server, ana, bo } = await pair();
  const everyone = [ana, bo];
  const settled: Promise<unknown>[] = [];
  for (let step = 0; step < 40; step++) {
    const one = everyone[roll(2)]!;
    switch (roll(6)) {
      case 0: case 1: settled.push(one.commands.edit(ref, { [['name', 'title', 'notes'][roll(3)]!]: roll(4) ? `v${step}` : null })); break;
      case 2: one.wire.deliver(); break;
      case 3: one.wire.cut(); break;
      case 4: if (one.wire.state.phase !== 'live') await one.wire.connect(); break;
      default: one.wire.loseAnswers = roll(2); await turns(roll(5));
    }
  }
  for (let round = 0; round < 5; round++) {
    for (const one of everyone) {
      one.wire.loseAnswers = 0;
      if (one.wire.state.phase !== 'live') await one.wire.connect();
      await turns(200);
      one.wire.deliver();
      for (const command of one.commands.conflicting) void one.commands.resolve(ref, command.id, roll(2) ? command.fields : {});
      await turns(200);
    }
  }
  for (const one of everyone) one.wire.deliver();
  await Promise.all(settled);
  for (const one of everyone) {
    expect(one.commands.waiting).toBe(0);
    expect(one.records.get(ref)!.confirmed).toEqual(server.record(ref).fields);
    expect(one.fields()).toEqual(server.record(ref).fields);
    expect(one.records.version(ref)).toBe(server.records.get(ref)!.version);
  }
  expect(server.records.get(ref)!.version).toBe(1 + server.applied);
});

test('custom fields are flat here and nested in bodies', () => {
  expect(flat({ name: 'A', custom: { budget: 3 } })).toEqual({ name: 'A', 'custom.budget': 3 });
  expect(nested({ name: 'A', 'custom.budget': null })).toEqual({ name: 'A', custom: { budget: null } });
  expect([same({ a: [1, 2] }, { a: [1, 2] }), same(null, undefined), same(['a'], ['b']), same({ a: 1 }, [1])]).toEqual([true, true, false, false]);
});
