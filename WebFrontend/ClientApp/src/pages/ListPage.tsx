// A list of any kind: what is asked for stands in the address, so that it can be sent to somebody.
import { Button, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { Download, FileUp, Plus, Search, SearchX } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { rest } from '../engine/app';
import { useLine, useList, useWatch } from '../engine/hooks';
import type { Json } from '../engine/wire';
import { useFields } from '../kinds/custom';
import type { KindSpec } from '../kinds/kind';
import { LineMark } from '../shell/LineMark';
import { useLabels, useT } from '../texts';
import { number } from '../ui/format';
import { useCan } from '../ui/me';
import { Reach } from '../ui/Reach';
import { keep, recall } from '../ui/settings';
import { Empty, Trouble } from '../ui/states';
import { toast } from '../ui/toasts';
import { ColumnsButton } from './ColumnsButton';
import { FilterBar } from './FilterBar';
import { type Layout, RecordTable } from './RecordTable';
import { changed, fieldsOf, filterIn, shows, sortIn, viewOf, wanted } from './views';
import { ViewTabs } from './ViewTabs';

const CreateDialog = lazy(() => import('./CreateDialog'));
const BulkBar = lazy(() => import('./BulkBar'));
const ColumnsMenu = lazy(() => import('./ColumnsMenu'));

export interface ListSearch { q?: string; view?: string; sort?: string; filter?: Json; new?: boolean }

const most = 100_000; // Where the server stops counting.
const ahead = 1_500; // After the list is there, what one opens next is fetched.

export function ListPage({ kind }: { kind: KindSpec }) {
  const t = useT();
  const labels = useLabels(kind.name);
  const can = useCan();
  const navigate = useNavigate();
  const asked = useLocation({ select: place => JSON.stringify(place.search) });
  const search = useMemo(() => JSON.parse(asked) as ListSearch, [asked]);
  const fields = useFields(kind);
  const [words, setWords] = useState(search.q ?? '');
  const [q] = useDebouncedValue(words, 120);
  const box = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const saved = useWatch(search.view && `views/${search.view}`);
  const shown = useMemo(() => (saved && saved.version > 0 && !saved.gone ? viewOf(saved) : undefined), [saved]);
  const [layout, setLayout] = useLayout(search.view ? `${kind.name}.${search.view}` : kind.name);
  const set = (some: ListSearch) => void navigate({ to: `/${kind.name}`, search: clean({ ...search, ...some }) as never, replace: true });
  useEffect(() => { if ((q || undefined) !== search.q) set({ q: q || undefined }); }, [q]); // eslint-disable-line react-hooks/exhaustive-deps -- Typing leads, the address follows.
  useEffect(() => { document.title = `${shown?.name ?? labels.many} · CRM`; }, [shown?.name, labels.many]);
  useEffect(() => {
    if (!saved?.gone) return;
    toast(t('views.gone'));
    set({ view: undefined, filter: undefined, sort: undefined });
  }, [saved?.gone]); // eslint-disable-line react-hooks/exhaustive-deps -- Said once.

  useEffect(() => {
    const timer = setTimeout(() => void import('./RecordPage'), ahead);
    return () => clearTimeout(timer);
  }, []);

  const question = useMemo(() => {
    const { filter, sort } = wanted(search, shown);
    return { q: q || undefined, sort: sort ?? (q ? undefined : kind.sort), filter };
  }, [q, search, shown, kind.sort]);
  const { list, view } = useList(kind.name, question, !search.view || shown !== undefined);
  useEffect(() => setChosen(new Set()), [list]);
  const columns = fields.filter(field => shows(field, layout.shown, shown));
  const narrowed = Boolean(q || question.filter);
  const dirty = changed(search, layout.shown, fields, shown);
  const reset = () => { setLayout({ ...layout, shown: {} }); set({ filter: undefined, sort: undefined }); };
  const total = view.total;

  return (
    <div className="list-page">
      <header className="page-head">
        <h1 id="page-title" tabIndex={-1}>{labels.many}</h1>
        <span className="count" aria-live="polite">{total !== undefined && view.phase === 'ready' ? t('list.count', { count: total, n: number(total) + (total >= most ? '+' : '') }) : ''}</span>
        <span className="grow" />
        <LineMark />
        {kind.name === 'contacts' && can('contacts.import') && (
          <Button variant="default" className="wide-only" leftSection={<FileUp size={15} />} onClick={() => void navigate({ to: '/import' })}>{t('import')}</Button>
        )}
        {kind.create && can(`${kind.name}.create`) && <Button className="phone-icon" aria-label={labels.new} leftSection={<Plus size={16} />} onClick={() => set({ new: true })}><span className="wide-only">{labels.new}</span></Button>}
      </header>
      <ViewTabs kind={kind} view={shown} changed={dirty} fields={() => fieldsOf(search, layout.shown, fields, shown)} onReset={reset} onChoose={id => set({ view: id, filter: undefined, sort: undefined })} />
      <div className="tools">
        <TextInput ref={box} type="search" className="search" aria-label={t('list.search', { what: labels.many })} placeholder={t('list.search', { what: labels.many })} leftSection={<Search size={15} aria-hidden="true" />}
          value={words} data-search onChange={event => setWords(event.currentTarget.value)} spellCheck={false} autoComplete="off"
          onKeyDown={event => { if (event.key === 'Escape') setWords(''); if (event.key === 'ArrowDown') { event.preventDefault(); document.querySelector<HTMLElement>('[data-row="0"]')?.focus(); } }} />
        <FilterBar kind={kind.name} fields={fields} filter={question.filter} onChange={filter => set({ filter: filterIn(filter, shown) })} />
        <span className="grow" />
        <Reach button={reach => <ColumnsButton onClick={reach} />}>
          <ColumnsMenu fields={fields} label={labels.field} shown={field => shows(field, layout.shown, shown)} onToggle={(name, on) => setLayout({ ...layout, shown: { ...layout.shown, [name]: on } })} onReset={() => setLayout({ shown: {}, widths: {} })} />
        </Reach>
        {kind.exports && can(`${kind.name}.export`) && (
          <Button title={t('list.export')} className="phone-icon" variant="default" leftSection={<Download size={15} />} aria-label={t('list.export')} onClick={() => void download(question, t)}><span className="wide-only">{t('list.export')}</span></Button>
        )}
      </div>
      {view.phase === 'refused' ? <Trouble text={view.fault?.code === 'access.denied' ? t('list.denied') : view.fault?.message ?? ''} onAgain={() => set({ view: undefined, filter: undefined, q: undefined, sort: undefined })} />
        : view.phase === 'ready' && view.refs.length === 0 ? <Nothing kind={kind} asked={narrowed} onClear={() => { setWords(''); set({ q: undefined, filter: filterIn(undefined, shown) }); }} onNew={() => set({ new: true })} />
          : <RecordTable kind={kind} fields={columns} view={view} list={list} sort={question.sort} onSort={sort => set({ sort: sortIn(sort, shown, kind.sort) })} layout={layout} onLayout={setLayout} chosen={chosen} onChosen={setChosen} />}
      <Suspense fallback={null}>
        {chosen.size > 0 && <BulkBar kind={kind} fields={fields} refs={[...chosen]} onDone={() => setChosen(new Set())} />}
        {search.new && <CreateDialog kind={kind} fields={fields} onClose={() => set({ new: undefined })} />}
      </Suspense>
    </div>
  );
}

/** The columns chosen in this browser, for a list or one of its views. */
function useLayout(name: string): [Layout, (layout: Layout) => void] {
  const [held, hold] = useState({ name: '', layout: { shown: {}, widths: {} } as Layout });
  const layout = held.name === name ? held.layout : { shown: {}, widths: {}, ...recall<Layout>(`layout.${name}`) };
  useEffect(() => { if (held.name !== name) hold({ name, layout }); }, [name]); // eslint-disable-line react-hooks/exhaustive-deps -- Read once for each name.
  return [layout, next => { hold({ name, layout: next }); keep(`layout.${name}`, next); }];
}

const clean = (search: ListSearch) => Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined && value !== '' && value !== false));

async function download(question: { q?: string; sort?: string; filter?: Json }, t: ReturnType<typeof useT>) {
  try {
    const answer = await rest.send('GET', '/api/v1/contacts/export', { query: { q: question.q, sort: question.sort, filter: question.filter ? JSON.stringify(question.filter) : undefined } });
    save(await answer.blob(), 'contacts.csv');
  } catch (fault) {
    toast((fault as Error).message || t('line.needed'), 'bad');
  }
}

/** Gives a file to the browser. */
export function save(blob: Blob, name: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function Nothing({ kind, asked, onClear, onNew }: { kind: KindSpec; asked: boolean; onClear: () => void; onNew: () => void }) {
  const t = useT();
  const labels = useLabels(kind.name);
  const can = useCan();
  const navigate = useNavigate();
  const line = useLine();
  if (asked) return <Empty icon={SearchX} title={t('list.noMatch')} text={t('list.noMatchText')}><Button variant="default" onClick={onClear}>{t('list.clear')}</Button></Empty>;
  return (
    <Empty icon={kind.icon} title={t('list.empty', { what: labels.many })} text={line.phase === 'live' ? labels.empty : t('line.needed')}>
      {kind.create && can(`${kind.name}.create`) && <Button leftSection={<Plus size={16} />} onClick={onNew}>{labels.new}</Button>}
      {(kind.name === 'contacts' || kind.name === 'imports') && can('contacts.import') && <Button variant="default" leftSection={<FileUp size={15} />} onClick={() => void navigate({ to: '/import' })}>{t('import')}</Button>}
    </Empty>
  );
}
