// Feeds and timelines: a page of what happened, and everything that happens from then on. The server decides what belongs and what may be seen.
import { CallFault, type Wire } from './line';
import type { Change } from './wire';

export interface Entry { title: string | null; importance: 'minor' | 'normal' | 'important'; change: Change }

/** As the server takes it; what is not given is not asked for. */
export interface FeedQuery { scope: 'own' | 'team' | 'record'; about?: string; kinds?: string; by?: string; field?: string; least?: string; since?: string; until?: string; limit?: number }

export interface FeedView { phase: 'loading' | 'ready' | 'fault'; entries: readonly Entry[]; next: string | null; busy: boolean; fault?: string }

interface Page { items: Entry[]; next: string | null }
interface Told { subscription: string; items?: Entry[]; removed?: string[]; reset?: boolean }
export type More = (query: FeedQuery, cursor: string) => Promise<Page>;

const keyOf = ({ change }: Entry) => `${change.ref} ${change.version}`;
const settle = 150; // Several follows in a row are one question.

/** Newest first; of two at one instant the one with the greater key, as the server has it. */
export function joined(some: readonly Entry[], more: readonly Entry[]): Entry[] {
  const all = new Map([...some, ...more].map(entry => [keyOf(entry), entry]));
  return [...all.values()].sort((a, b) => Date.parse(b.change.at) - Date.parse(a.change.at) || (a.change.ref === b.change.ref ? b.change.version - a.change.version : a.change.ref < b.change.ref ? 1 : -1));
}

export class LiveFeed {
  view: FeedView = { phase: 'loading', entries: [], next: null, busy: false };
  #subscription: string | undefined;
  #early: Told[] = [];
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listeners = new Set<() => void>();

  constructor(readonly query: FeedQuery, private readonly line: Wire, private readonly fetchMore: More) {}

  subscribe(listener: () => void) {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }

  /** Asks anew. What is shown stays until the answer is there, since it may well be the same. */
  async open() {
    const turn = ++this.#turn;
    this.#release();
    try {
      const { subscription, items, next } = await this.line.invoke<Page & { subscription: string }>('WatchActivity', this.query);
      if (turn !== this.#turn) { this.line.invoke('UnwatchActivity', subscription).catch(() => {}); return; }
      this.#subscription = subscription;
      this.#set({ phase: 'ready', entries: joined(items, []), next, busy: false });
      const early = this.#early;
      this.#early = [];
      for (const told of early) this.hear(told);
    } catch (thrown) {
      if (turn !== this.#turn || CallFault.of(thrown).code === 'line.down') return; // It is asked anew when the line is back.
      this.#set({ ...this.view, phase: this.view.phase === 'ready' ? 'ready' : 'fault', fault: CallFault.of(thrown).message });
    }
  }

  close() {
    this.#turn++;
    clearTimeout(this.#timer);
    this.#release();
  }

  hear(told: Told) {
    if (!this.#subscription) { this.#early.push(told); return; } // It may overtake the answer that names it.
    if (told.subscription !== this.#subscription) return;
    if (told.reset) {
      this.#subscription = undefined;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.open(), settle);
    }
    const gone = new Set(told.removed);
    const left = gone.size > 0 ? this.view.entries.filter(entry => !gone.has(entry.change.ref)) : this.view.entries;
    if (gone.size > 0 || told.items) this.#set({ ...this.view, entries: joined(told.items ?? [], left) });
  }

  async more() {
    const { next, busy } = this.view;
    if (next === null || busy) return;
    const turn = this.#turn;
    this.#set({ ...this.view, busy: true });
    try {
      const page = await this.fetchMore(this.query, next);
      if (turn === this.#turn) this.#set({ ...this.view, entries: joined(this.view.entries, page.items), next: page.next, busy: false });
    } catch (thrown) {
      if (turn === this.#turn) this.#set({ ...this.view, busy: false, fault: (thrown as Error).message });
    }
  }

  #release() {
    if (this.#subscription) this.line.invoke('UnwatchActivity', this.#subscription).catch(() => {});
    this.#subscription = undefined;
    this.#early = [];
  }

  #set(view: FeedView) {
    this.view = view;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** All feeds of a tab: each hears what is told of it, and asks anew when the line is back. */
export class Feeds {
  #open = new Set<LiveFeed>();

  constructor(private readonly line: Wire, private readonly fetchMore: More) {
    line.on('ActivityChanged', (told: Told) => { for (const feed of this.#open) feed.hear(told); });
    line.onResume(async () => { for (const feed of this.#open) void feed.open(); });
  }

  acquire(query: FeedQuery) {
    const feed = new LiveFeed(query, this.line, this.fetchMore);
    this.#open.add(feed);
    void feed.open();
    return { feed, release: () => { this.#open.delete(feed); feed.close(); } };
  }
}
