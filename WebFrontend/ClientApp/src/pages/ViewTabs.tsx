// The saved views of a list as tabs over it, live like everything; and what was changed of the chosen one, to be saved or set back.
import { ActionIcon, Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Lock, Plus, Users } from 'lucide-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import { commands, records, session } from '../engine/app';
import { useList } from '../engine/hooks';
import type { Fields, Json } from '../engine/wire';
import type { KindSpec } from '../kinds/kind';
import { useLabels, useT } from '../texts';
import { useCan } from '../ui/me';
import { usePeople } from '../ui/people';
import { toast } from '../ui/toasts';
import { type View, viewOf } from './views';

const ViewDialog = lazy(() => import('./ViewDialog'));
const ViewMenu = lazy(() => import('./ViewMenu'));
const FollowButton = lazy(() => import('../ui/FollowButton').then(button => ({ default: button.FollowButton })));

interface Props { kind: KindSpec; view: View | undefined; changed: boolean; fields: () => Fields; onChoose: (id: string | undefined) => void; onReset: () => void }

export function ViewTabs({ kind, view, changed, fields, onChoose, onReset }: Props) {
  const t = useT();
  const can = useCan();
  const labels = useLabels(kind.name);
  const people = usePeople();
  const [dialog, setDialog] = useState<'new' | 'name'>();
  const me = session.kept?.user ?? '';
  const question = useMemo(() => ({ filter: { on: kind.name, or: [{ owner: me }, { shared: true }] as Json[] }, sort: 'name', limit: 100 }), [kind.name, me]);
  const { view: found } = useList('views', question);
  const views = useMemo(() => {
    const all = found.refs.map(ref => records.get(ref)).filter(record => record !== undefined && record.version > 0 && !record.gone).map(record => viewOf(record!));
    return view && !all.some(one => one.id === view.id) ? [...all, view] : all.map(one => (one.id === view?.id ? view : one));
  }, [found, view]);
  const mine = view !== undefined && (view.owner === me || can('views.read')) && can('views.edit');

  const save = async () => {
    const settled = commands.edit(view!.ref, fields());
    onReset();
    const { status } = await settled;
    if (status === 'applied' || status === 'merged') toast(t('views.saved', { name: view!.name }), 'good');
    else toast(t('views.notSaved', { name: view!.name }), 'bad');
  };

  return (
    <div className="views">
      <nav aria-label={t('views')} className="view-tabs">
        <ul>
          <li><Tab active={!view} to={`/${kind.name}`}>{t('views.all', { what: labels.many })}</Tab></li>
          {views.map(one => (
            <li key={one.id} data-active={one.id === view?.id || undefined}>
              <Tab active={one.id === view?.id} to={`/${kind.name}`} id={one.id}>
                {one.shared
                  ? <span className="view-sign" title={one.owner === me ? t('views.sharedByYou') : t('views.sharedBy', { who: people.name(one.owner) })}><Users size={13} aria-hidden="true" /><span className="hidden">{t('views.shared')}</span></span>
                  : <span className="view-sign"><Lock size={12} aria-hidden="true" /><span className="hidden">{t('views.private')}</span></span>}
                <span className="view-name">{one.name}</span>
              </Tab>
              {one.id === view?.id && <Suspense fallback={null}><FollowButton target={one.ref} name={one.name} size="sm" /></Suspense>}
              {one.id === view?.id && mine && <Suspense fallback={null}><ViewMenu view={one} onRename={() => setDialog('name')} onGone={() => onChoose(undefined)} /></Suspense>}
            </li>
          ))}
        </ul>
        {can('views.create') && !changed && <ActionIcon size="md" title={t('views.new')} aria-label={t('views.new')} onClick={() => setDialog('new')}><Plus size={15} /></ActionIcon>}
      </nav>
      {changed && (
        <div className="view-changes" role="group" aria-label={t('views.changes')}>
          <span className="soft wide-only">{view ? t('views.changed', { name: view.name }) : t('views.unsaved')}</span>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={onReset}>{t('views.reset')}</Button>
          {mine && <Button size="compact-sm" onClick={() => void save()}>{t('save')}</Button>}
          {can('views.create') && <Button size="compact-sm" variant={mine ? 'default' : 'light'} onClick={() => setDialog('new')}>{t(view ? 'views.saveAs' : 'views.new')}</Button>}
        </div>
      )}
      <Suspense fallback={null}>
        {dialog && <ViewDialog kind={kind.name} view={dialog === 'name' ? view : undefined} fields={fields} onClose={() => setDialog(undefined)} onMade={id => { onReset(); onChoose(id); }} />}
      </Suspense>
    </div>
  );
}

function Tab({ active, to, id, children }: { active: boolean; to: string; id?: string; children: React.ReactNode }) {
  return <Link to={to} search={(id ? { view: id } : {}) as never} className="view-tab" aria-current={active ? 'page' : undefined} activeOptions={{ exact: true, includeSearch: true }}>{children}</Link>;
}
