// Everything that was done, for those who answer for it: filtered, written out, and verified to be as it was written.
import '../ui/feed.css';
import { Button, Select, TextInput } from '@mantine/core';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Download, ScrollText, ShieldCheck } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { rest } from '../engine/app';
import { type Json, kindOf } from '../engine/wire';
import { kindNamed, kinds } from '../kinds';
import { useNames, useT } from '../texts';
import { line, moment, number } from '../ui/format';
import { useCan } from '../ui/me';
import { usePeople } from '../ui/people';
import { Empty, PageSkeleton, Trouble } from '../ui/states';
import { toast } from '../ui/toasts';

interface Line { at: string; category: string; type: string; user: string; number: number; ref: string | null; remote: string | null; fields: Record<string, { from: Json; to: Json }>; detail: Record<string, string> }
interface Page { items: Line[]; next: string | null }
interface Report { records: number; changes: number; events: number; anchors: number; compared: number; anchoredAt: string | null; seconds: number; faults: { where: string; number: number; reason: string }[] }

const categories = ['change', 'permission', 'signin', 'refusal', 'export', 'audit'] as const;
const bad = ['signin.failure', 'signin.lockout', 'signin.reuse', 'access.refused'];

export function AuditPage() {
  const t = useT();
  const can = useCan();
  const names = useNames();
  const people = usePeople();
  const [category, setCategory] = useState<string | null>(null);
  const [by, setBy] = useState<string | null>(null);
  const [kind, setKind] = useState<string | null>(null);
  const [since, setSince] = useState('');
  const [until, setUntil] = useState('');
  useEffect(() => { document.title = `${t('audit')} · CRM`; }, [t]);
  const query = useMemo(() => ({
    categories: category ?? undefined, by: by ?? undefined, kind: kind ?? undefined,
    since: since ? new Date(`${since}T00:00`).toISOString() : undefined, until: until ? new Date(new Date(`${until}T00:00`).getTime() + 86_400_000).toISOString() : undefined,
  }), [category, by, kind, since, until]);
  const found = useInfiniteQuery({
    queryKey: ['audit', query], initialPageParam: '', getNextPageParam: (page: Page) => page.next, refetchInterval: 10_000,
    queryFn: ({ pageParam }) => rest.get<Page>('/api/v1/audit', { query: { ...query, limit: 50, cursor: pageParam } }),
  });
  const verify = useMutation({ mutationFn: () => rest.post<Report>('/api/v1/audit/verify'), onError: fault => toast(fault.message || t('line.needed'), 'bad') });
  const lines = found.data?.pages.flatMap(page => page.items) ?? [];
  if (!can('audit.read')) return <Empty page icon={ScrollText} title={t('list.denied')} text={t('nowhereText')} />;

  const write = async () => {
    try {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await (await rest.send('GET', '/api/v1/audit/export', { query })).blob());
      link.download = 'audit.csv';
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (fault) {
      toast((fault as Error).message || t('line.needed'), 'bad');
    }
  };

  return (
    <div className="list-page">
      <header className="page-head">
        <h1 id="page-title" tabIndex={-1}>{t('audit')}</h1>
        <span className="grow" />
        <Button variant="default" leftSection={<Download size={15} />} onClick={() => void write()}>{t('list.export')}</Button>
        <Button leftSection={<ShieldCheck size={15} />} loading={verify.isPending} onClick={() => verify.mutate()}>{t('audit.verify')}</Button>
      </header>
      <div className="tools feed-tools" role="group" aria-label={t('filter')}>
        <Select size="xs" clearable aria-label={t('audit.category')} placeholder={t('audit.category')} value={category} onChange={setCategory} data={categories.map(one => ({ value: one, label: t(`audit.is.${one}`) }))} />
        <Select size="xs" clearable searchable aria-label={t('feed.by')} placeholder={t('feed.by')} value={by} onChange={setBy} data={people.all} />
        <Select size="xs" clearable aria-label={t('feed.kind')} placeholder={t('feed.kind')} value={kind} onChange={setKind} data={kinds.map(one => ({ value: one.name, label: names.many(one.name) }))} />
        <TextInput size="xs" type="date" aria-label={t('audit.since')} title={t('audit.since')} value={since} onChange={event => setSince(event.currentTarget.value)} />
        <TextInput size="xs" type="date" aria-label={t('audit.until')} title={t('audit.until')} value={until} onChange={event => setUntil(event.currentTarget.value)} />
      </div>
      <div className="page-body">
        <div aria-live="polite">{verify.data && <Verified report={verify.data} />}</div>
        {found.isPending ? <PageSkeleton />
          : found.error && lines.length === 0 ? <Trouble text={found.error.message || t('line.needed')} onAgain={() => void found.refetch()} />
            : lines.length === 0 ? <Empty icon={ScrollText} title={t('feed.nothing')} text={t('feed.nothingText')} />
              : (
                <>
                  <table className="audit">
                    <caption className="hidden">{t('audit')}</caption>
                    <thead><tr><th scope="col">{t('webhook.when')}</th><th scope="col">{t('audit.who')}</th><th scope="col">{t('audit.what')}</th><th scope="col">{t('audit.details')}</th></tr></thead>
                    <tbody>{lines.map(one => <Row key={`${one.ref ?? one.category} ${one.number}`} entry={one} />)}</tbody>
                  </table>
                  {found.hasNextPage && <p><Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t('feed.older')}</Button></p>}
                </>
              )}
      </div>
    </div>
  );
}

function Row({ entry }: { entry: Line }) {
  const t = useT();
  const names = useNames();
  const people = usePeople();
  const kind = entry.ref ? kindOf(entry.ref) : '';
  const spec = kindNamed(kind);
  const event = !entry.ref;
  return (
    <tr>
      <td><time dateTime={entry.at}>{moment(entry.at)}</time></td>
      <td>{entry.user ? people.name(entry.user) : ''}</td>
      <td>
        <span data-tone={bad.includes(entry.type) ? 'bad' : undefined}>{event ? names.verb(entry.type) : names.verb(entry.type.slice(entry.type.lastIndexOf('.') + 1))}</span>
        {entry.ref && <>{' · '}{spec ? <Link to={`/${entry.ref}`}>{names.many(kind)} {entry.ref.slice(kind.length + 1, kind.length + 9)}</Link> : entry.ref}{', '}{t('history.version', { version: entry.number })}</>}
      </td>
      <td>
        {entry.remote && <span>{t('audit.from', { where: entry.remote })} </span>}
        {Object.entries(entry.detail).map(([name, value]) => <span key={name}>{name}: {value} </span>)}
        {Object.entries(entry.fields).map(([name, { from, to }]) => (
          <div key={name} className="from-to"><span className="soft">{names.field(kind, spec?.fields.find(field => field.name === name) ?? { name, type: 'text' })}</span>{from !== null && <del>{line(from)}</del>}<ins>{to === null ? t('none') : line(to)}</ins></div>
        ))}
      </td>
    </tr>
  );
}

function Verified({ report }: { report: Report }) {
  const t = useT();
  return (
    <section className="audit-report" data-bad={report.faults.length > 0 || undefined} aria-label={t('audit.verify')}>
      <strong>{report.faults.length === 0 ? t('audit.right') : t('audit.wrong', { count: report.faults.length })}</strong>
      <p className="soft">{t('audit.counted', { changes: number(report.changes), records: number(report.records), events: number(report.events), anchors: number(report.anchors), compared: number(report.compared), seconds: number(report.seconds) })}
        {report.anchoredAt && <> {t('audit.anchored', { when: moment(report.anchoredAt) })}</>}</p>
      {report.faults.length > 0 && <ul>{report.faults.map(fault => <li key={`${fault.where} ${fault.number}`}><strong>{fault.where} {fault.number}</strong> {fault.reason}</li>)}</ul>}
    </section>
  );
}
