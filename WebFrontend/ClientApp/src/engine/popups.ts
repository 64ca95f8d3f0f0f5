// Which notices pop up, when and how many at once. Of all devices of a user one shows each of them: the notice's own record decides which.

/** A notice that nobody has read. */
export interface Unread { id: string; event: string; critical: boolean; desktop: boolean; score: number; about?: string; version?: number; shown: boolean }

/** Some notices that are to be told of together, what matters most first. */
export interface PopUp { notices: readonly Unread[]; texts: readonly string[] }

/** What this needs of its browser and of the server. */
export interface Surroundings {
  /** Whether this tab speaks for its browser. */
  leads(): boolean;
  /** Whether somebody looks at any tab of this browser. */
  watched(): boolean;
  /** Asks to be the one device that shows it; false where another one does, or where nothing is to be shown any more. Throws where nobody answers. */
  claim(id: string): Promise<boolean>;
  /** What they say, by id. */
  say(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  show(popUp: PopUp): void;
  /** Takes back what is shown of these. */
  withdraw(ids: readonly string[]): void;
  pause(milliseconds: number): Promise<void>;
}

const gather = 200; // What comes together is told together.
const yieldFor = 1_200; // A browser that nobody looks at lets another device go first.
const apart = 4_000; // Between two pop-ups, so that a flood is one line and not a hundred.
export const most = 3; // More than these are told as a number.

export class PopUps {
  #unread: readonly Unread[] = [];
  #asked = new Set<string>();
  #shown = new Set<string>();
  #running = false;
  #stopped = false;

  constructor(private readonly around: Surroundings) {}

  /** All that is unread now. */
  update(unread: readonly Unread[]) {
    this.#unread = unread;
    const ids = new Set(unread.map(notice => notice.id));
    const gone = [...this.#shown].filter(id => !ids.has(id));
    for (const id of gone) this.#shown.delete(id);
    if (gone.length > 0) this.around.withdraw(gone);
    void this.run();
  }

  stop() {
    this.#stopped = true;
    this.around.withdraw([...this.#shown]);
  }

  /** Tells of what is waiting. Called too when this tab comes to lead. */
  async run() {
    if (this.#running || !this.around.leads()) return;
    this.#running = true;
    try {
      while (this.#waiting().length > 0 && !this.#stopped) {
        await this.around.pause(this.around.watched() ? gather : yieldFor);
        const claimed = await this.#claim();
        if (claimed.length === 0 || this.#stopped) continue;
        await this.#tell(claimed);
        if (!this.#waiting().some(notice => notice.critical)) await this.around.pause(apart);
      }
    } catch { /* The line is down: the list comes again with it, and with it this. */ } finally {
      this.#running = false;
    }
  }

  #waiting() { return this.#unread.filter(notice => !notice.shown && !this.#asked.has(notice.id)); }

  async #claim() {
    const waiting = this.#waiting();
    const answers = await Promise.all(waiting.map(async notice => {
      const granted = await this.around.claim(notice.id);
      this.#asked.add(notice.id);
      return granted;
    }));
    return waiting.filter((_, index) => answers[index]);
  }

  async #tell(claimed: readonly Unread[]) {
    const sorted = [...claimed].sort((a, b) => Number(b.critical) - Number(a.critical) || b.score - a.score);
    const texts = await this.around.say(sorted.map(notice => notice.id));
    const still = new Set(this.#unread.map(notice => notice.id)); // Read elsewhere meanwhile: nothing to tell.
    const told = sorted.filter(notice => still.has(notice.id));
    if (told.length === 0) return;
    for (const notice of told) this.#shown.add(notice.id);
    const groups = told.length <= most ? told.map(notice => [notice]) : [told.filter(notice => notice.critical), told.filter(notice => !notice.critical)].filter(group => group.length > 0);
    for (const group of groups) this.around.show({ notices: group, texts: group.map(notice => texts.get(notice.id) ?? '') });
  }
}
