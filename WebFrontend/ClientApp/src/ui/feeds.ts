// The feeds of this tab, for those pages that show one: fetched with the first of them.
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { line, rest } from '../engine/app';
import { type Entry, type FeedQuery, Feeds, type FeedView, type LiveFeed } from '../engine/feeds';

const feeds = new Feeds(line, (query, cursor) => rest.get<{ items: Entry[]; next: string | null }>('/api/v1/activity', { query: { ...query, cursor } }));
const none: FeedView = { phase: 'loading', entries: [], next: null, busy: false };

export function useFeed(query: FeedQuery, wanted = true) {
  const key = JSON.stringify([query, wanted]);
  const [held, setHeld] = useState<{ key: string; feed: LiveFeed }>();
  useEffect(() => {
    if (!wanted) return undefined;
    const { feed, release } = feeds.acquire(query);
    setHeld({ key, feed });
    return release;
  }, [key]); // eslint-disable-line react-hooks/exhaustive-deps -- The key says all of it.
  const feed = held?.key === key ? held.feed : undefined;
  const view = useSyncExternalStore(useCallback(listener => feed?.subscribe(listener) ?? (() => {}), [feed]), () => feed?.view ?? none);
  return { feed, view };
}
