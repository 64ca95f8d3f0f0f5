// What is around every page: where one can go, who one is, and what happened while the line was down.
import { ActionIcon, Kbd, UnstyledButton } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { MailWarning, Menu as Bars, Rss, ScrollText, Search } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { commands, leave, lists, presence, session } from '../engine/app';
import { useAway } from '../engine/hooks';
import { kinds } from '../kinds';
import { useLabels, useT } from '../texts';
import { useUnread } from '../notices/unread';
import { useCan, useMe } from '../ui/me';
import { Logo } from '../ui/Logo';
import { Reach } from '../ui/Reach';
import { PageSkeleton } from '../ui/states';
import { Toasts } from '../ui/toasts';
import { Bell } from './Bell';
import { PeopleButton } from './PeopleButton';
import { UserButton } from './UserButton';

const PhoneNav = lazy(() => import('./PhoneNav'));
const Palette = lazy(() => import('./Palette'));
const Shortcuts = lazy(() => import('./Shortcuts'));
const AwayReview = lazy(() => import('./AwayReview'));
const PeopleList = lazy(() => import('./PeopleList'));
const NoticeHost = lazy(() => import('../notices/NoticeHost'));
const NoticePanel = lazy(() => import('../notices/NoticePanel'));
const UserMenu = lazy(() => import('./UserMenu'));

const recounting = 15_000;

export function Shell() {
  const t = useT();
  const navigate = useNavigate();
  const path = useLocation({ select: location => location.pathname });
  const [nav, { open, close }] = useDisclosure(false);
  const [palette, setPalette] = useState(false);
  const [sheet, setSheet] = useState(false);
  const [notices, setNotices] = useState(false);
  const told = useTold();
  const away = useAway();
  const main = useRef<HTMLElement>(null);
  useGo(navigate);
  useHotkeys([
    ['mod+K', () => setPalette(true)],
    ['/', () => { const box = document.querySelector<HTMLElement>('[data-search]'); if (box) box.focus(); else setPalette(true); }],
    ['shift+?', () => setSheet(true)],
    ['n', () => setNotices(true)],
    ['c', () => { if (/^\/\w+$/.test(path)) void navigate({ to: path, search: ((now: object) => ({ ...now, new: true })) as never }); }],
  ]);
  useEffect(close, [path, close]);
  useEffect(() => presence.open(path.split('/')[1] || 'contacts'), [path]);
  // Whoever comes to another page by keyboard begins at its heading.
  const before = useRef(path);
  useEffect(() => {
    if (before.current !== path) main.current?.focus({ preventScroll: true });
    before.current = path;
  }, [path]);
  // What changes far down in a list does not come as news of its window, so totals are asked for now and then.
  useEffect(() => {
    const timer = setInterval(() => { if (document.visibilityState === 'visible') for (const kind of kinds) lists.recount(kind.name); }, recounting);
    return () => clearInterval(timer);
  }, []);

  return (
    <div className="shell">
      <a className="skip" href="#main">{t('nav.skip')}</a>
      <nav className="phone-bar" aria-label={t('palette.go')}>
        <ActionIcon size="lg" aria-label={t('nav.open')} onClick={open}><Bars size={20} /></ActionIcon>
        <Link to="/contacts" className="brand"><Logo size={24} /><span>CRM</span></Link>
        <span className="grow" />
        <ActionIcon size="lg" aria-label={t('palette.open')} onClick={() => setPalette(true)}><Search size={19} /></ActionIcon>
        <Bell small onClick={() => setNotices(true)} />
      </nav>
      <div className="sidebar"><Navigation onPalette={() => setPalette(true)} onShortcuts={() => setSheet(true)} onNotices={() => setNotices(true)} /></div>
      <main id="main" ref={main} tabIndex={-1}><Suspense fallback={null}>{told && <NoticeHost quiet={notices} onPanel={() => setNotices(true)} />}</Suspense><Suspense fallback={<PageSkeleton />}><Outlet /></Suspense></main>
      <Suspense fallback={null}>
        {nav && <PhoneNav onClose={close}><Navigation onPalette={() => { close(); setPalette(true); }} onShortcuts={() => { close(); setSheet(true); }} onNotices={() => { close(); setNotices(true); }} /></PhoneNav>}
        {palette && <Palette onClose={() => setPalette(false)} onShortcuts={() => setSheet(true)} />}
        {sheet && <Shortcuts onClose={() => setSheet(false)} />}
        {notices && <NoticePanel onClose={() => setNotices(false)} />}
        {away && <AwayReview review={away} />}
      </Suspense>
      <Toasts />
    </div>
  );
}

/** Whether there is, or was, something to tell: what tells it is fetched then. */
function useTold() {
  const { count } = useUnread();
  const [told, setTold] = useState(false);
  useEffect(() => { if (count > 0) setTold(true); }, [count]);
  return told;
}

/** "g" and then a letter goes somewhere. */
function useGo(navigate: ReturnType<typeof useNavigate>) {
  const armed = useRef(0);
  useEffect(() => {
    const places: Record<string, string> = { c: '/contacts', i: '/imports', n: '/notices', u: '/users', r: '/roles', f: '/fields', s: '/settings', a: '/feed' };
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target as HTMLElement).closest('input, textarea, select, [contenteditable]')) return;
      const to = places[event.key];
      if (event.key === 'g') armed.current = event.timeStamp;
      else if (to && event.timeStamp - armed.current < 1_200) { armed.current = 0; event.stopImmediatePropagation(); void navigate({ to }); }
    };
    document.addEventListener('keydown', pressed, { capture: true });
    return () => document.removeEventListener('keydown', pressed, { capture: true });
  }, [navigate]);
}

function Navigation({ onPalette, onShortcuts, onNotices }: { onPalette: () => void; onShortcuts: () => void; onNotices: () => void }) {
  const t = useT();
  const me = useMe();
  const can = useCan();
  const seen = (name: string) => can(`${name}.read`) || can(`${name}.read.own`);
  const signOut = async () => {
    if (commands.waiting > 0 && !window.confirm(t('signOut.waiting', { count: commands.waiting }))) return;
    leave();
    await session.signOut();
  };
  return (
    <nav aria-label={t('nav')} className="nav">
      <Link to="/contacts" className="brand"><Logo /><span>CRM</span><span className="tenant">{me.tenant}</span></Link>
      <UnstyledButton className="nav-search" onClick={onPalette}><Search size={15} aria-hidden="true" /><span>{t('palette.open')}</span><Kbd size="xs">⌘K</Kbd></UnstyledButton>
      <Bell onClick={onNotices} />
      <ul>{kinds.filter(kind => !kind.admin && kind.name !== 'merges' && seen(kind.name)).map(kind => <NavItem key={kind.name} name={kind.name} icon={kind.icon} />)}
        {seen('follows') && <li><Link to="/feed" className="nav-item" activeProps={active}><Rss size={17} strokeWidth={1.8} aria-hidden="true" /><span>{t('feed')}</span></Link></li>}
      </ul>
      {kinds.some(kind => kind.admin && (kind.needs ? can(kind.needs) : seen(kind.name))) && <p className="nav-title" id="nav-admin">{t('nav.admin')}</p>}
      <ul aria-labelledby="nav-admin">{kinds.filter(kind => kind.admin && (kind.needs ? can(kind.needs) : seen(kind.name))).map(kind => <NavItem key={kind.name} name={kind.name} icon={kind.icon} />)}
        {can('deadLetters.read') && <li><Link to="/dead-letters" className="nav-item" activeProps={active}><MailWarning size={17} strokeWidth={1.8} aria-hidden="true" /><span>{t('letters')}</span></Link></li>}
        {can('audit.read') && <li><Link to="/audit" className="nav-item" activeProps={active}><ScrollText size={17} strokeWidth={1.8} aria-hidden="true" /><span>{t('audit')}</span></Link></li>}
      </ul>
      <span className="grow" />
      <Reach button={reach => <PeopleButton onClick={reach} />}><PeopleList /></Reach>
      <Reach button={reach => <UserButton who={me} onClick={reach} />}><UserMenu me={me} onShortcuts={onShortcuts} onSignOut={() => void signOut()} /></Reach>
    </nav>
  );
}

const active = { 'data-active': 'true', 'aria-current': 'page' } as object;

function NavItem({ name, icon: Icon }: { name: string; icon: (typeof kinds)[number]['icon'] }) {
  const labels = useLabels(name);
  return <li><Link to={`/${name}`} className="nav-item" activeProps={active}><Icon size={17} strokeWidth={1.8} aria-hidden="true" /><span>{labels.many}</span></Link></li>;
}
