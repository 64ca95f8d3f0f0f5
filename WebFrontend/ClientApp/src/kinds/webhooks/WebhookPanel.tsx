// The secret of a webhook, and what became of what was sent to it.
import { Button, Code, CopyButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Check, Copy, KeyRound, RotateCw, Send } from 'lucide-react';
import { useState } from 'react';
import { act, rest } from '../../engine/app';
import { CallFault } from '../../engine/line';
import { useT } from '../../texts';
import { ago, moment, number } from '../../ui/format';
import { useCan } from '../../ui/me';
import { toast } from '../../ui/toasts';
import type { PanelProps } from '../kind';

interface Delivery { number: number; ref: string; version: number; at: string; milliseconds: number; status: number | null; error: string | null }

const every = 3_000; // Deliveries are no records, so they are asked for while somebody looks.

export default function WebhookPanel({ record }: PanelProps) {
  const t = useT();
  const sent = useQuery({
    queryKey: ['deliveries', record.id], refetchInterval: every,
    queryFn: () => rest.get<{ items: Delivery[]; next: number | null }>('/api/v1/webhooks/{id}/deliveries', { params: { id: record.id }, query: { limit: 50 } }),
  });
  const again = async (delivery: Delivery) => {
    try {
      const { changes } = await rest.post<{ changes: number }>('/api/v1/webhooks/{id}/resume', { params: { id: record.id }, body: { ref: delivery.ref, after: delivery.version - 1 } });
      toast(t('webhook.resent', { count: changes }), 'good');
    } catch (fault) {
      toast((fault as Error).message || t('line.needed'), 'bad');
    }
  };
  const can = useCan();
  const items = sent.data?.items ?? [];
  return (
    <div className="panels">
      {can('webhooks.secret') && <Secret record={record} />}
      <section className="panel">
        <h2>{t('webhook.deliveries')}</h2>
        {sent.data && items.length === 0 && <p className="soft">{t('webhook.none')}</p>}
        {items.length > 0 && (
          <div className="line-notes" role="region" aria-label={t('webhook.deliveries')} tabIndex={0}>
            <table>
              <thead><tr><th scope="col">{t('webhook.answer')}</th><th scope="col">{t('webhook.change')}</th><th scope="col">{t('webhook.when')}</th><th scope="col">{t('webhook.took')}</th>{can('webhooks.resume') && <th scope="col"><span className="hidden">{t('webhook.again')}</span></th>}</tr></thead>
              <tbody>
                {items.map(one => (
                  <tr key={one.number}>
                    <td><span className="badge" data-tone={one.error === null ? 'good' : 'bad'}>{one.status ?? t('webhook.noAnswer')}</span>{one.error && <p className="soft">{one.error}</p>}</td>
                    <td><Link to={`/${one.ref}`}>{one.ref.split('/')[0]}</Link> <span className="soft">{t('history.version', { version: one.version })}</span></td>
                    <td><time dateTime={one.at} title={moment(one.at)}>{ago(one.at)}</time></td>
                    <td className="figure">{number(one.milliseconds)} ms</td>
                    {can('webhooks.resume') && <td><Button size="compact-sm" variant="subtle" color="gray" leftSection={<Send size={13} />} onClick={() => void again(one)}>{t('webhook.again')}</Button></td>}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </div>
  );
}

function Secret({ record }: PanelProps) {
  const t = useT();
  const can = useCan();
  const [shown, setShown] = useState(false);
  const secret = useQuery({ queryKey: ['secret', record.id, record.confirmed.epoch], enabled: shown, gcTime: 0, queryFn: () => rest.get<{ secret: string }>('/api/v1/webhooks/{id}/secret', { params: { id: record.id } }) });
  const rotate = async () => {
    if (!window.confirm(t('webhook.rotateText'))) return;
    try {
      const outcome = await act(record.ref, 'rotate');
      if (outcome.status === 'rejected') toast(outcome.errors?.[0]?.text ?? t('fault'), 'bad');
      else { setShown(true); toast(t('webhook.rotated'), 'good'); }
    } catch (thrown) {
      toast(CallFault.of(thrown).message, 'bad');
    }
  };
  return (
    <section className="panel">
      <h2>{t('webhook.secret')}</h2>
      <p className="soft">{t('webhook.secretText')}</p>
      {shown && secret.data && <Code block className="secret">{secret.data.secret}</Code>}
      {secret.error && <p className="field-note bad" role="alert">{secret.error.message || t('line.needed')}</p>}
      <div className="panel-actions">
        {!shown && <Button variant="default" leftSection={<KeyRound size={15} />} onClick={() => setShown(true)}>{t('webhook.show')}</Button>}
        {shown && secret.data && <CopyButton value={secret.data.secret}>{({ copied, copy }) => <Button variant="default" leftSection={copied ? <Check size={15} /> : <Copy size={15} />} onClick={copy}>{t(copied ? 'copied' : 'copy')}</Button>}</CopyButton>}
        {can('webhooks.rotate') && <Button variant="default" leftSection={<RotateCw size={15} />} onClick={() => void rotate()}>{t('webhook.rotate')}</Button>}
      </div>
    </section>
  );
}
