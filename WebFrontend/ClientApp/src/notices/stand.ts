// Where a browser's pop-ups come together: its leading tab claims them, and the tab that somebody looks at shows them.
import { act } from '../engine/app';
import { type PopUp, PopUps, type Unread } from '../engine/popups';
import { Stage } from '../engine/stage';
import { leads, living, tab } from '../engine/tabs';
import { texts } from './book';
import { post, ring } from './desktop';

interface Owner {
  /** What this tab shows now, newest last. */
  show(popUps: readonly PopUp[]): void;
  /** A pop-up outside the window was clicked. */
  open(popUp: PopUp): void;
  title(popUp: PopUp): string;
  sound(): boolean;
}

export const keyOf = (popUp: PopUp) => popUp.notices[0]!.id;

export class Stand {
  #here: readonly PopUp[] = [];
  #outside = new Map<string, { popUp: PopUp; posted: Notification }>();
  #alive: (tab: string) => boolean = () => true;
  readonly #stage: Stage<PopUp>;
  readonly #popups: PopUps;

  constructor(user: string, private readonly owner: Owner) {
    this.#stage = new Stage<PopUp>(tab, new BroadcastChannel(`crm.notices.${user}`), popUp => this.#show(popUp), ids => this.#take(ids));
    this.#popups = new PopUps({
      leads, watched: () => this.#stage.front(this.#alive) !== undefined,
      claim: async id => (await act(`notices/${id}`, 'show')).status === 'applied',
      say: async ids => new Map([...await texts.all(ids)].map(([id, { text }]) => [id, text])),
      show: popUp => this.#place(popUp), withdraw: ids => this.#stage.takeBack(ids),
      pause: async milliseconds => { this.#alive = await living(); await new Promise(done => setTimeout(done, milliseconds)); },
    });
    for (const [target, name] of this.#signs) target.addEventListener(name, this.#look);
    this.#look();
  }

  update(unread: readonly Unread[]) { this.#popups.update(unread); }

  /** This tab's user has seen it: it goes, and stays unread. */
  drop(popUp: PopUp) { this.#set(this.#here.filter(one => one !== popUp)); }

  close() {
    for (const [target, name] of this.#signs) target.removeEventListener(name, this.#look);
    this.#popups.stop();
    this.#stage.close();
  }

  #signs = [[document, 'visibilitychange'], [window, 'focus'], [window, 'pageshow'], [window, 'pagehide']] as const;

  #look = (event?: Event) => {
    this.#stage.look(document.visibilityState === 'visible' && event?.type !== 'pagehide');
    void this.#popups.run(); // It may have come to lead meanwhile.
  };

  #place(popUp: PopUp) {
    const front = this.#stage.front(this.#alive);
    if (front) this.#stage.give(front, popUp);
    else if (!popUp.notices.some(notice => notice.desktop) || !this.#post(popUp)) this.#show(popUp); // It waits here for whoever comes back.
  }

  #post(popUp: PopUp) {
    const posted = post(this.owner.title(popUp), popUp.texts.slice(0, 3).join('\n'), keyOf(popUp), this.owner.sound(), () => this.owner.open(popUp));
    if (posted) this.#outside.set(keyOf(popUp), { popUp, posted });
    return posted !== undefined;
  }

  #show(popUp: PopUp) {
    this.#set([...this.#here, popUp]);
    if (this.owner.sound()) ring();
  }

  #take(ids: readonly string[]) {
    const gone = (popUp: PopUp) => popUp.notices.every(notice => ids.includes(notice.id));
    this.#set(this.#here.filter(popUp => !gone(popUp)));
    for (const [key, { popUp, posted }] of this.#outside) {
      if (gone(popUp)) { posted.close(); this.#outside.delete(key); }
    }
  }

  #set(here: readonly PopUp[]) {
    this.#here = here;
    this.owner.show(here);
  }
}
