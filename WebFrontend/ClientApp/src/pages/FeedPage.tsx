// What happens where one has said that one cares: live, filtered, with what matters on top of the eye.
import '@mantine/core/styles/FloatingIndicator.css';
import '@mantine/core/styles/SegmentedControl.css';
import '@mantine/core/styles/Switch.css';
import '../ui/feed.css';
import { ActionIcon, Button, SegmentedControl, Select, Switch } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { BellOff, Rss, X } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { records } from '../engine/app';
import type { FeedQuery } from '../engine/feeds';
import { useList, useWatch } from '../engine/hooks';
import { idOf, kindOf } from '../engine/wire';
import { kindNamed, kinds } from '../kinds';
import { text } from '../kinds/kind';
import { LineMark } from '../shell/LineMark';
import { useNames, useT } from '../texts';
import { useFeed } from '../ui/feeds';
import { follow, unfollow, useFollows } from '../ui/FollowButton';
import { useCan } from '../ui/me';
import { usePeople } from '../ui/people';
import { Empty, PageSkeleton, Trouble } from '../ui/states';
import { toast } from '../ui/toasts';
import { FeedList } from './FeedList';

const spans = { all: 0, today: 1, week: 7, month: 30 };
const day = 86_400_000;

export function FeedPage() {
  const t = useT();
  const can = useCan();
  const names = useNames();
  const people = usePeople();
  const [scope, setScope] = useState<'own' | 'team'>('own');
  const [kind, setKind] = useState<string | null>(null);
  const [by, setBy] = useState<string | null>(null);
  const [field, setField] = useState<string | null>(null);
  const [span, setSpan] = useState<keyof typeof spans>('all');
  const [important, setImportant] = useState(false);
  useEffect(() => { document.title = `${t('feed')} · CRM`; }, [t]);
  const query = useMemo<FeedQuery>(() => ({
    scope, limit: 50, ...(kind ? { kinds: kind } : {}), ...(by ? { by } : {}), ...(kind && field ? { field } : {}), ...(important ? { least: 'important' } : {}),
    ...(span === 'all' ? {} : { since: new Date(Math.floor(Date.now() / 60_000) * 60_000 - spans[span] * day).toISOString() }),
  }), [scope, kind, by, field, span, important]);
  const { feed, view } = useFeed(query);
  const narrowed = kind !== null || by !== null || span !== 'all' || important;
  const shown = kinds.filter(one => can(`${one.name}.read`) || can(`${one.name}.read.own`));
  const fields = kind ? kindNamed(kind)?.fields ?? [] : [];

  return (
    <div className="list-page">
      <header className="page-head">
        <h1 id="page-title" tabIndex={-1}>{t('feed')}</h1>
        <SegmentedControl size="xs" aria-label={t('feed.scope')} value={scope} onChange={value => setScope(value as 'own')} data={[{ value: 'own', label: t('feed.own') }, { value: 'team', label: t('feed.team') }]} />
        <span className="grow" />
        <LineMark />
      </header>
      <div className="tools feed-tools" role="group" aria-label={t('filter')}>
        <Select size="xs" clearable aria-label={t('feed.kind')} placeholder={t('feed.kind')} value={kind} onChange={value => { setKind(value); setField(null); }} data={shown.map(one => ({ value: one.name, label: names.many(one.name) }))} />
        {kind && <Select size="xs" clearable searchable aria-label={t('feed.field')} placeholder={t('feed.field')} value={field} onChange={setField} data={fields.map(one => ({ value: one.name, label: names.field(kind, one) }))} />}
        <Select size="xs" clearable searchable aria-label={t('feed.by')} placeholder={t('feed.by')} value={by} onChange={setBy} data={people.all} />
        <Select size="xs" allowDeselect={false} aria-label={t('feed.span')} value={span} onChange={value => setSpan(value as keyof typeof spans)} data={(Object.keys(spans) as (keyof typeof spans)[]).map(one => ({ value: one, label: t(`feed.span.${one}`) }))} />
        <Switch size="sm" label={t('feed.onlyImportant')} checked={important} onChange={event => setImportant(event.currentTarget.checked)} />
      </div>
      <div className="page-body feed-body">
        <section className="feed-main" aria-label={t('feed.entries')}>
          {view.phase === 'loading' ? <PageSkeleton />
            : view.phase === 'fault' ? <Trouble text={view.fault || t('line.needed')} onAgain={() => void feed?.open()} />
              : view.entries.length === 0 && view.next === null ? <Empty icon={Rss} title={t(narrowed ? 'feed.nothing' : 'feed.none')} text={t(narrowed ? 'feed.nothingText' : scope === 'own' ? 'feed.noneText' : 'feed.noTeamText')} />
                : <FeedList entries={view.entries} />}
          {view.next !== null && view.phase === 'ready' && <Button variant="default" loading={view.busy} onClick={() => void feed?.more()}>{t('feed.older')}</Button>}
        </section>
        <Followed />
      </div>
    </div>
  );
}

function Followed() {
  const t = useT();
  const can = useCan();
  const follows = useFollows();
  const teams = useTeams();
  const free = teams.filter(team => !follows.some(one => one.target === `teams/${team}`));
  const begin = (team: string | null) => {
    if (team) follow(`teams/${team}`).then(() => toast(t('follow.begun', { name: team }), 'good'), (fault: Error) => toast(fault.message || t('line.needed'), 'bad'));
  };
  return (
    <aside className="feed-side" aria-label={t('feed.followed')}>
      <h2>{t('feed.followed')}</h2>
      {follows.length === 0 && <p className="soft">{t('feed.followedNone')}</p>}
      <ul>{follows.map(one => <Target key={one.ref} reference={one.ref} target={one.target} />)}</ul>
      {can('follows.create') && free.length > 0 && <Select size="xs" searchable aria-label={t('feed.followTeam')} placeholder={t('feed.followTeam')} value={null} onChange={begin} data={free} />}
    </aside>
  );
}

const everybody = { sort: 'name' };

function useTeams() {
  const { view } = useList('users', everybody);
  return useMemo(() => [...new Set(view.refs.map(ref => text(records.get(ref)?.fields.team)).filter(Boolean))].sort(), [view]);
}

function Target({ reference, target }: { reference: string; target: string }) {
  const t = useT();
  const names = useNames();
  const kind = kindOf(target);
  const record = useWatch(kind === 'teams' ? undefined : target);
  const spec = kindNamed(kind);
  const name = kind === 'teams' ? idOf(target) : (record && (spec?.title(record.fields) || text(record.fields.name))) || names.many(kind);
  const end = () => unfollow(reference).then(() => toast(t('follow.ended', { name }), 'good'), (fault: Error) => toast(fault.message || t('line.needed'), 'bad'));
  return (
    <li>
      <span className="feed-target">
        {kind === 'teams' ? <span>{name}</span> : kind === 'views' ? <span>{name}</span> : <Link to={`/${target}`}>{name}</Link>}
        <span className="soft">{kind === 'teams' ? t('f.team') : names.many(kind)}</span>
      </span>
      <ActionIcon size="sm" aria-label={t('follow.end', { name })} onClick={() => void end()}>{spec ? <X size={14} /> : <BellOff size={14} />}</ActionIcon>
    </li>
  );
}
