// The engine, put together: one of each for a tab.
import { Rest } from '../api/rest';
import { Away } from './away';
import { Commands } from './commands';
import { Line } from './line';
import { Presence } from './presence';
import { settings } from '../ui/settings';
import { Lists } from './lists';
import { DiskQueue } from './queue';
import { Records } from './records';
import { Session } from './session';
import { join, living, tab } from './tabs';
import { idOf, kindOf, type Outcome } from './wire';
import { Watches } from './watches';

export const session = new Session();
export const rest = new Rest(session);
export const line = new Line(() => session.token(), () => { session.lose(); line.close(); });
export const records = new Records();
export const watches = new Watches(line, records);
export const presence = new Presence(line, () => settings().unseen);
watches.onAsk(ref => presence.asked(ref));
watches.onAnswer(ref => presence.answered(ref));
export const lists = new Lists(line, records, rest);

const patience = 1_500; // An acknowledged change that has not come by itself by then is asked for.

export const commands = new Commands(line, records, new DiskQueue(), {
  user: () => session.kept?.user ?? '',
  tab,
  refresh: ref => setTimeout(() => {
    if (records.get(ref)?.pending.size) rest.record(kindOf(ref), idOf(ref)).then(record => records.adopt(record), () => {});
  }, patience),
});

export const away = new Away(line, records, commands, () => session.kept?.user ?? '');

// Whoever listens has his notices delivered; what is shown of them comes by their list.
line.on('Notified', () => {});
line.onResume(() => line.invoke<void>('WatchNotices').catch(() => {}));

line.on('SignedOut', ({ reason }: { reason: string }) => {
  line.close();
  if (reason === 'expired') line.open(); // A connection ends with the token that it was made with; there is a newer one.
  else session.lose();
});

/** A verb of a record, now: without the line it fails, since what it would do depends on what the record is then. */
export function act(ref: string, verb: string, args: Record<string, unknown> = {}) {
  return line.invoke<Outcome>('Do', ref, verb, args, crypto.randomUUID());
}

let joined = false;

/** Begins to listen, once somebody is signed in. */
export function start() {
  line.open();
  if (joined) { void living().then(alive => commands.restore(alive)); return; }
  joined = true;
  join(() => void living().then(alive => commands.restore(alive)));
}

/** Forgets all that was seen, so that the next person at this browser finds nothing of it. */
export function leave() {
  line.close();
  lists.clear();
  records.clear();
}
