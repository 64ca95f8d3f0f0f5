// Where everything is. A kind that the client knows has its list and its records by itself.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { FileX } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { kindNamed } from './kinds';
import type { ListSearch } from './pages/ListPage';
import { Shell } from './shell/Shell';
import { useT } from './texts';
import { Empty, PageSkeleton, Trouble } from './ui/states';

const ListPage = lazy(() => import('./pages/ListPage').then(page => ({ default: page.ListPage })));
const RecordPage = lazy(() => import('./pages/RecordPage').then(page => ({ default: page.RecordPage })));

function Nowhere() {
  const t = useT();
  return <Empty page icon={FileX} title={t('nowhere')} text={t('nowhereText')} />;
}

function Broken({ error, reset }: { error: unknown; reset: () => void }) {
  const t = useT();
  return <Trouble text={`${t('fault')} ${error instanceof Error ? error.message : ''}`} onAgain={reset} />;
}

function KindList() {
  const { kind: name } = list.useParams();
  const kind = kindNamed(name);
  return kind ? <Suspense fallback={<PageSkeleton />}><ListPage key={name} kind={kind} /></Suspense> : <Nowhere />;
}

function KindRecord() {
  const { kind: name, id } = record.useParams();
  const kind = kindNamed(name);
  return kind ? <Suspense fallback={<PageSkeleton />}><RecordPage key={`${name}/${id}`} kind={kind} id={id} /></Suspense> : <Nowhere />;
}

const root = createRootRoute({ component: Shell, notFoundComponent: Nowhere, errorComponent: Broken });
const home = createRoute({ getParentRoute: () => root, path: '/', beforeLoad: () => { throw redirect({ to: '/$kind', params: { kind: 'contacts' } }); } });
const door = createRoute({ getParentRoute: () => root, path: '/sign-in', beforeLoad: () => { throw redirect({ to: '/$kind', params: { kind: 'contacts' } }); } });
const importing = createRoute({ getParentRoute: () => root, path: '/import', component: lazyRouteComponent(() => import('./pages/ImportPage'), 'ImportPage') });
const settings = createRoute({ getParentRoute: () => root, path: '/settings', component: lazyRouteComponent(() => import('./pages/SettingsPage'), 'SettingsPage') });
const check = createRoute({ getParentRoute: () => root, path: '/self-check', component: lazyRouteComponent(() => import('./pages/SelfCheck'), 'SelfCheck') });
const letters = createRoute({ getParentRoute: () => root, path: '/dead-letters', component: lazyRouteComponent(() => import('./pages/DeadLetters'), 'DeadLetters') });
const feed = createRoute({ getParentRoute: () => root, path: '/feed', component: lazyRouteComponent(() => import('./pages/FeedPage'), 'FeedPage') });
const audit = createRoute({ getParentRoute: () => root, path: '/audit', component: lazyRouteComponent(() => import('./pages/AuditPage'), 'AuditPage') });
const notices = createRoute({ getParentRoute: () => root, path: '/notices', component: lazyRouteComponent(() => import('./notices/NoticesPage'), 'NoticesPage') });
const preferences = createRoute({ getParentRoute: () => root, path: '/notices/preferences', component: lazyRouteComponent(() => import('./notices/NoticePreferences'), 'NoticePreferences') });
const list = createRoute({
  getParentRoute: () => root, path: '/$kind', component: KindList,
  validateSearch: (search: Record<string, unknown>): ListSearch => ({
    q: search.q === undefined ? undefined : String(search.q), view: typeof search.view === 'string' ? search.view : undefined, sort: typeof search.sort === 'string' ? search.sort : undefined,
    filter: typeof search.filter === 'object' ? search.filter as ListSearch['filter'] : undefined, new: search.new === true ? true : undefined,
  }),
});
const record = createRoute({ getParentRoute: () => root, path: '/$kind/$id', component: KindRecord });

export const router = createRouter({ routeTree: root.addChildren([home, door, importing, settings, check, letters, feed, audit, notices, preferences, list, record]), defaultPreload: 'intent', defaultPendingComponent: PageSkeleton });
