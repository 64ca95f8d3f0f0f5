// All notices that there are: found again by what they were about, and in the order that one wants.
import './notices.css';
import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BellRing, CheckCheck, Settings } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { rest } from '../engine/app';
import { useList } from '../engine/hooks';
import type { Json } from '../engine/wire';
import { LineMark } from '../shell/LineMark';
import { useT } from '../texts';
import { number } from '../ui/format';
import { useSettings } from '../ui/settings';
import { Empty, PageSkeleton, Trouble } from '../ui/states';
import { useNoticeDeeds, useNoticeWords } from './book';
import type { EventInfo } from './choices';
import { NoticeRow } from './NoticeRow';
import { visible } from './unread';

const states: Record<string, Json> = { all: {}, unread: { read: { empty: true } }, read: { read: { empty: false } } };

export function NoticesPage() {
  const t = useT();
  const words = useNoticeWords();
  const deeds = useNoticeDeeds();
  const { language } = useSettings();
  const [state, setState] = useState('all');
  const [level, setLevel] = useState('');
  const [event, setEvent] = useState('');
  const [sort, setSort] = useState('-createdAt');
  const events = useQuery({ queryKey: ['noticeEvents'], queryFn: () => rest.get<{ items: EventInfo[] }>('/api/v1/notices/events'), staleTime: Infinity });
  const question = useMemo(() => ({ sort, filter: { ...visible, ...states[state] as object, ...(level ? { priority: level } : {}), ...(event ? { event } : {}) } }), [state, level, event, sort]);
  const { list, view } = useList('notices', question);
  useEffect(() => { document.title = `${t('notices')} · CRM`; }, [t]);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t('notices')}</h1>{view.total !== undefined && <span className="count">{number(view.total)}</span>}
        <span className="grow" />
        <LineMark />
        <Button variant="default" leftSection={<CheckCheck size={15} aria-hidden="true" />} onClick={() => void deeds.readAll()}>{t('notices.readAll')}</Button>
        <Button component={Link} to="/notices/preferences" variant="default" leftSection={<Settings size={15} aria-hidden="true" />}>{t('notices.preferences')}</Button>
      </header>
      <div className="notice-filters" role="group" aria-label={t('notices.filter')}>
        <NativeSelect aria-label={t('notices.state')} value={state} onChange={now => setState(now.currentTarget.value)} data={[{ value: 'all', label: t('notices.stateAll') }, { value: 'unread', label: t('notices.stateUnread') }, { value: 'read', label: t('notices.stateRead') }]} />
        <NativeSelect aria-label={t('notices.level')} value={level} onChange={now => setLevel(now.currentTarget.value)} data={[{ value: '', label: t('notices.levelAll') }, ...(['critical', 'important', 'information'] as const).map(value => ({ value, label: t(`n.level.${value}`) }))]} />
        <NativeSelect aria-label={t('notices.event')} value={event} onChange={now => setEvent(now.currentTarget.value)} data={[{ value: '', label: t('notices.eventAll') }, ...(events.data?.items ?? []).map(info => ({ value: info.event, label: words.eventOr(info.event, info[language]) }))]} />
        <NativeSelect aria-label={t('notices.order')} value={sort} onChange={now => setSort(now.currentTarget.value)} data={[{ value: '-createdAt', label: t('notices.newest') }, { value: '-score', label: t('notices.byScore') }]} />
      </div>
      <div className="page-body">
        {view.phase === 'loading' && <PageSkeleton />}
        {view.phase === 'refused' && <Trouble text={view.fault?.message ?? t('fault')} />}
        {view.phase === 'ready' && view.refs.length === 0 && <Empty icon={BellRing} title={t('notices.never')} text={t('notices.emptyText')} />}
        <ul className="notice-list wide" aria-label={t('notices')}>{view.refs.map(ref => <NoticeRow key={ref} at={ref} />)}</ul>
        {view.phase === 'ready' && !view.complete && <Button variant="default" onClick={() => list?.need(view.refs.length)}>{t('notices.older')}</Button>}
      </div>
    </div>
  );
}
