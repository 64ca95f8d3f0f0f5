// One notice: what it says, what can be done in it, and why it stands where it stands.
import { ActionIcon, Button, Skeleton, Tooltip } from '@mantine/core';
import { Check, CircleAlert, CircleHelp, Info, TriangleAlert, X } from 'lucide-react';
import { useId, useState } from 'react';
import { useRecord } from '../engine/hooks';
import { useT } from '../texts';
import { ago, moment } from '../ui/format';
import { deciding, type Notice, noticeOf, useNoticeDeeds, useNoticeText, useNoticeWords } from './book';

const icons = { critical: TriangleAlert, important: CircleAlert, information: Info };

export function NoticeRow({ at, onOpened }: { at: string; onOpened?: () => void }) {
  const record = useRecord(at);
  return record && record.version > 0 ? <Row notice={noticeOf(record)} onOpened={onOpened} /> : null;
}

function Row({ notice, onOpened }: { notice: Notice; onOpened?: () => void }) {
  const t = useT();
  const words = useNoticeWords();
  const deeds = useNoticeDeeds();
  const said = useNoticeText(notice.id);
  const [why, setWhy] = useState(false);
  const reasons = useId();
  const Icon = icons[notice.level];
  const others = notice.actions.filter(action => action !== 'open' && words.action(action));
  return (
    <li className="notice" data-unread={!notice.read || undefined} data-level={notice.level}>
      <Icon size={17} strokeWidth={1.9} role="img" aria-label={t(`n.level.${notice.level}`)} />
      <div className="notice-body">
        {said
          ? <button type="button" className="notice-text" onClick={() => { deeds.open(notice); onOpened?.(); }}>{!notice.read && <span className="hidden">{t('notices.new')} </span>}{said.text}</button>
          : <Skeleton height={12} width="80%" mt={4} />}
        <p className="notice-foot">
          <time dateTime={notice.at} title={moment(notice.at)}>{ago(notice.at)}</time>
          {notice.why.length > 0 && <button type="button" className="link" aria-expanded={why} aria-controls={reasons} onClick={() => setWhy(!why)}>{t('notices.why')}</button>}
          {notice.acted && notice.acted !== 'open' && <span>{t('notices.acted', { action: words.action(notice.acted) ?? notice.acted })}</span>}
        </p>
        {others.length > 0 && !notice.acted && <p className="notice-actions">{others.map(action => <Button key={action} size="compact-sm" variant="light" onClick={() => void (deciding(action) ? deeds.decide(notice, action) : deeds.act(notice.id, action))}>{words.action(action)}</Button>)}</p>}
        {why && <Why id={reasons} notice={notice} />}
      </div>
      <div className="notice-tools">
        {!notice.read && <Tooltip label={t('notices.read')}><ActionIcon size={26} aria-label={t('notices.read')} onClick={() => void deeds.read(notice.id)}><Check size={15} /></ActionIcon></Tooltip>}
        {!notice.read && <Tooltip label={t('notices.dismiss')}><ActionIcon size={26} aria-label={t('notices.dismiss')} onClick={() => void deeds.dismiss(notice.id)}><X size={15} /></ActionIcon></Tooltip>}
      </div>
    </li>
  );
}

function Why({ id, notice }: { id: string; notice: Notice }) {
  const t = useT();
  const words = useNoticeWords();
  const deeds = useNoticeDeeds();
  const [corrected, setCorrected] = useState<boolean>();
  const most = Math.max(...notice.why.map(reason => Math.abs(reason.points)), 0.1);
  const correct = async (more: boolean) => { if ((await deeds.correct(notice.id, more))?.errors?.length === 0) setCorrected(more); };
  return (
    <section className="why" id={id} aria-label={t('notices.why')}>
      <p><CircleHelp size={13} aria-hidden="true" /> {t('notices.score', { score: notice.score })}</p>
      <ul>
        {notice.why.map(reason => (
          <li key={reason.name} data-sign={reason.points < 0 ? 'less' : 'more'}>
            <span>{words.reason(reason)}</span>
            <span className="why-bar" aria-hidden="true"><span style={{ width: `${Math.round(100 * Math.abs(reason.points) / most)}%` }} /></span>
            <span className="hidden">{t(reason.points < 0 ? 'notices.lowers' : 'notices.lifts')}</span>
          </li>
        ))}
      </ul>
      <p className="why-actions">
        <Button size="compact-sm" variant="default" aria-pressed={corrected === true} onClick={() => void correct(true)}>{t('notices.more')}</Button>
        <Button size="compact-sm" variant="default" aria-pressed={corrected === false} onClick={() => void correct(false)}>{t('notices.less')}</Button>
      </p>
    </section>
  );
}
