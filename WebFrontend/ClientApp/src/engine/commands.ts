// Edits on their way: shown at once, sent one after the other for each record, kept until they are answered, sent again under
// the same id when no answer came.
import { CallFault, type Wire } from './line';
import type { Command, Queue } from './queue';
import type { Records } from './records';
import { type Conflict, type Fields, type Outcome, same } from './wire';

export type Settled =
  | { status: 'applied' | 'merged'; version: number }
  | { status: 'conflict'; conflicts: Conflict[] }
  | { status: 'rejected'; text: string };

interface Course { commands: Command[]; sending: boolean; acked: Map<string, number> }

export interface CommandsOptions {
  user: () => string;
  tab: string;
  id?: () => string;
  now?: () => number;
  /** Gets a record that nobody follows, so that an acknowledged edit can leave the overlay. */
  refresh?: (ref: string) => void;
  /** Waits before an attempt that the server asked to put off. */
  pause?: (ms: number) => Promise<void>;
}

export class Commands {
  #courses = new Map<string, Course>();
  #own = new Map<string, Map<string, number>>(); // By record and field: the version that our last edit of it made.
  #settled = new Map<string, (settled: Settled) => void>();
  #listeners = new Set<() => void>();
  #reports = new Set<(command: Command, settled: Settled) => void>();

  constructor(private readonly line: Wire, private readonly records: Records, private readonly queue: Queue, private readonly options: CommandsOptions) {
    line.onState(({ phase }) => { if (phase === 'live') this.flush(); });
    records.onAdvance((ref, version) => this.#confirmed(ref, version));
  }

  /** Hears of every edit that was answered. */
  onSettled(report: (command: Command, settled: Settled) => void) {
    this.#reports.add(report);
    return () => { this.#reports.delete(report); };
  }

  subscribe(listener: () => void) {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }

  /** How many edits have no answer yet; conflicts wait for a person and count as well. */
  get waiting() { return [...this.#courses.values()].reduce((sum, course) => sum + course.commands.length - course.acked.size, 0); }

  get conflicting() { return [...this.#courses.values()].flatMap(course => course.commands.filter(command => command.conflicts)); }

  /** Sets fields. `base` is the version that their writer saw; left out, the present one. */
  edit(ref: string, fields: Fields, base = this.records.version(ref), before?: Fields): Promise<Settled> {
    const seen = before ?? this.records.get(ref)?.confirmed ?? {};
    const command: Command = {
      id: this.options.id?.() ?? crypto.randomUUID(), ref, user: this.options.user(), tab: this.options.tab, fields, base,
      before: Object.fromEntries(Object.keys(fields).map(name => [name, seen[name] ?? null])), at: this.options.now?.() ?? Date.now(),
    };
    const course = this.#course(ref);
    this.#supersede(course, command);
    course.commands.push(command);
    for (const name of Object.keys(fields)) if (this.records.get(ref)?.refused[name]) this.records.refuse(ref, name, undefined);
    void this.queue.put(command);
    this.#show(ref, course);
    return new Promise(resolve => {
      this.#settled.set(command.id, resolve);
      void this.#run(ref, course);
    });
  }

  /** A conflict is resolved: `fields` are sent on top of what the others wrote; what is left out stays theirs. */
  resolve(ref: string, id: string, fields: Fields): Promise<Settled> | undefined {
    const course = this.#course(ref);
    const command = course.commands.find(one => one.id === id);
    if (!command) return undefined;
    this.#drop(course, command);
    this.#show(ref, course);
    return Object.keys(fields).length > 0 ? this.edit(ref, fields) : undefined;
  }

  /** Takes over what this user's closed tabs left behind. */
  async restore(alive: (tab: string) => boolean) {
    for (const command of await this.queue.all()) {
      const course = this.#course(command.ref);
      if (command.user !== this.options.user() || course.commands.some(one => one.id === command.id) || (command.tab !== this.options.tab && alive(command.tab))) continue;
      course.commands.push({ ...command, tab: this.options.tab });
      this.#show(command.ref, course);
      void this.queue.put({ ...command, tab: this.options.tab });
    }
    this.flush();
  }

  flush() { for (const [ref, course] of this.#courses) void this.#run(ref, course); }

  async #run(ref: string, course: Course) {
    if (course.sending) return;
    course.sending = true;
    try {
      for (let next = open(course); next; next = open(course)) {
        if (this.line.state.phase === 'stale' || this.line.state.phase === 'off') return;
        if (!(await this.#send(course, next))) return;
      }
    } finally {
      course.sending = false;
      this.#show(ref, course);
    }
  }

  /** False: not now; it stays where it is. */
  async #send(course: Course, command: Command): Promise<boolean> {
    let outcome: Outcome;
    try {
      outcome = await this.line.invoke<Outcome>('Edit', command.ref, this.#base(command), command.fields, command.id);
    } catch (thrown) {
      const fault = CallFault.of(thrown);
      if (!fault.passing) {
        this.#reject(course, command, fault.message);
        return true;
      }
      if (fault.code === 'line.down' || fault.code === 'session.ended') return false;
      await (this.options.pause ?? (ms => new Promise(resolve => setTimeout(resolve, ms))))(500 + Math.random() * 1_000);
      return true;
    }
    if (outcome.status === 'conflict') this.#conflict(course, command, outcome);
    else if (outcome.status === 'rejected') this.#reject(course, command, outcome.errors?.map(error => error.text).join(' ') ?? '', outcome.errors);
    else this.#applied(course, command, outcome);
    return true;
  }

  // Our own last edit of a field is no reason for a conflict with ourselves.
  #base(command: Command): number {
    const own = this.#own.get(command.ref);
    const bases = Object.keys(command.fields).map(name => Math.max(command.base, own?.get(name) ?? 0));
    return bases.length > 0 ? Math.min(...bases) : command.base;
  }

  #applied(course: Course, command: Command, outcome: Outcome) {
    const own = this.#own.get(command.ref) ?? new Map<string, number>();
    this.#own.set(command.ref, own);
    for (const name of Object.keys(command.fields)) own.set(name, outcome.version);
    void this.queue.drop(command.id);
    if (this.records.version(command.ref) >= outcome.version) course.commands = course.commands.filter(one => one !== command);
    else {
      course.acked.set(command.id, outcome.version); // Shown until the change itself is here: no flicker in between.
      this.options.refresh?.(command.ref);
    }
    this.#show(command.ref, course);
    this.#report(command, { status: outcome.status as 'applied' | 'merged', version: outcome.version });
  }

  #conflict(course: Course, command: Command, outcome: Outcome) {
    const kept = { ...command, conflicts: outcome.conflicts ?? [] };
    course.commands = course.commands.map(one => (one === command ? kept : one));
    void this.queue.put(kept);
    this.#show(command.ref, course);
    this.#report(kept, { status: 'conflict', conflicts: kept.conflicts });
  }

  #reject(course: Course, command: Command, text: string, errors?: Outcome['errors']) {
    this.#drop(course, command);
    for (const [name, value] of Object.entries(command.fields)) {
      const own = errors?.filter(error => error.field === name || error.field.startsWith(`${name}.`)).map(error => error.text).join(' ');
      this.records.refuse(command.ref, name, { value, text: own || text });
    }
    this.#show(command.ref, course);
    this.#report(command, { status: 'rejected', text });
  }

  // What was not sent yet is replaced by what is written now; what its writer saw first stays the base.
  #supersede(course: Course, command: Command) {
    for (const old of [...course.commands]) {
      const busy = course.acked.has(old.id) || (course.sending && old === open(course));
      if (busy || !same(Object.keys(old.fields).sort(), Object.keys(command.fields).sort())) continue;
      Object.assign(command, { base: Math.min(old.base, command.base), before: old.before });
      this.#drop(course, old);
      this.#report(old, { status: 'applied', version: 0 });
    }
  }

  #confirmed(ref: string, version: number) {
    const course = this.#courses.get(ref);
    if (!course) return;
    const before = course.commands.length;
    course.commands = course.commands.filter(command => (course.acked.get(command.id) ?? Infinity) > version);
    if (course.commands.length !== before) this.#show(ref, course);
  }

  #drop(course: Course, command: Command) {
    course.commands = course.commands.filter(one => one !== command);
    void this.queue.drop(command.id);
  }

  #report(command: Command, settled: Settled) {
    this.#settled.get(command.id)?.(settled);
    this.#settled.delete(command.id);
    for (const report of [...this.#reports]) report(command, settled);
  }

  #course(ref: string): Course {
    const course = this.#courses.get(ref) ?? { commands: [], sending: false, acked: new Map<string, number>() };
    this.#courses.set(ref, course);
    return course;
  }

  #show(ref: string, course: Course) {
    for (const id of course.acked.keys()) if (!course.commands.some(command => command.id === id)) course.acked.delete(id);
    this.records.overlay(ref, course.commands);
    for (const listener of [...this.#listeners]) listener();
  }
}

function open(course: Course) { return course.commands.find(command => !command.conflicts && !course.acked.has(command.id)); }
