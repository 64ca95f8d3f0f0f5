// To follow something, or no longer: a record, a saved view, a team. What one follows is a live list like any other.
import { ActionIcon, Tooltip } from '@mantine/core';
import { Bell, BellRing } from 'lucide-react';
import { useMemo, useState } from 'react';
import { records, rest } from '../engine/app';
import { useList } from '../engine/hooks';
import { idOf, type Json } from '../engine/wire';
import { text } from '../kinds/kind';
import { useT } from '../texts';
import { useCan, useMe } from './me';
import { toast } from './toasts';

/** What this person follows: the target and the record that says so, what was followed last first. */
export function useFollows() {
  const me = useMe();
  const can = useCan();
  const question = useMemo(() => ({ filter: { user: me.userId } as Json, sort: '-updatedAt', limit: 100 }), [me.userId]);
  const { view } = useList('follows', question, me.userId !== '' && (can('follows.read.own') || can('follows.read')));
  return useMemo(() => view.refs.map(ref => ({ ref, target: text(records.get(ref)?.fields.target) })).filter(one => one.target), [view]);
}

export async function follow(target: string) { await rest.post('/api/v1/following', { body: { target }, headers: { 'idempotency-key': crypto.randomUUID() } }); }
export async function unfollow(ref: string) { await rest.remove('follows', idOf(ref)); }

export function FollowButton({ target, name, size = 'lg' }: { target: string; name: string; size?: string }) {
  const t = useT();
  const can = useCan();
  const follows = useFollows();
  const [wanted, setWanted] = useState<boolean>();
  const found = follows.find(one => one.target === target);
  const on = wanted ?? found !== undefined;
  if (!can('follows.create')) return null;
  const turn = async () => {
    setWanted(!on);
    try {
      if (!on) await follow(target);
      else if (found) await unfollow(found.ref);
      toast(t(on ? 'follow.ended' : 'follow.begun', { name }), 'good');
    } catch (fault) {
      toast((fault as Error).message || t('line.needed'), 'bad');
    } finally {
      setTimeout(() => setWanted(undefined), 1_000); // The list itself says it by then.
    }
  };
  const label = t(on ? 'follow.end' : 'follow', { name });
  return (
    <Tooltip label={label}>
      <ActionIcon size={size} aria-label={t('follow', { name })} aria-pressed={on} data-follow={on || undefined} onClick={() => void turn()}>
        {on ? <BellRing size={17} /> : <Bell size={17} />}
      </ActionIcon>
    </Tooltip>
  );
}
