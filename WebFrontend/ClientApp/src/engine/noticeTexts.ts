// What notices say. The server puts a text together when it is asked, so texts are asked for many at once and kept for a while.
export interface NoticeText { id: string; key: string; args: Record<string, string>; text: string; ref: string | null; open: boolean }

const together = 20; // Milliseconds in which what is asked for goes in one request.
const most = 200;
const kept = 300_000; // Titles and rights change: after so long it is asked again.
const again = 5_000; // The same after no answer came.

export class NoticeTexts {
  /** Without a text: there is none for this reader, or no answer came. */
  #known = new Map<string, { until: number; text?: NoticeText }>();
  #wanted = new Set<string>();
  #asking: Promise<void> | undefined;
  #listeners = new Set<() => void>();

  constructor(
    private readonly fetch: (ids: readonly string[], language: string) => Promise<readonly NoticeText[]>, private readonly language: () => string,
    private readonly now = () => Date.now(), private readonly pause = (milliseconds: number) => new Promise<void>(done => setTimeout(done, milliseconds)),
  ) {}

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  };

  /** What is known now; asks for what is not, or is old. */
  get(id: string): NoticeText | undefined {
    if (!this.#fresh(id)) void this.#ask(id);
    return this.#known.get(this.#key(id))?.text;
  }

  /** All of these that there are for this reader, once the server has answered. */
  async all(ids: readonly string[]): Promise<ReadonlyMap<string, NoticeText>> {
    for (let missing = ids.filter(id => !this.#fresh(id)); missing.length > 0; missing = ids.filter(id => !this.#fresh(id))) {
      await Promise.all(missing.map(id => this.#ask(id)));
    }
    return new Map(ids.flatMap(id => { const text = this.#known.get(this.#key(id))?.text; return text ? [[id, text] as const] : []; }));
  }

  #key(id: string) { return `${this.language()} ${id}`; }

  #fresh(id: string) { return (this.#known.get(this.#key(id))?.until ?? 0) > this.now(); }

  #ask(id: string): Promise<void> {
    this.#wanted.add(id);
    return this.#asking ??= this.#fetch().finally(() => { this.#asking = undefined; });
  }

  async #fetch() {
    await this.pause(together);
    const language = this.language();
    const ids = [...this.#wanted].slice(0, most);
    const texts = await this.fetch(ids, language).catch(() => undefined);
    const until = this.now() + (texts ? kept : again);
    for (const id of ids) {
      this.#wanted.delete(id);
      const key = `${language} ${id}`;
      this.#known.set(key, { until, text: texts ? texts.find(text => text.id === id) : this.#known.get(key)?.text });
    }
    for (const listener of [...this.#listeners]) listener();
  }
}
