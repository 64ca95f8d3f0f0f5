// Which tab of a browser shows what its leader has to tell: the one that somebody looked at last.
export interface Channel { postMessage(message: unknown): void; onmessage: ((event: MessageEvent) => void) | null; close(): void }

type Message<T> = { is: 'looking' | 'away'; tab: string; at: number } | { is: 'who' } | { is: 'show'; to: string; what: T } | { is: 'withdraw'; ids: readonly string[] };

export class Stage<T> {
  #looking = new Map<string, number>();

  constructor(
    private readonly tab: string, private readonly channel: Channel, private readonly show: (what: T) => void, private readonly withdraw: (ids: readonly string[]) => void,
    private readonly now = () => Date.now(),
  ) {
    channel.onmessage = ({ data }) => this.#hear(data as Message<T>);
    this.#send({ is: 'who' });
  }

  /** This tab is looked at, or is not any more. */
  look(looking: boolean) {
    const message: Message<T> = { is: looking ? 'looking' : 'away', tab: this.tab, at: this.now() };
    this.#take(message);
    this.#send(message);
  }

  /** The tab that is looked at; of several the one that was turned to last. Undefined where nobody looks. */
  front(alive: (tab: string) => boolean = () => true): string | undefined {
    for (const tab of [...this.#looking.keys()]) if (!alive(tab)) this.#looking.delete(tab);
    return [...this.#looking].sort(([a, at], [b, bt]) => bt - at || a.localeCompare(b))[0]?.[0];
  }

  give(to: string, what: T) {
    if (to === this.tab) this.show(what);
    else this.#send({ is: 'show', to, what });
  }

  takeBack(ids: readonly string[]) {
    this.withdraw(ids);
    this.#send({ is: 'withdraw', ids });
  }

  close() {
    this.look(false);
    this.channel.close();
  }

  #send(message: Message<T>) { this.channel.postMessage(message); }

  #take({ is, tab, at }: { is: string; tab: string; at: number }) {
    if (is === 'looking') this.#looking.set(tab, at);
    else this.#looking.delete(tab);
  }

  #hear(message: Message<T>) {
    switch (message.is) {
      case 'looking': case 'away': this.#take(message); break;
      case 'who': {
        const at = this.#looking.get(this.tab);
        if (at !== undefined) this.#send({ is: 'looking', tab: this.tab, at });
        break;
      }
      case 'show': if (message.to === this.tab) this.show(message.what); break;
      case 'withdraw': this.withdraw(message.ids); break;
    }
  }
}
