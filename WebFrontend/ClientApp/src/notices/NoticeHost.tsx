// Pop-ups and announcements: what comes by itself. Fetched once there is something to tell.
import './notices.css';
import { ActionIcon, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { BellRing, Megaphone, TriangleAlert, X } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { records, rest } from '../engine/app';
import { useWatch } from '../engine/hooks';
import type { PopUp } from '../engine/popups';
import { text } from '../kinds/kind';
import { useT } from '../texts';
import { useMe } from '../ui/me';
import { type Notice, noticeOf, useNoticeDeeds } from './book';
import type { Chosen } from './choices';
import { keyOf, Stand } from './stand';
import { useUnread } from './unread';

const life = 10_000;
const mostShown = 4;
const announcing = (notice: Notice) => notice.event.startsWith('announcement') && notice.about !== undefined;

/** @param quiet Whether the panel is open, where all of it is to be seen. */
export default function NoticeHost({ onPanel, quiet }: { onPanel: () => void; quiet: boolean }) {
  const t = useT();
  const me = useMe();
  const deeds = useNoticeDeeds();
  const { view } = useUnread();
  const [popUps, setPopUps] = useState<readonly PopUp[]>([]);
  const { data: chosen } = useQuery({ queryKey: ['noticePreferences', ''], queryFn: () => rest.get<Chosen>('/api/v1/notices/preferences'), staleTime: 60_000 });
  const now = useRef({ t, deeds, onPanel, sound: false });
  now.current = { t, deeds, onPanel, sound: chosen?.sound ?? false };
  const open = (popUp: PopUp) => {
    const [first] = popUp.notices;
    if (popUp.notices.length === 1) now.current.deeds.open(first as Notice);
    else now.current.onPanel();
  };
  const stand = useRef<Stand>(undefined);
  const unread = useMemo(() => view.refs.flatMap(ref => { const record = records.get(ref); return record && record.version > 0 ? [noticeOf(record)] : []; }), [view]);

  useEffect(() => {
    if (!me.userId) return undefined;
    const made = new Stand(me.userId, { show: setPopUps, open, title: popUp => (popUp.notices.length > 1 ? now.current.t('notices.several', { count: popUp.notices.length }) : now.current.t('notices.one')), sound: () => now.current.sound });
    stand.current = made;
    return () => { stand.current = undefined; made.close(); };
  }, [me.userId]); // eslint-disable-line react-hooks/exhaustive-deps -- What else it needs it finds in `now`.
  useEffect(() => { if (quiet) for (const popUp of popUps) stand.current?.drop(popUp); }, [quiet, popUps]);
  useEffect(() => { if (view.phase === 'ready') stand.current?.update(unread); }, [view.phase, unread, me.userId]);

  return (
    <>
      {unread.filter(announcing).slice(0, 1).map(notice => <Banner key={notice.id} notice={notice} onClose={() => void deeds.dismiss(notice.id)} />)}
      <div className="pop-ups" role="status" aria-live="polite" aria-label={t('notices')}>
        {!quiet && popUps.slice(-mostShown).map(popUp => (
          <Shown key={keyOf(popUp)} stays={popUp.notices.some(notice => notice.critical)} onGone={() => stand.current?.drop(popUp)}>
            {popUp.notices[0]!.critical ? <TriangleAlert size={18} aria-hidden="true" /> : <BellRing size={18} aria-hidden="true" />}
            <div className="pop-up-body">
              {popUp.notices.length > 1 && <strong>{t('notices.several', { count: popUp.notices.length })}</strong>}
              {popUp.texts.slice(0, popUp.notices.length > 1 ? 2 : 1).map((line, index) => <p key={popUp.notices[index]!.id}>{line}</p>)}
              <Button size="compact-sm" variant="light" onClick={() => { open(popUp); stand.current?.drop(popUp); }}>{t(popUp.notices.length > 1 ? 'notices.show' : 'notices.open')}</Button>
            </div>
            <ActionIcon size={26} aria-label={t('close')} onClick={() => stand.current?.drop(popUp)}><X size={15} /></ActionIcon>
          </Shown>
        ))}
      </div>
    </>
  );
}

/** Goes by itself, but not while somebody reads it or nobody looks, and never where it is critical. */
function Shown({ stays, onGone, children }: { stays: boolean; onGone: () => void; children: ReactNode }) {
  const [held, setHeld] = useState(false);
  const [seen, setSeen] = useState(document.visibilityState === 'visible');
  useEffect(() => {
    const look = () => setSeen(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  useEffect(() => {
    if (stays || held || !seen) return undefined;
    const timer = setTimeout(onGone, life);
    return () => clearTimeout(timer);
  }, [stays, held, seen]); // eslint-disable-line react-hooks/exhaustive-deps -- Its life does not begin again when the host paints.
  return (
    <div className="pop-up" data-critical={stays || undefined} onMouseEnter={() => setHeld(true)} onMouseLeave={() => setHeld(false)} onFocus={() => setHeld(true)} onBlur={() => setHeld(false)}>{children}</div>
  );
}

function Banner({ notice, onClose }: { notice: Notice; onClose: () => void }) {
  const t = useT();
  const record = useWatch(notice.about);
  const until = text(record?.fields.until ?? null);
  if (!record || record.version === 0 || record.gone || (until && Date.parse(until) < Date.now())) return null;
  return (
    <section className="announcement" data-critical={notice.critical || undefined} aria-label={t('announcement')}>
      <Megaphone size={17} aria-hidden="true" />
      <p><strong>{text(record.fields.title)}</strong> {text(record.fields.text ?? null)}</p>
      <ActionIcon size={26} aria-label={t('announcement.close')} onClick={onClose}><X size={15} /></ActionIcon>
    </section>
  );
}
