// What the bell opens: what is unread, what matters most first, and all the rest behind it.
import '@mantine/core/styles/Drawer.css';
import '@mantine/core/styles/SegmentedControl.css';
import './notices.css';
import { Button, Drawer, SegmentedControl } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { BellRing, CheckCheck, Settings } from 'lucide-react';
import { useState } from 'react';
import { useList } from '../engine/hooks';
import { useT } from '../texts';
import { Empty, PageSkeleton, Trouble } from '../ui/states';
import { useNoticeDeeds } from './book';
import { DesktopHint } from './DesktopHint';
import { NoticeRow } from './NoticeRow';
import { useUnread, visible } from './unread';

const all = { filter: visible, sort: '-createdAt' };
const seen = 50; // More are on the page of notices.

export default function NoticePanel({ onClose }: { onClose: () => void }) {
  const t = useT();
  const deeds = useNoticeDeeds();
  const [which, setWhich] = useState<'unread' | 'all'>('unread');
  const open = useUnread();
  const { view: rest } = useList('notices', all, which === 'all');
  const view = which === 'unread' ? open.view : rest;
  return (
    <Drawer opened onClose={onClose} position="right" size="min(27rem, 100vw)" padding={0} title={t('notices')} closeButtonProps={{ 'aria-label': t('close') }} classNames={{ title: 'notice-title', header: 'notice-header' }}>
      <div className="notice-head">
        <SegmentedControl size="xs" value={which} onChange={value => setWhich(value as 'unread')} data={[{ value: 'unread', label: t('notices.unreadTab', { count: open.count }) }, { value: 'all', label: t('notices.allTab') }]} />
        <span className="grow" />
        <Button size="compact-sm" variant="subtle" leftSection={<CheckCheck size={15} aria-hidden="true" />} disabled={open.count === 0} onClick={() => void deeds.readAll()}>{t('notices.readAll')}</Button>
      </div>
      <DesktopHint />
      {view.phase === 'loading' && <PageSkeleton />}
      {view.phase === 'refused' && <Trouble text={view.fault?.message ?? t('fault')} />}
      {view.phase === 'ready' && view.refs.length === 0 && <Empty icon={BellRing} title={t(which === 'unread' ? 'notices.empty' : 'notices.never')} text={t('notices.emptyText')} />}
      <ul className="notice-list" aria-label={t('notices')}>{view.refs.slice(0, seen).map(ref => <NoticeRow key={ref} at={ref} onOpened={onClose} />)}</ul>
      <div className="notice-links">
        <Link to="/notices" onClick={onClose}>{t('notices.history')}</Link>
        <Link to="/notices/preferences" onClick={onClose}><Settings size={14} aria-hidden="true" /> {t('notices.preferences')}</Link>
      </div>
    </Drawer>
  );
}
