// A record of any kind: its fields, its history, what it is related to. Live, with what others do while one writes.
import '@mantine/core/styles/Alert.css';
import { ActionIcon, Alert, Button, Menu, Tooltip } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { ArrowLeft, Ellipsis, FileX, History as HistoryIcon, Trash2 } from 'lucide-react';
import { Suspense, useEffect, useMemo, useState } from 'react';
import { rest } from '../engine/app';
import { useWatch } from '../engine/hooks';
import type { Snapshot } from '../engine/records';
import { refOf } from '../engine/wire';
import { useFields } from '../kinds/custom';
import type { KindSpec } from '../kinds/kind';
import { LineMark } from '../shell/LineMark';
import { useLabels, useT } from '../texts';
import { useFeed } from '../ui/feeds';
import { FollowButton } from '../ui/FollowButton';
import { ago, moment } from '../ui/format';
import { useCan } from '../ui/me';
import { Face, Who } from '../ui/people';
import { Avatars, useHere } from '../ui/presence';
import { Empty, PageSkeleton } from '../ui/states';
import { toast } from '../ui/toasts';
import { Value } from '../ui/values';
import { ConflictDialog } from './ConflictDialog';
import { asOf, History, useHistory } from './History';
import { RecordField } from './RecordField';

export function RecordPage({ kind, id }: { kind: KindSpec; id: string }) {
  const t = useT();
  const record = useWatch(refOf(kind.name, id));
  if (record?.gone) {
    return (
      <Empty page icon={FileX} title={t('record.gone')} text={t('record.goneText')}>
        <Button variant="default" component={Link} to={`/${kind.name}`}>{t('record.back')}</Button>
        <Restore kind={kind} id={id} />
      </Empty>
    );
  }
  return record && record.version > 0 ? <Loaded key={record.ref} kind={kind} record={record} /> : <PageSkeleton />;
}

function Restore({ kind, id }: { kind: KindSpec; id: string }) {
  const t = useT();
  const can = useCan();
  const navigate = useNavigate();
  if (!can(`${kind.name}.restore`) || !kind.deletable) return null;
  const restore = async () => {
    try {
      await rest.verb(kind.name, id, 'restore');
      await navigate({ to: `/${kind.name}` });
      await navigate({ to: `/${kind.name}/${id}` });
    } catch (fault) {
      toast((fault as Error).message || t('fault'), 'bad');
    }
  };
  return <Button onClick={() => void restore()}>{t('record.restore')}</Button>;
}

function Loaded({ kind, record }: { kind: KindSpec; record: Snapshot }) {
  const t = useT();
  const can = useCan();
  const labels = useLabels(kind.name);
  const fields = useFields(kind);
  const history = useHistory(record);
  const { view: around } = useFeed(useMemo(() => ({ scope: 'record' as const, about: record.ref, limit: 100 }), [record.ref]));
  const others = useMemo(() => around.entries.filter(entry => entry.change.ref !== record.ref), [around.entries, record.ref]);
  useHere(record.ref);
  const [shown, setShown] = useState<number>();
  const [open, setOpen] = useState(false);
  const known = useMemo(() => record.conflicts.map(conflict => `${conflict.field}${conflict.at}${String(conflict.yours)}`).join(), [record.conflicts]);
  useEffect(() => { if (known) setOpen(true); }, [known]);
  const title = kind.title(record.fields) || t('record.nameless');
  useEffect(() => { document.title = `${title} · CRM`; }, [title]);
  const editable = can(`${kind.name}.edit`);
  const past = shown !== undefined && history.data ? asOf(history.data, shown) : undefined;
  const moments = history.data?.find(change => change.version === shown);

  return (
    <div className="record-page">
      <header className="page-head record-head">
        <ActionIcon component={Link} to={`/${kind.name}`} aria-label={t('record.back')}><ArrowLeft size={18} /></ActionIcon>
        <Face name={title} size={38} />
        <div className="record-title">
          <h1 id="page-title" tabIndex={-1}>{title}</h1>
          {kind.subtitle(record.fields) && <p className="soft">{kind.subtitle(record.fields)}</p>}
        </div>
        <Avatars record={record} fields={fields} />
        <FollowButton target={record.ref} name={title} />
        <LineMark />
        <Actions kind={kind} record={record} />
      </header>
      <div className="record-body">
        <section className="record-main" aria-label={t('record.fields')}>
          {past && moments && (
            <Alert color="yellow" variant="light" icon={<HistoryIcon size={16} />} title={t('history.past', { when: moment(moments.at) })} className="past">
              <Button size="compact-sm" variant="default" onClick={() => setShown(undefined)}>{t('history.now')}</Button>
            </Alert>
          )}
          <div className="fields">
            {fields.filter(field => !field.inPanel).map(field => (past
              ? <div key={field.name} className="field" data-wide={field.wide || undefined}><span className="field-label">{labels.field(field)}</span><div className="field-past"><Value kind={kind.name} field={field} value={past[field.name]} compact={false} /></div></div>
              : <RecordField key={field.name} record={record} field={field} editable={editable} onConflict={() => setOpen(true)} />))}
          </div>
          {kind.Panel && !past && <Suspense fallback={null}><kind.Panel record={record} /></Suspense>}
          <p className="record-foot soft">{t('record.foot', { version: record.version, when: ago(record.updatedAt) })} <Who id={record.updatedBy} face={false} /></p>
        </section>
        <aside className="record-side" aria-label={t('history.title')}>
          <h2>{t('history.title')}</h2>
          {history.data ? <History record={record} history={history.data} others={others} fields={fields} shown={shown} onShow={setShown} mayUndo={can(`${kind.name}.undo`)} /> : <PageSkeleton />}
        </aside>
      </div>
      <ConflictDialog record={record} fields={fields} opened={open} onClose={() => setOpen(false)} />
    </div>
  );
}

function Actions({ kind, record }: { kind: KindSpec; record: Snapshot }) {
  const t = useT();
  const can = useCan();
  const navigate = useNavigate();
  if (!kind.deletable || !can(`${kind.name}.delete`)) return null;
  const remove = async () => {
    try {
      await rest.remove(kind.name, record.id);
      await navigate({ to: `/${kind.name}` });
      toast(t('record.deleted', { title: kind.title(record.fields) }), 'plain', { label: t('undo'), run: () => void rest.verb(kind.name, record.id, 'restore').catch(() => toast(t('fault'), 'bad')) });
    } catch (fault) {
      toast((fault as Error).message || t('line.needed'), 'bad');
    }
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target><Tooltip label={t('more')}><ActionIcon size="lg" aria-label={t('more')}><Ellipsis size={18} /></ActionIcon></Tooltip></Menu.Target>
      <Menu.Dropdown><Menu.Item color="red" leftSection={<Trash2 size={15} />} onClick={() => void remove()}>{t('delete')}</Menu.Item></Menu.Dropdown>
    </Menu>
  );
}
