// Which records are followed on this connection: counted, asked for once, resumed by version.
import { CallFault, type Wire } from './line';
import type { Records } from './records';
import { type Change, type WatchAnswer } from './wire';

interface Watch { users: number; asked: number; phase: 'idle' | 'asking' | 'on'; waiting: Change[]; leave?: ReturnType<typeof setTimeout>; retry?: ReturnType<typeof setTimeout> }

const linger = 3_000; // A row that scrolls out and back is not worth two calls.
const patience = 1_000; // Before what was refused for the moment is asked again.

export class Watches {
  #watches = new Map<string, Watch>();
  #views = new Map<string, string>(); // By record: the rights that the copy here was shown under.
  #answered = new Set<(ref: string) => void>();
  #asking = new Set<(ref: string) => void>();

  constructor(private readonly line: Wire, private readonly records: Records, private readonly fault: (ref: string, fault: CallFault) => void = () => {}) {
    line.on('Changed', (change: Change) => this.#take(change));
    line.on('ChangedMany', (changes: Change[]) => changes.forEach(change => this.#take(change)));
    line.on('Resync', ({ refs }: { refs: string[] }) => refs.forEach(ref => void this.#again(ref)));
    line.on('Removed', ({ ref, by }: { ref: string; by: string }) => {
      const watch = this.#watches.get(ref);
      if (watch) watch.phase = 'idle';
      records.remove(ref, by);
    });
    line.onResume(() => this.#resume());
  }

  /** Called before the server is asked: what it said of an earlier watch is over. What comes with the answer may be heard before the answer is looked at. */
  onAsk(listener: (ref: string) => void) { this.#asking.add(listener); }

  /** Called when the server has answered a watch: what it says from then on belongs to it. */
  onAnswer(listener: (ref: string) => void) { this.#answered.add(listener); }

  /** Follows a record until the function that it gives is called. */
  watch(ref: string): () => void {
    const watch = this.#watches.get(ref) ?? { users: 0, asked: 0, phase: 'idle' as const, waiting: [] };
    this.#watches.set(ref, watch);
    watch.users++;
    clearTimeout(watch.leave);
    if (watch.phase === 'idle' && ['live', 'catching'].includes(this.line.state.phase)) void this.#ask(ref, watch);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      if (--watch.users === 0) watch.leave = setTimeout(() => this.#drop(ref, watch), linger);
    };
  }

  follows(ref: string) { return this.#watches.get(ref)?.phase === 'on'; }

  #drop(ref: string, watch: Watch) {
    if (watch.users > 0) return;
    this.#watches.delete(ref);
    clearTimeout(watch.retry);
    watch.asked++; // An answer that is still on its way is of no use.
    if (watch.phase !== 'idle') this.line.invoke('Unwatch', ref).catch(() => {});
  }

  async #resume() {
    const all = [...this.#watches];
    for (const [, watch] of all) watch.phase = 'idle';
    await Promise.all(all.map(([ref, watch]) => this.#ask(ref, watch)));
  }

  async #again(ref: string) {
    const watch = this.#watches.get(ref);
    if (watch) await this.#ask(ref, watch); // Also while it is asked for: the answer that this overtakes is of a watch that has ended.
  }

  async #ask(ref: string, watch: Watch) {
    clearTimeout(watch.retry);
    watch.phase = 'asking';
    watch.waiting = [];
    const asked = ++watch.asked; // An answer of an older connection says nothing about this one.
    for (const asking of this.#asking) asking(ref);
    try {
      const [version, view] = [this.records.version(ref), this.#views.get(ref)];
      const answer = await this.line.invoke<WatchAnswer>('Watch', ref, version === 0 ? null : view ? { version, view } : version);
      if (watch.asked !== asked) return;
      this.records.answer(ref, answer);
      if (answer.view) this.#views.set(ref, answer.view);
      if (this.records.version(ref) < answer.version) { // It continues what has gone meanwhile.
        watch.phase = 'idle';
        await this.#ask(ref, watch);
        return;
      }
      watch.phase = 'on';
      for (const answered of this.#answered) answered(ref);
      // Changes may come in the same packet as the answer, and then their handlers run before it is looked at.
      const waiting = watch.waiting.splice(0);
      waiting.forEach(change => this.#take(change));
    } catch (thrown) {
      if (watch.asked !== asked) return;
      watch.phase = 'idle';
      const fault = CallFault.of(thrown);
      if (fault.code === 'record.missing') this.records.remove(ref, 'system');
      else if (fault.passing && fault.code !== 'line.down') watch.retry = setTimeout(() => { if (watch.phase === 'idle' && watch.users > 0) void this.#ask(ref, watch); }, patience * (1 + Math.random()));
      this.fault(ref, fault);
    }
  }

  #take(change: Change) {
    const watch = this.#watches.get(change.ref);
    if (watch?.phase === 'asking') watch.waiting.push(change);
    else if (watch?.phase === 'on' && !this.records.take(change)) void this.#again(change.ref); // Of a watch that has ended nothing counts any more.
  }
}
