// How one wants to be told: each sort of event on each way, quiet hours, and what that would have meant last week.
import './notices.css';
import '@mantine/core/styles/Switch.css';
import { Button, Checkbox, NativeSelect, NumberInput, Select, Switch, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { act, records, rest } from '../engine/app';
import { useList, useWatch } from '../engine/hooks';
import { idOf } from '../engine/wire';
import { text } from '../kinds/kind';
import { useT } from '../texts';
import { useCan, useMe } from '../ui/me';
import { usePeople } from '../ui/people';
import { useSettings } from '../ui/settings';
import { PageSkeleton, Trouble } from '../ui/states';
import { toast } from '../ui/toasts';
import { useNoticeWords } from './book';
import { choiceOf, type Chosen, type EventInfo, isEmpty, isOwn, type Time, times, type Wish, wishFor } from './choices';
import { ask, usePermit } from './desktop';

interface Preview { items: readonly { event: string; count: number; inApp: number; desktop: number; held: number; email: number }[]; mails: number }

const settle = 300; // A week is counted again once the writing stops.
const zones = () => ['UTC', ...Intl.supportedValuesOf('timeZone').filter(zone => zone !== 'UTC')];

export function NoticePreferences() {
  const t = useT();
  const can = useCan();
  const queries = useQueryClient();
  const [role, setRole] = useState('');
  const [wish, setWish] = useState<Wish>({});
  const [saving, setSaving] = useState(false);
  const { view: roles } = useList('roles', { sort: 'name' }, can('preferences.edit'));
  const events = useQuery({ queryKey: ['noticeEvents'], queryFn: () => rest.get<{ items: EventInfo[] }>('/api/v1/notices/events'), staleTime: Infinity });
  const chosen = useQuery({ queryKey: ['noticePreferences', role], queryFn: () => rest.get<Chosen>('/api/v1/notices/preferences', { query: { role } }) });
  const week = useWeek(wish, role === '');
  useEffect(() => { document.title = `${t('preferences')} · CRM`; }, [t]);
  const change = (some: Wish) => setWish(before => ({ ...before, ...some }));
  const save = async () => {
    setSaving(true);
    try {
      const now = await rest.json<Chosen>('PATCH', '/api/v1/notices/preferences', { query: { role }, body: wish });
      queries.setQueryData(['noticePreferences', role], now);
      setWish({});
      toast(t('preferences.saved'), 'good');
    } catch (thrown) {
      toast((thrown as Error).message || t('line.needed'), 'bad');
    } finally {
      setSaving(false);
    }
  };

  return (
    <div className="page settings">
      <header className="page-head"><h1>{t('preferences')}</h1></header>
      <div className="page-body narrow preferences">
        {can('preferences.edit') && (
          <Select label={t('preferences.whose')} maw={320} allowDeselect={false} value={role} onChange={value => { setRole(value ?? ''); setWish({}); }} disabled={!isEmpty(wish)}
            description={isEmpty(wish) ? undefined : t('preferences.saveFirst')}
            data={[{ value: '', label: t('preferences.mine') }, ...roles.refs.map(ref => ({ value: idOf(ref), label: t('preferences.role', { role: text(records.get(ref)?.fields.name) }) }))]} />
        )}
        {chosen.error || events.error ? <Trouble text={t('line.needed')} onAgain={() => { void chosen.refetch(); void events.refetch(); }} /> : !chosen.data || !events.data ? <PageSkeleton /> : (
          <>
            <Part title={t('preferences.events')} text={t('preferences.eventsText')}><Events events={events.data.items} chosen={chosen.data} wish={wish} week={week} onChange={setWish} /></Part>
            <Part title={t('preferences.quiet')} text={t('preferences.quietText')}><Quiet chosen={chosen.data} wish={wish} onChange={change} /></Part>
            <Part title={t('preferences.escalation')} text={t('preferences.escalationText')}><Escalation chosen={chosen.data} wish={wish} onChange={change} own={role === ''} /></Part>
            {role === '' && <Part title={t('preferences.here')} text={t('preferences.hereText')}><Here chosen={chosen.data} wish={wish} onChange={change} /></Part>}
            {role === '' && <Part title={t('preferences.learned')} text={t('preferences.learnedText')}><Learned /></Part>}
          </>
        )}
      </div>
      {!isEmpty(wish) && (
        <div className="save-bar" role="region" aria-label={t('preferences.unsaved')}>
          <p>{week ? t('preferences.week', { count: week.items.reduce((sum, line) => sum + line.inApp, 0), mails: week.mails }) : t('preferences.unsaved')}</p>
          <Button variant="default" onClick={() => setWish({})}>{t('preferences.discard')}</Button>
          <Button loading={saving} onClick={() => void save()}>{t('preferences.save')}</Button>
        </div>
      )}
    </div>
  );
}

/** What the last seven days would have brought with this wish. */
function useWeek(wish: Wish, wanted: boolean) {
  const [settled] = useDebouncedValue(wish, settle);
  return useQuery({
    queryKey: ['noticePreview', settled], enabled: wanted, placeholderData: before => before, queryFn: () => rest.post<Preview>('/api/v1/notices/preview', { body: settled }),
  }).data;
}

function Part({ title, text: told, children }: { title: string; text: string; children: ReactNode }) {
  return <section className="preference"><h2>{title}</h2><p className="soft">{told}</p>{children}</section>;
}

interface Editing { chosen: Chosen; wish: Wish; onChange: (wish: Wish) => void }

function Events({ events, chosen, wish, week, onChange }: Editing & { events: readonly EventInfo[]; week?: Preview }) {
  const t = useT();
  const words = useNoticeWords();
  const { language } = useSettings();
  const when = times.map(time => ({ value: time, label: t(`n.when.${time}`) }));
  return (
    <table className="choices-table">
      <thead><tr><th scope="col">{t('preferences.event')}</th><th scope="col">{t('preferences.inApp')}</th><th scope="col">{t('preferences.desktop')}</th><th scope="col">{t('preferences.email')}</th><th scope="col" className="figure">{t('preferences.lastWeek')}</th></tr></thead>
      <tbody>
        {events.map(info => {
          const now = choiceOf(chosen, wish, info.event);
          const line = week?.items.find(one => one.event === info.event);
          const name = words.eventOr(info.event, info[language]);
          const set = (some: Partial<typeof now>) => onChange(wishFor(chosen, wish, info.event, some));
          return (
            <tr key={info.event} data-own={isOwn(chosen, wish, info.event) || undefined}>
              <th scope="row">{name} {info.priority === 'critical' && <span className="badge" data-tone="bad">{t('n.level.critical')}</span>}</th>
              <td data-label={t('preferences.inApp')}><NativeSelect size="xs" aria-label={`${name}: ${t('preferences.inApp')}`} data={when.filter(({ value }) => info.priority !== 'critical' || value !== 'never')} value={now.inApp} onChange={event => set({ inApp: event.currentTarget.value as Time })} /></td>
              <td data-label={t('preferences.desktop')}><Checkbox aria-label={`${name}: ${t('preferences.desktop')}`} checked={now.desktop} onChange={event => set({ desktop: event.currentTarget.checked })} /></td>
              <td data-label={t('preferences.email')}><NativeSelect size="xs" aria-label={`${name}: ${t('preferences.email')}`} data={when} value={now.email} onChange={event => set({ email: event.currentTarget.value as Time })} /></td>
              <td data-label={t('preferences.lastWeek')} className="figure">{line ? t('preferences.weekLine', { shown: line.inApp, mails: line.email }) : '–'}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Quiet({ chosen, wish, onChange }: Editing) {
  const t = useT();
  const now = { ...chosen, ...wish };
  return (
    <div className="preference-row">
      <TextInput type="time" label={t('preferences.from')} value={now.quietFrom ?? ''} onChange={event => onChange({ quietFrom: event.currentTarget.value || null })} />
      <TextInput type="time" label={t('preferences.to')} value={now.quietTo ?? ''} onChange={event => onChange({ quietTo: event.currentTarget.value || null })} />
      <Select label={t('preferences.zone')} searchable limit={60} data={zones()} value={now.timeZone ?? 'UTC'} allowDeselect={false} onChange={zone => onChange({ timeZone: zone })} />
      <NumberInput label={t('preferences.digest')} w={190} min={0} max={23} allowDecimal={false} value={now.digestAt ?? 8} onChange={value => { if (typeof value === 'number') onChange({ digestAt: value }); }} />
    </div>
  );
}

function Escalation({ chosen, wish, onChange, own }: Editing & { own: boolean }) {
  const t = useT();
  const me = useMe();
  const people = usePeople();
  const now = { ...chosen, ...wish };
  return (
    <div className="preference-row">
      <NumberInput label={t('preferences.after')} w={300} min={0} max={1_440} allowDecimal={false} value={now.escalateMinutes ?? 5} onChange={value => { if (typeof value === 'number') onChange({ escalateMinutes: value }); }} />
      <Select label={t('preferences.deputy')} clearable searchable placeholder={t('preferences.nobody')} data={people.all.filter(one => !own || one.value !== me.userId)} value={now.deputy ?? null} onChange={deputy => onChange({ deputy })} />
    </div>
  );
}

function Here({ chosen, wish, onChange }: Editing) {
  const t = useT();
  const permit = usePermit();
  return (
    <div className="stack">
      <div className="preference-row">
        <p>{t(`desktop.${permit}`)}</p>
        {permit === 'default' && <Button variant="default" size="compact-sm" onClick={() => void ask()}>{t('desktop.allow')}</Button>}
      </div>
      <Switch label={t('preferences.sound')} checked={wish.sound ?? chosen.sound} onChange={event => onChange({ sound: event.currentTarget.checked })} />
      <Switch label={t('preferences.mails')} checked={wish.mails ?? chosen.email} onChange={event => onChange({ mails: event.currentTarget.checked })} />
    </div>
  );
}

function Learned() {
  const t = useT();
  const me = useMe();
  const ref = me.userId ? `rankings/${me.userId}` : undefined;
  const record = useWatch(ref);
  const learned = Object.keys(record?.fields.weights as object ?? {}).length;
  const forget = async () => {
    const outcome = await act(ref!, 'forget').catch(() => undefined);
    if (!outcome || outcome.errors?.length) toast(outcome?.errors?.[0]?.text ?? t('line.needed'), 'bad');
    else toast(t('preferences.forgotten'), 'good');
  };
  return (
    <div className="preference-row">
      <p>{learned > 0 ? t('preferences.answers', { count: Number(record?.fields.answers ?? 0) }) : t('preferences.nothing')}</p>
      {learned > 0 && <Button variant="default" size="compact-sm" onClick={() => void forget()}>{t('preferences.forget')}</Button>}
    </div>
  );
}
