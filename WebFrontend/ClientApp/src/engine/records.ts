// One store of records, by reference and version: what the server has confirmed, and over it what is on its way.
import type { Command } from './queue';
import { type Change, type Conflict, type Fields, flat, idOf, kindOf, same, type WatchAnswer, type WireRecord } from './wire';

/** Who set a field last, as far as this tab saw it happen. */
export interface Touch { by: string; at: string; version: number }

/** A record as a view shows it. The object stays the same until something in it changes. */
export interface Snapshot {
  ref: string;
  kind: string;
  id: string;
  /** 0 until the server has answered. */
  version: number;
  createdAt: string;
  updatedAt: string;
  updatedBy: string;
  /** Confirmed, with what is on its way over it. */
  fields: Fields;
  confirmed: Fields;
  /** Fields with an edit that no answer has come for. */
  pending: ReadonlySet<string>;
  conflicts: readonly Conflict[];
  /** What was refused, and why, by field. */
  refused: Readonly<Record<string, { value: Fields[string]; text: string }>>;
  touched: Readonly<Record<string, Touch>>;
  /** Set once it was deleted, or may not be seen any more. */
  gone?: { by: string };
}

interface Entry {
  confirmed: Fields;
  version: number;
  createdAt: string;
  updatedAt: string;
  updatedBy: string;
  touched: Record<string, Touch>;
  refused: Record<string, { value: Fields[string]; text: string }>;
  over: Command[];
  gone?: { by: string };
  shown?: Snapshot;
}

type Listener = () => void;

export class Records {
  #entries = new Map<string, Entry>();
  #listeners = new Map<string, Set<Listener>>();
  #changes = new Set<(change: Change) => void>();
  #advances = new Set<(ref: string, version: number) => void>();

  subscribe(ref: string, listener: Listener) {
    const set = this.#listeners.get(ref) ?? new Set();
    this.#listeners.set(ref, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0) this.#listeners.delete(ref);
    };
  }

  /** Every change of anybody that comes in, in order. */
  onChange(listener: (change: Change) => void) {
    this.#changes.add(listener);
    return () => { this.#changes.delete(listener); };
  }

  /** Every step that a record's confirmed state makes, by a change or as a whole. */
  onAdvance(listener: (ref: string, version: number) => void) { this.#advances.add(listener); }

  version(ref: string) { return this.#entries.get(ref)?.version ?? 0; }
  has(ref: string) { return this.version(ref) > 0; }

  get(ref: string): Snapshot | undefined {
    const entry = this.#entries.get(ref);
    return entry && (entry.shown ??= show(ref, entry));
  }

  /** Takes a whole record, unless a newer one is here already. */
  adopt(record: WireRecord) {
    const ref = `${record.kind}/${record.id}`;
    const entry = this.#entry(ref);
    if (record.version < entry.version) return;
    const fields = flat(record.fields);
    if (entry.version > 0 && record.version > entry.version) {
      for (const name of new Set([...Object.keys(fields), ...Object.keys(entry.confirmed)])) {
        if (!same(fields[name], entry.confirmed[name])) entry.touched = { ...entry.touched, [name]: { by: record.updatedBy, at: record.updatedAt, version: record.version } };
      }
    } else if (record.version === entry.version && same(fields, entry.confirmed) && !entry.gone) return;
    Object.assign(entry, { confirmed: fields, version: record.version, createdAt: record.createdAt, updatedAt: record.updatedAt, updatedBy: record.updatedBy, gone: undefined });
    this.#tell(ref, entry);
    for (const listener of this.#advances) listener(ref, entry.version);
  }

  /** Takes the answer to a Watch. */
  answer(ref: string, answer: WatchAnswer) {
    if (answer.record) this.adopt(answer.record);
    else for (const change of answer.changes ?? []) this.take({ ...change, ref });
  }

  /** Takes one change. False: it does not follow what is here, so the record must be watched anew. */
  take(change: Change): boolean {
    const entry = this.#entries.get(change.ref);
    if (!entry || entry.version === 0) return false;
    if (change.version <= entry.version) return true;
    if (change.version !== entry.version + 1) return false;
    const confirmed = { ...entry.confirmed };
    const touched = { ...entry.touched };
    for (const [name, { to }] of Object.entries(change.fields)) {
      if (to === null) delete confirmed[name];
      else confirmed[name] = to;
      touched[name] = { by: change.by, at: change.at, version: change.version };
    }
    Object.assign(entry, { confirmed, touched, version: change.version, updatedAt: change.at, updatedBy: change.by });
    this.#tell(change.ref, entry);
    for (const listener of this.#advances) listener(change.ref, entry.version);
    for (const listener of [...this.#changes]) listener(change);
    return true;
  }

  remove(ref: string, by: string) {
    const entry = this.#entry(ref);
    entry.gone = { by };
    [entry.confirmed, entry.version] = [{}, 0]; // What one may not see any more is not kept, so whoever asks for it again asks for the whole of it.
    this.#tell(ref, entry);
  }

  /** Drops everything, when somebody else signs in. */
  clear() {
    const refs = [...this.#entries.keys()];
    this.#entries.clear();
    for (const ref of refs) this.#listeners.get(ref)?.forEach(listener => listener());
  }

  /** What lies over the confirmed state, oldest first. */
  overlay(ref: string, commands: Command[]) {
    const entry = this.#entry(ref);
    entry.over = commands;
    this.#tell(ref, entry);
  }

  refuse(ref: string, field: string, refusal: { value: Fields[string]; text: string } | undefined) {
    const entry = this.#entry(ref);
    const { [field]: _, ...rest } = entry.refused;
    entry.refused = refusal ? { ...rest, [field]: refusal } : rest;
    this.#tell(ref, entry);
  }

  #entry(ref: string): Entry {
    const there = this.#entries.get(ref);
    if (there) return there;
    const made: Entry = { confirmed: {}, version: 0, createdAt: '', updatedAt: '', updatedBy: '', touched: {}, refused: {}, over: [] };
    this.#entries.set(ref, made);
    return made;
  }

  #tell(ref: string, entry: Entry) {
    entry.shown = undefined;
    this.#listeners.get(ref)?.forEach(listener => listener());
  }
}

function show(ref: string, entry: Entry): Snapshot {
  let fields = entry.confirmed;
  for (const command of entry.over) {
    fields = { ...fields, ...command.fields };
    for (const [name, value] of Object.entries(command.fields)) if (value === null) delete fields[name];
  }
  return {
    ref, kind: kindOf(ref), id: idOf(ref), version: entry.version, createdAt: entry.createdAt, updatedAt: entry.updatedAt, updatedBy: entry.updatedBy,
    fields, confirmed: entry.confirmed, touched: entry.touched, refused: entry.refused, gone: entry.gone,
    pending: new Set(entry.over.flatMap(command => Object.keys(command.fields))),
    conflicts: entry.over.flatMap(command => command.conflicts ?? []),
  };
}
