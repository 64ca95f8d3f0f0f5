// Notices as views need them: what they say, in whose words, and what can be done with them.
import { useNavigate } from '@tanstack/react-router';
import i18next from 'i18next';
import { useCallback, useSyncExternalStore } from 'react';
import { act, line, rest, watches } from '../engine/app';
import { CallFault } from '../engine/line';
import { type NoticeText, NoticeTexts } from '../engine/noticeTexts';
import type { Unread } from '../engine/popups';
import type { Snapshot } from '../engine/records';
import { type Json, kindOf, type Outcome, type WatchAnswer } from '../engine/wire';
import { kindNamed } from '../kinds';
import { list, text } from '../kinds/kind';
import { type Key, useT } from '../texts';
import { settings } from '../ui/settings';
import { toast } from '../ui/toasts';

export type Level = 'critical' | 'important' | 'information';
export interface Reason { name: string; points: number; about?: string | null }

/** A notice, read from its record. */
export interface Notice extends Unread {
  level: Level;
  at: string;
  read: boolean;
  acted?: string;
  actions: readonly string[];
  why: readonly Reason[];
}

export function noticeOf({ id, fields, createdAt }: Snapshot): Notice {
  const level = (text(fields.priority) || 'information') as Level;
  return {
    id, event: text(fields.event), level, critical: level === 'critical', desktop: fields.desktop === true, score: Number(fields.score ?? 0), about: text(fields.about) || undefined,
    version: typeof fields.version === 'number' ? fields.version : undefined, shown: Boolean(fields.shown), at: createdAt, read: Boolean(fields.read),
    acted: text(fields.action) || undefined, actions: list(fields.actions), why: Array.isArray(fields.why) ? fields.why as unknown as Reason[] : [],
  };
}

export const texts = new NoticeTexts(
  async (ids, language) => (await rest.get<{ items: NoticeText[] }>('/api/v1/notices/texts', { query: { ids: ids.join(','), language } })).items, () => settings().language);

export const useNoticeText = (id: string) => useSyncExternalStore(texts.subscribe, () => texts.get(id));

/** The words for events, reasons and actions. What another version of the server knows besides has the server's words, or its name. */
export function useNoticeWords() {
  const t = useT();
  const known = (key: string, otherwise: string) => (i18next.exists(key) ? t(key as Key) : otherwise);
  const feature = (name: string) => (name.startsWith('event.') ? event(name.slice(6)) : known(`n.f.${name}`, name));
  const event = (name: string) => known(`n.e.${name}`, name);
  return {
    event,
    /** `template` is the server's own text, with names in braces. */
    eventOr: (name: string, template: string) => known(`n.e.${name}`, template.replace(/\{\w+\}/g, '…')),
    action: (name: string) => (i18next.exists(`n.do.${name}`) ? t(`n.do.${name}` as Key) : undefined),
    reason({ name, points, about }: Reason) {
      if (name !== 'habit' && name !== 'colleagues') return feature(name);
      const what = about ? feature(about) : '';
      return t(name === 'habit' ? (points > 0 ? 'n.why.habitMore' : 'n.why.habitLess') : points > 0 ? 'n.why.colleaguesMore' : 'n.why.colleaguesLess', { what });
    },
  };
}

/** Actions that are more than a word to the server. */
export const deciding = (action: string): action is 'keepMine' | 'keepTheirs' => action === 'keepMine' || action === 'keepTheirs';

const failed = (thrown: unknown, t: ReturnType<typeof useT>) => { const fault = CallFault.of(thrown); toast(fault.passing ? t('line.needed') : fault.message, 'bad'); };

/** What a user does with notices. Each tells of its failure itself. */
export function useNoticeDeeds() {
  const t = useT();
  const navigate = useNavigate();
  const send = useCallback(async (id: string, verb: string, args: Record<string, unknown> = {}): Promise<Outcome | undefined> => {
    try {
      const outcome = await act(`notices/${id}`, verb, args);
      if (outcome.errors?.[0]) toast(outcome.errors[0].text, 'bad');
      return outcome;
    } catch (thrown) {
      failed(thrown, t);
      return undefined;
    }
  }, [t]);
  return {
    read: (id: string) => send(id, 'markRead'),
    dismiss: (id: string) => send(id, 'dismiss'),
    act: (id: string, action: string) => send(id, 'act', { action }),
    async correct(id: string, more: boolean) {
      const outcome = await send(id, 'correct', { more });
      if (outcome && !outcome.errors?.length) toast(t(more ? 'notices.moreDone' : 'notices.lessDone'), 'good');
      return outcome;
    },
    /** Decides a conflict: what the user wrote holds, on the newest version, or what is there. What he wrote was kept for him. */
    async decide({ id, about }: Notice, action: 'keepMine' | 'keepTheirs') {
      if (!about) return;
      const release = watches.watch(about);
      try {
        const { version } = await line.invoke<WatchAnswer>('Watch', about, null);
        const { drafts } = await line.invoke<{ drafts: { field: string; value: Json }[] }>('Kept', about);
        if (action === 'keepMine' && drafts.length > 0) {
          const outcome = await line.invoke<Outcome>('Edit', about, version, Object.fromEntries(drafts.map(({ field, value }) => [field, value])), crypto.randomUUID());
          if (outcome.status === 'conflict' || outcome.status === 'rejected') { toast(outcome.errors?.[0]?.text ?? t('history.changedSince'), 'bad'); return; }
        }
        for (const { field } of drafts) await line.invoke('Unkeep', about, field);
        await send(id, 'act', { action });
      } catch (thrown) {
        failed(thrown, t);
      } finally {
        release();
      }
    },
    /** Goes to the record, and to the change, and counts as read. */
    open(notice: Notice) {
      const opens = notice.actions.includes('open') && !notice.acted;
      void (opens ? send(notice.id, 'act', { action: 'open' }) : notice.read ? undefined : send(notice.id, 'markRead'));
      if (notice.about && kindNamed(kindOf(notice.about))) void navigate({ to: `/${notice.about}`, search: (notice.version ? { change: notice.version } : {}) as never });
    },
    async readAll() {
      const until = new Date().toISOString();
      try {
        for (let more = true; more;) more = (await rest.post<{ read: number; more: boolean }>('/api/v1/notices/readAll', { body: { until } })).more;
      } catch (thrown) {
        failed(thrown, t);
      }
    },
  };
}
