// What a contact is related to: those who may be the same person, and colleagues.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Merge } from 'lucide-react';
import { useMemo } from 'react';
import { act, records, rest } from '../../engine/app';
import { useList } from '../../engine/hooks';
import { CallFault } from '../../engine/line';
import { flat, type WireRecord } from '../../engine/wire';
import { useT } from '../../texts';
import { useCan } from '../../ui/me';
import { Face } from '../../ui/people';
import { toast } from '../../ui/toasts';
import { contacts } from '.';
import { type PanelProps, text } from '../kind';

interface Likely { items: { score: number; reasons: ('email' | 'phone' | 'name' | 'company')[]; contact: WireRecord }[] }

export default function ContactPanel({ record }: PanelProps) {
  const t = useT();
  const can = useCan();
  const company = text(record.confirmed.company);
  const question = useMemo(() => ({ filter: { company: { eq: company } }, sort: 'name' }), [company]);
  const { view } = useList('contacts', question, company !== '');
  const likely = useQuery({
    queryKey: ['duplicates', record.ref, JSON.stringify([record.confirmed.name, record.confirmed.company, record.confirmed.emails, record.confirmed.phones])],
    queryFn: () => rest.get<Likely>('/api/v1/contacts/{id}/duplicates', { params: { id: record.id } }),
  });
  const colleagues = view.refs.filter(ref => ref !== record.ref);

  const merge = async (other: WireRecord) => {
    try {
      const outcome = await act(record.ref, 'merge', { with: [other.id] });
      if (outcome.status === 'rejected' || outcome.status === 'conflict') toast(outcome.errors?.[0]?.text ?? t('fault'), 'bad');
      else toast(t('merge.done', { title: contacts.title(flat(other.fields)) }), 'good', { label: t('undo'), run: () => void act(record.ref, 'unmerge', {}).catch(thrown => toast(CallFault.of(thrown).message, 'bad')) });
      void likely.refetch();
    } catch (thrown) {
      toast(CallFault.of(thrown).message, 'bad');
    }
  };

  return (
    <div className="panels">
      {(likely.data?.items.length ?? 0) > 0 && (
        <section className="panel">
          <h2>{t('merge.likely')}</h2>
          <ul className="related">
            {likely.data!.items.slice(0, 5).map(({ contact, reasons }) => {
              const fields = flat(contact.fields);
              return (
                <li key={contact.id}>
                  <Face name={contacts.title(fields)} size={26} />
                  <span className="related-text"><Link to={`/contacts/${contact.id}`}>{contacts.title(fields)}</Link><span className="soft">{t('merge.same')} {reasons.map(reason => t(`reason.${reason}`)).join(', ')}</span></span>
                  {can('contacts.merge') && <Button size="compact-sm" variant="default" leftSection={<Merge size={13} />} onClick={() => void merge(contact)}>{t('merge')}</Button>}
                </li>
              );
            })}
          </ul>
        </section>
      )}
      {colleagues.length > 0 && (
        <section className="panel">
          <h2>{t('related.company', { company })}</h2>
          <ul className="related">
            {colleagues.slice(0, 8).map(ref => {
              const fields = records.get(ref)?.fields ?? {};
              return <li key={ref}><Face name={contacts.title(fields)} size={26} /><span className="related-text"><Link to={`/${ref}`}>{contacts.title(fields)}</Link><span className="soft">{text(fields.title)}</span></span></li>;
            })}
          </ul>
        </section>
      )}
    </div>
  );
}
