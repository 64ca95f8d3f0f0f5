// Who is there and what is being written: told by the server, held by nobody. What this tab says of its user goes out from here.
import type { Wire } from './line';
import type { Json } from './wire';

/** Somebody at a record, as the server lets us see him. */
export interface Here { userId: string; name: string; activity: 'viewing' | 'editing'; field?: string; unsaved?: boolean; since: string }
/** Who writes in a field. Without `by` it is somebody whom we may not know of. */
export interface Claim { field: string; by?: string; asked?: string }
export interface LiveDraft { by: string; field: string; value: Json; at: number }
export interface Room { people: readonly Here[]; count: number; claims: readonly Claim[]; drafts: readonly LiveDraft[]; kept: readonly Kept[] }
export interface Colleague { userId: string; name: string; team?: string; status: 'online' | 'away'; module?: string; refs: string[]; since: string }
/** What this user wrote earlier, here or elsewhere, and did not save. */
export interface Kept { field: string; value: Json; base: number; at: string }

interface Place { users: number; field?: string; timers: Map<string, { tell?: ReturnType<typeof setTimeout>; keep?: ReturnType<typeof setTimeout>; value: Json; base: number; kept: boolean }> }

const nobody: Room = { people: [], count: 0, claims: [], drafts: [], kept: [] };
const tellEvery = 150;
const keepAfter = 700;
const activeEvery = 60_000;

export class Presence {
  #places = new Map<string, Place>();
  #rooms = new Map<string, Room>(); // Also of records that nobody has entered yet: who is there may be told with the answer to the watch.
  #listeners = new Map<string, Set<() => void>>();
  #hall: ReadonlyMap<string, Colleague> = new Map();
  #module: string | undefined;
  #activeAt = 0;

  /** @param hidden Whether the user shows nothing of what he writes until it is saved. */
  constructor(private readonly line: Wire, private readonly hidden: () => boolean) {
    line.on('Presence', ({ ref, people, count, claims }: { ref: string } & Room) => this.#change(ref, { people, count, claims }));
    line.on('Drafted', ({ ref, by, field, value, gone }: { ref: string; by: string; field: string; value: Json; gone?: boolean }) => {
      const others = this.at(ref).drafts.filter(draft => draft.by !== by || draft.field !== field);
      this.#change(ref, { drafts: gone ? others : [...others, { by, field, value, at: Date.now() }] });
    });
    line.on('People', ({ people, gone }: { people: Colleague[]; gone: string[] }) => {
      const next = new Map(this.#hall);
      for (const user of gone) next.delete(user);
      for (const person of people) next.set(person.userId, person);
      this.#hall = next;
      this.#tell('');
    });
    line.onResume(async () => {
      this.#hall = new Map();
      this.#tell('');
      this.#say('WatchPeople');
      this.#say('Active', this.#module ?? null);
    });
    globalThis.document?.addEventListener('pointerdown', () => this.#stir(), { passive: true });
    globalThis.document?.addEventListener('keydown', () => this.#stir(), { passive: true });
  }

  subscribe(ref: string, listener: () => void) {
    const listeners = this.#listeners.get(ref) ?? new Set();
    this.#listeners.set(ref, listeners.add(listener));
    return () => { listeners.delete(listener); };
  }

  at(ref: string): Room { return this.#rooms.get(ref) ?? nobody; }
  hall() { return this.#hall; }

  /** The part of the product that is open. */
  open(module: string) {
    if (module === this.#module) return;
    this.#module = module;
    this.#say('Active', module);
  }

  /** The user is at a record until the function that it gives is called. The record must be watched. */
  enter(ref: string, watched: boolean): () => void {
    const place = this.#places.get(ref) ?? { users: 0, timers: new Map() };
    this.#places.set(ref, place);
    if (place.users++ === 0 && watched) this.answered(ref);
    return () => {
      if (--place.users > 0) return;
      this.#places.delete(ref);
      for (const { tell, keep } of place.timers.values()) { clearTimeout(tell); clearTimeout(keep); }
      this.#say('Absent', ref);
    };
  }

  /** The record is about to be watched anew: all that is known of others comes again with the answer. */
  asked(ref: string) {
    this.#rooms.delete(ref);
    this.#tell(ref);
  }

  /** A watch of the record was answered: the user is there. */
  answered(ref: string) {
    const place = this.#places.get(ref);
    if (!place) return;
    this.#present(ref, place);
    for (const [field, { value }] of place.timers) if (!this.hidden()) this.#say('Draft', ref, field, value);
    this.line.invoke<{ drafts: Kept[] }>('Kept', ref).then(({ drafts }) => this.#change(ref, { kept: drafts.filter(draft => !place.timers.has(draft.field)) }), () => {});
  }

  /** The user writes in a field: others see it, unless he hides it; he himself finds it again in any case. */
  write(ref: string, field: string, value: Json, base: number) {
    const place = this.#places.get(ref);
    if (!place) return;
    const now = place.timers.get(field) ?? { value, base, kept: false };
    place.timers.set(field, now);
    Object.assign(now, { value, base });
    if (!this.hidden()) now.tell ??= setTimeout(() => { now.tell = undefined; place.field = field; this.#say('Draft', ref, field, now.value); }, place.field === field ? tellEvery : 0);
    clearTimeout(now.keep);
    now.keep = setTimeout(() => { now.kept = true; this.#say('Keep', ref, field, now.base, now.value); }, keepAfter);
  }

  /** He has saved it or given it up. */
  stop(ref: string, field: string, kept = false) {
    const place = this.#places.get(ref);
    const now = place?.timers.get(field);
    if (place && now) {
      clearTimeout(now.tell);
      clearTimeout(now.keep);
      place.timers.delete(field);
      if (place.field === field) {
        place.field = undefined;
        this.#say('Undraft', ref, field);
        this.#present(ref, place);
      }
    }
    if (now?.kept || kept) this.#say('Unkeep', ref, field);
    if (this.at(ref).kept.some(draft => draft.field === field)) this.#change(ref, { kept: this.at(ref).kept.filter(draft => draft.field !== field) });
  }

  /** What is shown to others has to be said anew: the user hides it now, or shows it. */
  say(ref: string) {
    const place = this.#places.get(ref);
    if (!place) return;
    if (this.hidden()) {
      place.field = undefined;
      for (const field of place.timers.keys()) this.#say('Undraft', ref, field);
    }
    this.#present(ref, place);
  }

  sayAll() { for (const ref of this.#places.keys()) this.say(ref); }

  /** Asks for a field, takes it or lets it go; whether it is ours then. */
  async claim(ref: string, field: string, how: 'ask' | 'take' | 'release') {
    return (await this.line.invoke<{ granted: boolean }>('Claim', ref, field, how)).granted;
  }

  #present(ref: string, place: Place) {
    const field = this.hidden() ? undefined : place.field;
    this.#say('Present', ref, field ? { activity: 'editing', field } : { activity: 'viewing' });
  }

  #stir() {
    if (Date.now() - this.#activeAt < activeEvery) return;
    this.#activeAt = Date.now();
    this.#say('Active', null);
  }

  // What is lost is said again when the line is back; nobody waits for it.
  #say(method: string, ...args: unknown[]) {
    if (['live', 'catching'].includes(this.line.state.phase)) this.line.invoke(method, ...args).catch(() => {});
  }

  #change(ref: string, some: Partial<Room>) {
    this.#rooms.set(ref, { ...this.at(ref), ...some });
    this.#tell(ref);
  }

  #tell(ref: string) { for (const listener of [...this.#listeners.get(ref) ?? []]) listener(); }
}
