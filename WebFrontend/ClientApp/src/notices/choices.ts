// How somebody wants to be told, as the page of preferences edits it: what holds, with what he has changed and not saved over it.
export const times = ['now', 'batch', 'hourly', 'daily', 'never'] as const;
export type Time = (typeof times)[number];

export interface EventChoice { event: string; inApp: Time; desktop: boolean; email: Time }
export interface EventInfo extends EventChoice { priority: 'critical' | 'important' | 'information'; en: string; de: string; actions: readonly string[] }

/** What the server answers: what holds, and of it what was chosen and not inherited. */
export interface Chosen {
  chosen: { events?: Record<string, Partial<Omit<EventChoice, 'event'>>> } & Record<string, unknown>;
  version: number;
  events: readonly EventChoice[];
  quietFrom: string | null;
  quietTo: string | null;
  timeZone: string;
  language: 'en' | 'de';
  digestAt: number;
  email: boolean;
  escalateMinutes: number;
  deputy: string | null;
  sound: boolean;
}

/** What is to be sent: only what was changed; null takes a choice back to what it is inherited from. */
export interface Wish {
  events?: Record<string, Partial<Omit<EventChoice, 'event'>> | null>;
  quietFrom?: string | null;
  quietTo?: string | null;
  timeZone?: string | null;
  digestAt?: number | null;
  mails?: boolean | null;
  escalateMinutes?: number | null;
  deputy?: string | null;
  sound?: boolean | null;
}

/** What holds for an event once the wish is saved. */
export function choiceOf(chosen: Chosen, wish: Wish, event: string): EventChoice {
  const holds = chosen.events.find(one => one.event === event) ?? { event, inApp: 'now', desktop: false, email: 'never' };
  return { ...holds, ...wish.events?.[event] };
}

/** The wish with another choice for an event. All that was chosen for it goes along, since the server takes an event as a whole. */
export function wishFor(chosen: Chosen, wish: Wish, event: string, change: Partial<Omit<EventChoice, 'event'>>): Wish {
  return { ...wish, events: { ...wish.events, [event]: { ...chosen.chosen.events?.[event], ...wish.events?.[event], ...change } } };
}

/** Whether somebody chose this himself and did not inherit it. */
export const isOwn = (chosen: Chosen, wish: Wish, event: string) =>
  (wish.events && event in wish.events ? wish.events[event] !== null : chosen.chosen.events?.[event] !== undefined);

export const isEmpty = (wish: Wish) => Object.keys(wish).length === 0;
