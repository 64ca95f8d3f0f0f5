// What happened while the line was down: what others changed in what was open, and what became of what was written meanwhile.
import type { Commands, Settled } from './commands';
import type { Wire } from './line';
import type { Command } from './queue';
import type { Records } from './records';
import type { Change } from './wire';

export interface AwayReview {
  since: number;
  until: number;
  changes: Change[];
  sent: { command: Command; settled: Settled }[];
}

const short = 3_000; // A blink is not being away, unless something was written in it.

export class Away {
  review: AwayReview | undefined;
  #since: number | undefined;
  #changes: Change[] = [];
  #sent: AwayReview['sent'] = [];
  #listeners = new Set<() => void>();

  constructor(line: Wire, records: Records, commands: Commands, user: () => string) {
    line.onState(({ phase, since }) => {
      if (phase === 'stale') this.#since ??= since;
      if (phase === 'live' && this.#since !== undefined) this.#finish(commands);
    });
    records.onChange(change => { if (this.#since !== undefined && change.by !== user()) this.#changes.push(change); });
    commands.onSettled((command, settled) => {
      const started = this.#since ?? this.review?.since;
      if (started === undefined || command.at < started || (settled.status === 'applied' && settled.version === 0)) return;
      if (this.#since !== undefined) this.#sent.push({ command, settled });
      else if (this.review && command.at <= this.review.until) this.#show({ ...this.review, sent: [...this.review.sent, { command, settled }] });
    });
  }

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  };

  snapshot = () => this.review;

  dismiss() { this.#show(undefined); }

  #finish(commands: Commands) {
    const since = this.#since!;
    const review = { since, until: Date.now(), changes: this.#changes, sent: this.#sent };
    this.#since = undefined;
    [this.#changes, this.#sent] = [[], []];
    const worth = review.changes.length > 0 || review.sent.length > 0 || commands.waiting > 0;
    if (worth && (review.until - since > short || review.sent.length > 0 || commands.waiting > 0)) this.#show(review);
  }

  #show(review: AwayReview | undefined) {
    this.review = review;
    for (const listener of [...this.#listeners]) listener();
  }
}
