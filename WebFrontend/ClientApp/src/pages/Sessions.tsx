// Where one is signed in, and how to end it; and the tokens that programs of one's own speak with.
import { Button, Checkbox, Code, CopyButton, Modal, Select, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Check, Copy, KeyRound, Laptop, Smartphone } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Fault } from '../api/rest';
import { rest } from '../engine/app';
import { kinds } from '../kinds';
import { useNames, useT } from '../texts';
import { ago, day, moment } from '../ui/format';
import { useCan } from '../ui/me';
import { Trouble } from '../ui/states';
import { toast } from '../ui/toasts';
import { agentOf } from './agent';

interface Session { id: string; agent: string | null; createdAt: string; seenAt: string; expiresAt: string; current: boolean }
interface Token { id: string; name: string; scope: string[]; createdAt: string; seenAt: string; expiresAt: string }

const failed = (t: ReturnType<typeof useT>) => (fault: unknown) => toast((fault as Error).message || t('line.needed'), 'bad');

export function Sessions() {
  const t = useT();
  const queries = useQueryClient();
  const found = useQuery({ queryKey: ['sessions'], queryFn: () => rest.get<{ items: Session[] }>('/api/v1/sessions') });
  const items = found.data?.items ?? [];
  const again = () => queries.invalidateQueries({ queryKey: ['sessions'] });
  const end = (id: string) => rest.send('DELETE', '/api/v1/sessions/{id}', { params: { id } }).then(() => { toast(t('sessions.ended', { count: 1 }), 'good'); return again(); }).catch(failed(t));
  const endOthers = () => rest.post<{ ended: number }>('/api/v1/sessions/endOthers').then(({ ended }) => { toast(t('sessions.ended', { count: ended }), 'good'); return again(); }).catch(failed(t));
  if (found.error) return <Trouble text={found.error.message || t('line.needed')} onAgain={() => void found.refetch()} />;
  return (
    <>
      <ul className="own">
        {items.map(session => {
          const { browser, system, phone } = agentOf(session.agent);
          const Icon = phone ? Smartphone : Laptop;
          return (
            <li key={session.id}>
              <Icon size={18} strokeWidth={1.7} aria-hidden="true" />
              <div className="own-text">
                <strong>{browser ? (system ? t('sessions.on', { browser, system }) : browser) : t('sessions.unknown')}</strong>
                <span className="soft">{session.current ? t('sessions.this') : t('sessions.seen', { when: ago(session.seenAt) })} · <span title={moment(session.createdAt)}>{t('sessions.since', { when: day(session.createdAt.slice(0, 10)) })}</span></span>
              </div>
              {!session.current && <Button size="compact-sm" variant="default" onClick={() => void end(session.id)}>{t('signOut')}</Button>}
            </li>
          );
        })}
      </ul>
      {items.length > 1 && <Button variant="default" onClick={() => void endOthers()}>{t('sessions.endOthers')}</Button>}
    </>
  );
}

export function Tokens() {
  const t = useT();
  const names = useNames();
  const queries = useQueryClient();
  const [making, setMaking] = useState(false);
  const found = useQuery({ queryKey: ['tokens'], queryFn: () => rest.get<{ items: Token[] }>('/api/v1/tokens') });
  const items = found.data?.items ?? [];
  const again = () => queries.invalidateQueries({ queryKey: ['tokens'] });
  const revoke = (token: Token) => {
    if (window.confirm(t('tokens.revokeText', { name: token.name }))) rest.send('DELETE', '/api/v1/tokens/{id}', { params: { id: token.id } }).then(() => { toast(t('tokens.revoked', { name: token.name }), 'good'); return again(); }).catch(failed(t));
  };
  const may = (scope: string[]) => (scope.includes('*') ? t('tokens.all') : scope.every(one => one.includes('.read')) ? `${t('tokens.read')}: ${kindsOf(scope).map(names.many).join(', ')}` : kindsOf(scope).map(names.many).join(', '));
  if (found.error) return <Trouble text={found.error.message || t('line.needed')} onAgain={() => void found.refetch()} />;
  return (
    <>
      {items.length > 0 && (
        <ul className="own">
          {items.map(token => (
            <li key={token.id}>
              <KeyRound size={18} strokeWidth={1.7} aria-hidden="true" />
              <div className="own-text">
                <strong>{token.name}</strong>
                <span className="soft">{may(token.scope)} · {token.seenAt === token.createdAt ? t('tokens.unused') : t('sessions.seen', { when: ago(token.seenAt) })} · {t('tokens.until', { when: day(token.expiresAt.slice(0, 10)) })}</span>
              </div>
              <Button size="compact-sm" variant="default" onClick={() => revoke(token)}>{t('tokens.revoke')}</Button>
            </li>
          ))}
        </ul>
      )}
      <Button variant="default" onClick={() => setMaking(true)}>{t('tokens.new')}</Button>
      {making && <NewToken onClose={() => { setMaking(false); void again(); }} />}
    </>
  );
}

const kindsOf = (scope: readonly string[]) => [...new Set(scope.map(one => one.split('.')[0]!))];
const scoped = [...kinds.map(kind => kind.name), 'views'];

function NewToken({ onClose }: { onClose: () => void }) {
  const t = useT();
  const names = useNames();
  const can = useCan();
  const [errors, setErrors] = useState<Record<string, string[]>>({});
  const [fault, setFault] = useState<string>();
  const [made, setMade] = useState<string>();
  const [name, setName] = useState('');
  const [access, setAccess] = useState('read');
  const [days, setDays] = useState('90');
  const [chosen, setChosen] = useState<string[]>(['contacts']);
  const offered = scoped.filter(kind => can(`${kind}.read`) || can(`${kind}.read.own`));

  const make = async (event: FormEvent) => {
    event.preventDefault();
    setErrors({});
    setFault(undefined);
    const scope = access === 'all' ? ['*'] : chosen.flatMap(kind => (access === 'read' ? [`${kind}.read`, `${kind}.read.own`] : [`${kind}.*`]));
    try {
      setMade((await rest.post<{ token: string }>('/api/v1/tokens', { body: { name, scope, days: Number(days) } })).token);
    } catch (thrown) {
      const told = thrown as Fault;
      setErrors(told.errors ?? {});
      setFault(Object.keys(told.errors ?? {}).length > 0 ? undefined : told.message || t('line.needed'));
    }
  };

  return (
    <Modal opened onClose={onClose} size={460} title={made ? name : t('tokens.new')} closeButtonProps={{ 'aria-label': t('close') }} closeOnClickOutside={!made}>
      {made ? (
        <div className="stack">
          <p>{t('tokens.once')}</p>
          <Code block className="secret">{made}</Code>
          <div className="dialog-actions">
            <CopyButton value={made}>{({ copied, copy }) => <Button variant="default" leftSection={copied ? <Check size={15} /> : <Copy size={15} />} onClick={copy}>{t(copied ? 'copied' : 'copy')}</Button>}</CopyButton>
            <span className="grow" /><Button onClick={onClose}>{t('tokens.done')}</Button>
          </div>
        </div>
      ) : (
        <form className="stack" onSubmit={event => void make(event)}>
          <TextInput label={t('tokens.name')} placeholder={t('tokens.example')} data-autofocus required withAsterisk={false} maxLength={100} value={name} error={errors.name?.join(' ')} onChange={event => setName(event.currentTarget.value)} />
          <Select label={t('tokens.access')} allowDeselect={false} value={access} onChange={value => setAccess(value!)} data={[{ value: 'read', label: t('tokens.read') }, { value: 'write', label: t('tokens.write') }, { value: 'all', label: t('tokens.all') }]} />
          {access !== 'all' && (
            <Checkbox.Group label={t('tokens.kinds')} value={chosen} onChange={setChosen} error={errors.scope && t('tokens.kindsMissing')}>
              <div className="choices two">{offered.map(kind => <Checkbox key={kind} value={kind} label={names.many(kind)} />)}</div>
            </Checkbox.Group>
          )}
          <Select label={t('tokens.days')} allowDeselect={false} value={days} onChange={value => setDays(value!)} data={['7', '30', '90', '365'].map(value => ({ value, label: t('tokens.inDays', { count: Number(value) }) }))} />
          {fault && <p className="field-note bad" role="alert">{fault}</p>}
          <div className="dialog-actions"><span className="grow" /><Button variant="default" onClick={onClose}>{t('cancel')}</Button><Button type="submit">{t('create')}</Button></div>
        </form>
      )}
    </Modal>
  );
}
