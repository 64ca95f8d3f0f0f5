// A model of the server for tests: records with versions, merges and conflicts as docs/protocol.md promises them, and a line that
// loses answers and connections when it is told to. Everything happens in turns that the test counts, nothing waits for time.
import { CallFault, type LineState, type Wire } from './line';
import { type Change, type Conflict, type Fields, idOf, kindOf, type Outcome, same, type WatchAnswer, type WireRecord } from './wire';

interface Kept { version: number; fields: Fields; changes: Change[] }

export class ModelServer {
  records = new Map<string, Kept>();
  answers = new Map<string, Outcome>();
  applied = 0;
  /** By user: the fields that he may not see. A change of it is a change of rights. */
  hidden = new Map<string, string[]>();
  wires = new Set<ModelWire>();

  make(ref: string, fields: Fields) { this.records.set(ref, { version: 1, fields: { ...fields }, changes: [] }); }

  edit(by: string, ref: string, base: number, fields: Fields, id: string): Outcome {
    const known = this.answers.get(id);
    if (known) return known;
    const outcome = this.#decide(by, ref, base, fields);
    this.answers.set(id, outcome);
    return outcome;
  }

  #decide(by: string, ref: string, base: number, fields: Fields): Outcome {
    const kept = this.records.get(ref)!;
    if (Object.values(fields).includes('forbidden')) return { status: 'rejected', version: kept.version, errors: [{ field: Object.keys(fields)[0]!, code: 'no', text: 'Not that.' }] };
    const since = kept.changes.filter(change => change.version > base);
    const conflicts: Conflict[] = [];
    for (const [field, yours] of Object.entries(fields)) {
      const first = since.find(change => field in change.fields);
      const last = since.findLast(change => field in change.fields);
      if (first && last && !same(last.fields[field]!.to, yours)) {
        conflicts.push({ field, base: first.fields[field]!.from, theirs: last.fields[field]!.to, yours, by: last.by, at: last.at });
      }
    }
    if (conflicts.length > 0) return { status: 'conflict', version: kept.version, conflicts };
    const change: Change = { ref, version: kept.version + 1, at: '2026-09-01T12:00:00Z', by, type: `${kindOf(ref)}.edit`, fields: {} };
    for (const [name, to] of Object.entries(fields)) {
      change.fields[name] = { from: kept.fields[name] ?? null, to };
      if (to === null) delete kept.fields[name];
      else kept.fields[name] = to;
    }
    kept.version++;
    kept.changes.push(change);
    this.applied++;
    for (const wire of this.wires) wire.hear(change);
    return { status: since.length > 0 ? 'merged' : 'applied', version: kept.version };
  }

  record(ref: string, user = ''): WireRecord {
    const { version, fields } = this.records.get(ref)!;
    const seen = Object.entries(fields).filter(([name]) => !this.hidden.get(user)?.includes(name));
    return { id: idOf(ref), kind: kindOf(ref), version, createdAt: '', updatedAt: '', updatedBy: 'bo', fields: Object.fromEntries(seen) };
  }
}

export class ModelWire implements Wire {
  state: LineState = { phase: 'off', since: 0 };
  /** How many of the next answers are lost on their way back, with their connection. */
  loseAnswers = 0;
  calls: unknown[][] = [];
  #connection = 0;
  #watched = new Set<string>();
  #inbox: (() => void)[] = [];
  #handlers = new Map<string, (message: never) => void>();
  #resumes: (() => Promise<void>)[] = [];
  #listeners = new Set<(state: LineState) => void>();

  constructor(private readonly server: ModelServer, private readonly user: string) { server.wires.add(this); }

  on(method: string, handler: (message: never) => void) { this.#handlers.set(method, handler); }
  onResume(handler: () => Promise<void>) { this.#resumes.push(handler); }
  onState(handler: (state: LineState) => void) { this.#listeners.add(handler); return () => { this.#listeners.delete(handler); }; }

  async connect() {
    this.#set('catching');
    const connection = this.#connection;
    await Promise.all(this.#resumes.map(resume => resume()));
    if (connection === this.#connection) this.#set('live');
  }

  cut() {
    if (this.state.phase === 'stale') return;
    this.#connection++;
    this.#watched.clear();
    this.#inbox = [];
    this.#set('stale');
  }

  hear(change: Change) { if (this.#watched.has(change.ref)) this.#inbox.push(() => this.#handlers.get('Changed')?.(change as never)); }

  /** Delivers what the server has sent so far, as one ChangedMany or one by one. */
  deliver() { for (const message of this.#inbox.splice(0)) message(); }

  send(method: string, message: unknown) { this.#handlers.get(method)?.(message as never); }

  async invoke<T>(method: string, ...args: unknown[]): Promise<T> {
    this.calls.push([method, ...args]);
    if (this.state.phase === 'stale' || this.state.phase === 'off') throw new CallFault('line.down', 'The line is down.');
    const connection = this.#connection;
    const answer = this.#answer(method, args);
    await Promise.resolve();
    if (connection !== this.#connection) throw new CallFault('line.down', 'The line broke before the answer came.');
    if (this.loseAnswers > 0 && method === 'Edit') {
      this.loseAnswers--;
      this.cut();
      throw new CallFault('line.down', 'The line broke before the answer came.');
    }
    return answer as T;
  }

  #answer(method: string, args: unknown[]): unknown {
    const [ref, since] = args as [string, number | { version: number; view: string } | null];
    switch (method) {
      case 'Watch': {
        const kept = this.server.records.get(ref);
        if (!kept) throw new CallFault('record.missing', 'There is no such record.');
        this.#watched.add(ref);
        const view = `without ${this.server.hidden.get(this.user)?.join() ?? 'nothing'}`;
        const version = typeof since === 'object' && since !== null ? (since.view === view ? since.version : null) : since;
        const answer: WatchAnswer = version === null
          ? { version: kept.version, view, record: this.server.record(ref, this.user) } : { version: kept.version, view, changes: kept.changes.filter(change => change.version > version) };
        return answer;
      }
      case 'Edit': return this.server.edit(this.user, ref, args[1] as number, args[2] as Fields, args[3] as string);
      case 'Unwatch': this.#watched.delete(ref); return undefined;
      default: throw new CallFault('argument.method', method);
    }
  }

  #set(phase: LineState['phase']) {
    this.state = { phase, since: 0 };
    for (const listener of [...this.#listeners]) listener(this.state);
  }
}
