// What nobody has read yet: the question that bell, panel and pop-ups share. Part of every page, so it takes nothing that a page can do without.
import { useList } from '../engine/hooks';
import type { Json, Question } from '../engine/wire';

/** What is shown of notices at all: none that its user muted, none that waits for its time. */
export const visible = { muted: false, heldUntil: { empty: true } } satisfies Json;
export const unread: Question = { filter: { ...visible, read: { empty: true } }, sort: '-score' };

export function useUnread() {
  const { list, view } = useList('notices', unread);
  return { list, view, count: view.total ?? view.refs.length };
}
