// A list as the server keeps it: the first rows by subscription, the rest in pages that are fetched when somebody scrolls there.
import { CallFault, type Wire } from './line';
import type { Records } from './records';
import { type ListAnswer, type ListChange, type Question, refOf, type WireRecord } from './wire';

/** What a list shows. The object stays the same until something in it changes. */
export interface ListView {
  phase: 'loading' | 'ready' | 'refused';
  /** References in order; beyond them there may be more, see `total`. */
  refs: readonly string[];
  /** The first rows, which the server keeps current by itself. */
  head: number;
  /** All rows that fit, also those that are not loaded; undefined until it is known. */
  total?: number;
  complete: boolean;
  fault?: CallFault;
  /** Rows that came in since the list was opened. */
  entered: ReadonlySet<string>;
}

interface Page { cursor: string; ids: string[]; next: string | null; stale: boolean }

export interface Fetching {
  page(kind: string, question: Question, cursor?: string): Promise<{ items: WireRecord[]; next: string | null }>;
  count(kind: string, question: Question): Promise<number>;
}

const window = 100; // Rows that are live by subscription.
export const pageSize = 200;
const news = 3_000; // A row is new for so long.
const again = 3_000; // A page that could not be had is asked for again after so long.
const settle = 400; // A burst of changes is counted once.

export class LiveList {
  view: ListView = { phase: 'loading', refs: [], head: 0, complete: false, entered: new Set() };
  #subscription: string | undefined;
  #head: string[] = [];
  #next: string | null = null;
  #pages: Page[] = [];
  #early: ListChange[] = [];
  #entered = new Set<string>();
  #loading: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #wanted = 0;
  #closed = false;
  #total: number | undefined;
  #listeners = new Set<() => void>();

  constructor(readonly kind: string, readonly question: Question, private readonly line: Wire, private readonly records: Records, private readonly fetching: Fetching) {}

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  };

  snapshot = () => this.view;

  async open() {
    this.#subscription = undefined;
    this.#early = [];
    try {
      const answer = await this.line.invoke<ListAnswer>('WatchList', this.kind, { ...this.question, limit: window });
      if (this.#closed) { this.line.invoke('UnwatchList', answer.subscription).catch(() => {}); return; }
      this.#subscription = answer.subscription;
      answer.items.forEach(item => this.records.adopt(item));
      const ids = answer.items.map(item => item.id);
      if (this.view.phase === 'ready') this.#mark(ids);
      this.#head = ids;
      this.#next = answer.next;
      this.#rebase();
      this.#early.splice(0).forEach(change => this.take(change));
      this.#show('ready');
      await this.#count();
    } catch (thrown) {
      const fault = CallFault.of(thrown);
      if (!fault.passing) this.#show('refused', fault);
    }
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
    if (this.#subscription) this.line.invoke('UnwatchList', this.#subscription).catch(() => {});
  }

  take(change: ListChange) {
    if (!this.#subscription) { this.#early.push(change); return; }
    if (change.subscription !== this.#subscription) return;
    change.upserts.forEach(record => this.records.adopt(record));
    if (change.closed) {
      this.#show('refused', new CallFault('access.denied', 'You may not see this list any more.'));
      return;
    }
    const before = this.#head;
    this.#mark(change.order);
    this.#head = change.order;
    if (before.length !== change.order.length || before.some((id, index) => id !== change.order[index])) this.#membership(before, change.removed);
    this.#show('ready');
  }

  /** Makes sure that the row at this place is loaded, if there is one. */
  need(index: number) {
    this.#wanted = Math.max(0, index);
    this.#loading ??= this.#load().finally(() => { this.#loading = undefined; });
  }

  // Rows that came into the window were not there when it was opened: they are shown as new for a moment.
  #mark(order: string[]) {
    const had = new Set(this.#head);
    const fresh = order.filter(id => !had.has(id));
    if (fresh.length === 0 || fresh.length === order.length) return;
    const entered = new Set(fresh.map(id => refOf(this.kind, id)));
    this.#entered = entered;
    setTimeout(() => entered.clear(), news);
  }

  #membership(before: string[], removed: string[]) {
    // A full window pushes rows out at its end: these still belong to the list, just behind it.
    const pushed = before.slice(-removed.length).filter(id => removed.includes(id));
    const first = this.#pages[0];
    if (first && this.#head.length >= window && pushed.length > 0) first.ids = [...pushed, ...first.ids];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#recount(), settle);
  }

  async #recount() {
    try {
      if (this.#pages.length > 0) {
        const { next } = await this.fetching.page(this.kind, { ...this.question, limit: this.#head.length || 1 });
        this.#next = next;
        this.#rebase();
        this.need(this.#wanted);
      }
      await this.#count();
    } catch { /* The line says that it is down; with it all of this is asked again. */ }
  }

  async #count() {
    try {
      this.#total = this.#next === null && this.#pages.length === 0 ? this.#head.length : await this.fetching.count(this.kind, this.question);
    } catch {
      this.#total = undefined; // Unknown is shown as unknown, and counted again with the next change or line.
    }
    this.#show(this.view.phase);
  }

  /** Counts again, without a reason that this list knows of. */
  recount() { if (this.#next !== null || this.#pages.length > 0) void this.#count(); }

  // The pages behind the window keep their places by cursor; what is in them is asked again when it is looked at.
  #rebase() {
    for (const page of this.#pages) page.stale = true;
    const first = this.#pages[0];
    if (first && this.#next) first.cursor = this.#next;
    if (!this.#next) this.#pages = [];
  }

  async #load() {
    for (let round = 0; round < 2_000 && !this.#closed; round++) {
      const place = this.#place(this.#wanted);
      const page = place < 0 ? undefined : this.#pages[place];
      const cursor = page ? (page.stale ? page.cursor : null) : place < 0 ? null : this.#pages.length > 0 ? this.#pages.at(-1)!.next : this.#next;
      if (cursor === null) break;
      try {
        const answer = await this.fetching.page(this.kind, { ...this.question, limit: pageSize }, cursor);
        answer.items.forEach(item => this.records.adopt(item));
        const made: Page = { cursor, ids: answer.items.map(item => item.id), next: answer.next, stale: false };
        if (page) this.#pages[place] = made;
        else this.#pages.push(made);
      } catch {
        this.#again(); // Its rows stay grey until they are there.
        break;
      }
      this.#show('ready');
    }
  }

  // While the line is down, opening it asks for everything; here somebody may wait for a page that was refused for the moment.
  #again() {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => { if (!this.#closed) this.need(this.#wanted); }, again);
  }

  /** The page of a row, -1 for the window, the number of pages where it is not loaded. */
  #place(index: number): number {
    let end = this.#head.length;
    if (index < end) return -1;
    for (const [place, page] of this.#pages.entries()) {
      end += page.ids.length;
      if (index < end) return place;
    }
    return this.#pages.length;
  }

  #show(phase: ListView['phase'], fault?: CallFault) {
    const ids = new Set(this.#head);
    for (const page of this.#pages) for (const id of page.ids) ids.add(id);
    const refs = [...ids].map(id => refOf(this.kind, id));
    const complete = (this.#pages.at(-1)?.next ?? (this.#pages.length > 0 ? null : this.#next)) === null;
    this.view = { phase, refs, head: this.#head.length, complete, fault, entered: this.#entered, total: complete ? refs.length : this.#total };
    for (const listener of [...this.#listeners]) listener();
  }
}

/** The lists that are open, one for each question however many views show it. */
export class Lists {
  #open = new Map<string, { list: LiveList; users: number; leave?: ReturnType<typeof setTimeout> }>();

  constructor(private readonly line: Wire, private readonly records: Records, private readonly fetching: Fetching) {
    line.on('ListChanged', (change: ListChange) => { for (const { list } of this.#open.values()) list.take(change); });
    line.onResume(async () => { await Promise.all([...this.#open.values()].map(({ list }) => list.open())); });
  }

  acquire(kind: string, question: Question): { list: LiveList; release: () => void } {
    const key = JSON.stringify([kind, question.q ?? '', question.filter ?? null, question.sort ?? '']);
    let entry = this.#open.get(key);
    if (!entry) {
      entry = { list: new LiveList(kind, question, this.line, this.records, this.fetching), users: 0 };
      this.#open.set(key, entry);
      if (this.line.state.phase === 'live' || this.line.state.phase === 'catching') void entry.list.open();
    }
    const held = entry;
    held.users++;
    clearTimeout(held.leave);
    return {
      list: held.list,
      release: () => {
        if (--held.users > 0) return;
        // Kept for a moment: whoever opens a record and comes back finds the list as he left it.
        held.leave = setTimeout(() => {
          if (held.users > 0) return;
          this.#open.delete(key);
          held.list.close();
        }, 20_000);
      },
    };
  }

  recount(kind: string) { for (const { list } of this.#open.values()) if (list.kind === kind) list.recount(); }

  clear() {
    for (const { list } of this.#open.values()) list.close();
    this.#open.clear();
  }
}
