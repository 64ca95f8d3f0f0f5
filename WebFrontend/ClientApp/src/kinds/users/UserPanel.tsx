// What an administrator does with a user.
import '@mantine/core/styles/Pill.css';
import '@mantine/core/styles/PillsInput.css';
import { Button, Modal, MultiSelect, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { act, records, rest } from '../../engine/app';
import { useList } from '../../engine/hooks';
import { CallFault } from '../../engine/line';
import { idOf } from '../../engine/wire';
import { useLabels, useT } from '../../texts';
import { useCan, useMe } from '../../ui/me';
import { toast } from '../../ui/toasts';
import { list, type PanelProps, text } from '../kind';

const question = { sort: 'name' };

export default function UserPanel({ record }: PanelProps) {
  const t = useT();
  const labels = useLabels('users');
  const can = useCan();
  const me = useMe();
  const { view } = useList('roles', question);
  const [address, setAddress] = useState(false);
  const [secret, setSecret] = useState(false);
  const active = record.fields.active !== false;

  const run = async (verb: string, args: Record<string, unknown>, done: string) => {
    try {
      const outcome = await act(record.ref, verb, args);
      if (outcome.status === 'rejected' || outcome.status === 'conflict') toast(outcome.errors?.map(error => error.text).join(' ') ?? t('fault'), 'bad');
      else toast(done, 'good');
    } catch (thrown) {
      toast(CallFault.of(thrown).message, 'bad');
    }
  };

  const readdress = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    await run('readdress', { email: String(new FormData(event.currentTarget).get('email')) }, t('saved'));
    setAddress(false);
  };

  const reset = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    try {
      await rest.post('/api/v1/users/{id}/password', { params: { id: record.id }, body: { password: String(new FormData(event.currentTarget).get('password')) } });
      toast(t('password.changed'), 'good');
      setSecret(false);
    } catch (fault) {
      toast((fault as Error).message || t('fault'), 'bad');
    }
  };

  return (
    <section className="panel">
      <h2>{t('user.access')}</h2>
      <MultiSelect label={labels.field({ name: 'roles', type: 'set' })} disabled={!can('users.assign')} value={list(record.fields.roles)} searchable
        data={[...new Set([...view.refs.map(idOf), ...list(record.fields.roles)])].map(id => ({ value: id, label: text(records.get(`roles/${id}`)?.fields.name) || id }))}
        onChange={roles => void run('assign', { roles }, t('saved'))} />
      <div className="panel-actions">
        {can('users.readdress') && <Button variant="default" onClick={() => setAddress(true)}>{t('user.readdress')}</Button>}
        {can('users.password') && record.id !== me.userId && <Button variant="default" onClick={() => setSecret(true)}>{t('user.password')}</Button>}
        {can('users.signout') && <Button variant="default" onClick={() => void run('signout', {}, t('user.signedOut'))}>{t('user.signOut')}</Button>}
        {active ? can('users.deactivate') && <Button variant="light" color="red" onClick={() => void run('deactivate', {}, t('saved'))}>{t('user.deactivate')}</Button>
          : can('users.activate') && <Button variant="light" onClick={() => void run('activate', {}, t('saved'))}>{t('user.activate')}</Button>}
      </div>
      <Modal opened={address} onClose={() => setAddress(false)} title={t('user.readdress')} closeButtonProps={{ 'aria-label': t('close') }}>
        <form className="stack" onSubmit={event => void readdress(event)}><TextInput name="email" type="email" label={t('email')} defaultValue={text(record.fields.email)} required data-autofocus /><Button type="submit">{t('save')}</Button></form>
      </Modal>
      <Modal opened={secret} onClose={() => setSecret(false)} title={t('user.password')} closeButtonProps={{ 'aria-label': t('close') }}>
        <form className="stack" onSubmit={event => void reset(event)}>
          <PasswordInput name="password" autoComplete="new-password" label={t('password.new')} description={t('password.rule')} required data-autofocus visibilityToggleButtonProps={{ 'aria-label': t('password.show') }} /><Button type="submit">{t('save')}</Button>
        </form>
      </Modal>
    </section>
  );
}
