// The engine of the browser against what the simulator's clients went through: the same messages in the same order, out of the server's
// own classes with lost, late and doubled ones, nodes that die and rights that change. It must ask for what the simulated client
// asked for, from the same version under the same rights, and show in the end what the checks of the simulator found to be right.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CallFault, type LineState, type Wire } from './line';
import { Records } from './records';
import { Watches } from './watches';
import type { Fields } from './wire';

const root = path.resolve(import.meta.dirname, '../../../..');
const simulator = ['Release', 'Debug'].map(kind => path.join(root, `tests/Simulation/bin/${kind}/net10.0/Crm.Simulation.dll`)).find(existsSync);
const cases = path.join(root, 'tests/Simulation/Cases');
const seeds = 24;
const linger = 5_000; // Longer than a watch stays after its last user has gone.

type Line = { client: number } & (
  | { what: 'open' | 'lost'; body: null }
  | { what: 'call'; body: { id: number; method: string; arguments: unknown[] } }
  | { what: 'answer' | 'fault'; body: { id: number; body: unknown } }
  | { what: 'push'; body: { target: string; arguments: [never] } }
  | { what: 'shows'; body: { ref: string; live: boolean; version: number; fields: Fields } });

/** What happened in each of some runs, by their names. */
function traces(args: string[]): [string, Line[]][] {
  if (!simulator) throw new Error('The simulator is not built: dotnet build tests/Simulation, or ./crm test, which does it.');
  const { stdout, stderr, status } = spawnSync('dotnet', [simulator, ...args, '--wire'], { encoding: 'utf8', maxBuffer: 1 << 29 });
  if (status !== 0) throw new Error(`the simulator ended with ${status}: ${stderr}`);
  const runs: [string, Line[]][] = [];
  for (const line of stdout.trim().split('\n').map(text => JSON.parse(text) as Line | { run: string })) {
    if ('run' in line) runs.push([line.run, []]);
    else runs.at(-1)![1].push(line);
  }
  return runs;
}

interface Call { method: string; ref: string; since: unknown; resolve: (answer: never) => void; reject: (fault: unknown) => void }

/** A line whose other end is a trace. */
class TracedLine implements Wire {
  state: LineState = { phase: 'off', since: 0 };
  made: Call[] = [];
  #handlers = new Map<string, (message: never) => void>();
  #resumes: (() => Promise<void>)[] = [];

  on(method: string, handler: (message: never) => void) { this.#handlers.set(method, handler); }
  onResume(handler: () => Promise<void>) { this.#resumes.push(handler); }
  onState() { return () => {}; }
  invoke<T>(method: string, ...args: unknown[]): Promise<T> {
    return new Promise<T>((resolve, reject) => { this.made.push({ method, ref: args[0] as string, since: args[1], resolve: resolve as Call['resolve'], reject }); });
  }

  open() { this.state = { phase: 'live', since: 0 }; for (const resume of this.#resumes) void resume(); }
  push(target: string, message: never) { this.#handlers.get(target)?.(message); }

  lose(open: Iterable<Call>) {
    this.state = { phase: 'stale', since: 0 };
    for (const call of [...this.made.splice(0), ...open]) call.reject(new CallFault('line.down', ''));
  }
}

/** One browser of the trace. */
class Replay {
  line = new TracedLine();
  records = new Records();
  watches = new Watches(this.line, this.records);
  leaves = new Map<string, () => void>();
  open = new Map<number, Call>();
  asked = 0;
  twice = new Set<number>(); // Calls by which the simulated user asks again for what he follows, which no browser does by itself.
  over = false; // The line went between such a call and its answer: from then on the two do not know the same.

  async take(one: Line) {
    if (this.over) return;
    switch (one.what) {
      case 'open': this.line.open(); break;
      case 'lost':
        this.over = [...this.open.keys()].some(id => this.twice.has(id));
        this.line.lose(this.open.values());
        this.open.clear();
        break;
      case 'push': this.line.push(one.body.target, one.body.arguments[0]); break;
      case 'call': await this.#called(one.body.id, one.body.method, one.body.arguments); break;
      case 'answer': this.#answered(one.body.id)?.resolve(one.body.body as never); break;
      case 'fault': this.#answered(one.body.id)?.reject(new Error(`HubException: ${String(one.body.body)}`)); break;
    }
    for (let turn = 0; turn < 12; turn++) await Promise.resolve();
  }

  // What the simulated user does, the user here does: he looks at a record, looks away, or looks again because it was gone.
  async #called(id: number, method: string, [ref, since]: unknown[]) {
    if (typeof ref !== 'string' || (method !== 'Watch' && method !== 'Unwatch')) return;
    const asking = () => this.line.made.findIndex(call => call.method === method && call.ref === ref);
    if (method === 'Unwatch' || asking() < 0) {
      this.leaves.get(ref)?.();
      this.leaves.delete(ref);
      if (method === 'Watch') {
        this.leaves.set(ref, this.watches.watch(ref));
        if (asking() < 0) {
          this.twice.add(id);
          this.line.push('Resync', { refs: [ref] } as never); // A browser does so when it is told to.
        }
      } else vi.advanceTimersByTime(linger);
    }
    for (let turn = 0; turn < 12; turn++) await Promise.resolve();
    const at = asking();
    if (method === 'Unwatch') { if (at >= 0) this.line.made.splice(at, 1); return; } // Where no watch was on, none is ended.
    expect(at, `${ref} is asked for, as the simulated client did`).toBeGreaterThanOrEqual(0);
    const [call] = this.line.made.splice(at, 1);
    expect([ref, call!.since]).toEqual([ref, since ?? null]);
    this.asked++;
    this.open.set(id, call!);
  }

  #answered(id: number) {
    const call = this.open.get(id);
    this.open.delete(id);
    return call;
  }
}

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

test.each([...traces(['--seed', '1', '--seeds', `${seeds}`]), ...readdirSync(cases).flatMap(file => traces(['--case', path.join(cases, file)]))])('%s: the browser asks what the simulated client asked, and shows what it showed', async (run, lines) => {
  const clients = new Map<number, Replay>();
  for (const one of lines) {
    const replay = clients.get(one.client) ?? new Replay();
    clients.set(one.client, replay);
    await replay.take(one);
    if (one.what !== 'shows' || !one.body.live || replay.over) continue;
    const { ref, version, fields } = one.body;
    expect([ref, replay.records.version(ref), replay.records.get(ref)?.confirmed]).toEqual([ref, version, fields]);
  }
  if (run.startsWith('seed')) expect([...clients.values()].reduce((sum, client) => sum + client.asked, 0), 'a trace without watching proves nothing').toBeGreaterThan(0);
}, 30_000);
