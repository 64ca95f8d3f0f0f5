// What had to be done because of a change, and failed until nobody tried it any more: seen, mended, tried again or given up.
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { MailCheck, RotateCw, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { rest } from '../engine/app';
import { useRecord } from '../engine/hooks';
import { type Change, type Json, kindOf } from '../engine/wire';
import { kindNamed } from '../kinds';
import { useNames, useT } from '../texts';
import { ago, line, moment } from '../ui/format';
import { useCan } from '../ui/me';
import { Empty, PageSkeleton, Trouble } from '../ui/states';
import { toast } from '../ui/toasts';

interface Letter { number: number; ref: string; version: number; reaction: string; since: string; reason: string; change: { changes: Change['fields']; type: string } | null }

interface Letters { items: Letter[]; next: number | null }

const every = 5_000;
const most = 50;

export function DeadLetters() {
  const t = useT();
  const can = useCan();
  const [busy, setBusy] = useState<ReadonlySet<number>>(new Set());
  useEffect(() => { document.title = `${t('letters')} · CRM`; }, [t]);
  const found = useInfiniteQuery({
    queryKey: ['deadLetters'], initialPageParam: 0, refetchInterval: every, getNextPageParam: (page: Letters) => page.next,
    queryFn: ({ pageParam }) => rest.get<Letters>('/api/v1/deadLetters', { query: { after: pageParam, limit: most } }),
  });
  const letters = found.data?.pages.flatMap(page => page.items) ?? [];

  const each = async (some: Letter[], work: (letter: Letter) => Promise<unknown>, done: string) => {
    setBusy(new Set(some.map(letter => letter.number)));
    try {
      for (const letter of some) await work(letter);
      toast(done, 'good');
    } catch (fault) {
      toast((fault as Error).message || t('line.needed'), 'bad');
    } finally {
      await found.refetch();
      setBusy(new Set());
    }
  };
  const replay = (some: Letter[]) => each(some, letter => rest.post('/api/v1/deadLetters/{id}/replay', { params: { id: String(letter.number) } }), t('letters.replayed', { count: some.length }));
  const discard = (some: Letter[]) => each(some, letter => rest.send('DELETE', '/api/v1/deadLetters/{id}', { params: { id: String(letter.number) } }), t('letters.discarded', { count: some.length }));

  return (
    <div className="list-page">
      <header className="page-head">
        <h1 id="page-title" tabIndex={-1}>{t('letters')}</h1>
        <span className="count" aria-live="polite">{letters.length > 0 ? t('letters.count', { count: letters.length }) + (found.hasNextPage ? '+' : '') : ''}</span>
        <span className="grow" />
        {can('deadLetters.replay') && letters.length > 1 && <Button variant="default" leftSection={<RotateCw size={15} />} disabled={busy.size > 0} onClick={() => void replay(letters)}>{t('letters.replayAll')}</Button>}
      </header>
      {found.isPending ? <PageSkeleton />
        : found.error && letters.length === 0 ? <Trouble text={found.error.message || t('line.needed')} onAgain={() => void found.refetch()} />
          : letters.length === 0 ? <Empty icon={MailCheck} title={t('letters.none')} text={t('letters.noneText')} />
            : (
              <div className="page-body">
                <p className="soft letters-text">{t('letters.text')}</p>
                <ol className="letters">{letters.map(letter => <Item key={letter.number} letter={letter} busy={busy.has(letter.number)} onReplay={() => void replay([letter])} onDiscard={() => void discard([letter])} />)}</ol>
                {found.hasNextPage && <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t('letters.more')}</Button>}
              </div>
            )}
    </div>
  );
}

function Item({ letter, busy, onReplay, onDiscard }: { letter: Letter; busy: boolean; onReplay: () => void; onDiscard: () => void }) {
  const t = useT();
  const can = useCan();
  const names = useNames();
  const [kind, id] = letter.reaction.split('/');
  const webhook = useRecord(kind === 'webhook' ? `webhooks/${id}` : undefined);
  const record = useRecord(letter.ref);
  const spec = kindNamed(kindOf(letter.ref));
  const title = (record && spec?.title(record.fields)) || names.many(kindOf(letter.ref));
  const said = (value: Json) => (value === null ? t('none') : value === 'hidden' ? t('letters.hidden') : line(value));
  return (
    <li className="letter" aria-busy={busy}>
      <div className="letter-body">
        <p className="letter-reason">{letter.reason}</p>
        <p className="soft">
          {kind === 'webhook' ? <Link to={`/webhooks/${id}`}>{webhook && webhook.version > 0 ? String(webhook.fields.name) : t('letters.webhook')}</Link> : letter.reaction}
          {' · '}<Link to={`/${letter.ref}`}>{title}</Link>, {t('history.version', { version: letter.version })}
          {' · '}<time dateTime={letter.since} title={moment(letter.since)}>{ago(letter.since)}</time>
        </p>
        {letter.change && (
          <details>
            <summary>{t('letters.change')}</summary>
            <ul>
              {Object.entries(letter.change.changes).map(([name, { from, to }]) => (
                <li key={name}><strong>{names.field(kindOf(letter.ref), spec?.fields.find(field => field.name === name) ?? { name, type: 'text' })}</strong> <span className="from-to"><del>{said(from)}</del> → <ins>{said(to)}</ins></span></li>
              ))}
            </ul>
          </details>
        )}
      </div>
      <div className="letter-actions">
        {can('deadLetters.replay') && <Button size="compact-sm" variant="light" leftSection={<RotateCw size={13} />} disabled={busy} onClick={onReplay}>{t('letters.replay')}</Button>}
        {can('deadLetters.discard') && <Button size="compact-sm" variant="subtle" color="gray" leftSection={<Trash2 size={13} />} disabled={busy} onClick={() => { if (window.confirm(t('letters.discardText'))) onDiscard(); }}>{t('letters.discard')}</Button>}
      </div>
    </li>
  );
}
