// What a person sets for himself.
import '@mantine/core/styles/FloatingIndicator.css';
import '@mantine/core/styles/SegmentedControl.css';
import { Button, PasswordInput, SegmentedControl, Select, useMantineColorScheme } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { Fault } from '../api/rest';
import { leave, rest, session } from '../engine/app';
import { useT } from '../texts';
import { useCan, useMe } from '../ui/me';
import { Face } from '../ui/people';
import { change, useSettings } from '../ui/settings';
import { toast } from '../ui/toasts';
import { PresenceSettings } from './PresenceSettings';
import { Sessions, Tokens } from './Sessions';

export function SettingsPage() {
  const t = useT();
  const me = useMe();
  const can = useCan();
  const now = useSettings();
  const scheme = useMantineColorScheme();
  useEffect(() => { document.title = `${t('settings')} · CRM`; }, [t]);
  return (
    <div className="list-page">
      <header className="page-head"><h1 id="page-title" tabIndex={-1}>{t('settings')}</h1></header>
      <div className="page-body narrow">
        <Section title={t('settings.profile')} text={t('settings.profileText')}>
          <div className="profile"><Face name={me.name || '?'} size={44} /><div><strong>{me.name}</strong><p className="soft">{me.email}</p><p className="soft">{me.tenant} · {me.roles.join(', ')}</p></div></div>
          {can('users.edit') && <Button variant="default" component={Link} to={`/users/${me.userId}`}>{t('settings.editProfile')}</Button>}
        </Section>
        <Section title={t('settings.look')} text={t('settings.lookText')}>
          <SegmentedControl aria-label={t('settings.theme')} value={scheme.colorScheme} onChange={value => scheme.setColorScheme(value as 'auto')} data={[{ value: 'auto', label: t('theme.auto') }, { value: 'light', label: t('theme.light') }, { value: 'dark', label: t('theme.dark') }]} />
          <SegmentedControl aria-label={t('settings.density')} value={now.density} onChange={value => change({ density: value as 'cosy' })} data={[{ value: 'dense', label: t('density.dense') }, { value: 'cosy', label: t('density.cosy') }]} />
          <Select label={t('settings.language')} maw={220} allowDeselect={false} value={now.language} onChange={value => change({ language: value as 'en' })} data={[{ value: 'en', label: 'English' }, { value: 'de', label: 'Deutsch' }]} />
        </Section>
        <Section title={t('presence.title')} text={t('presence.text')}><PresenceSettings /></Section>
        <Section title={t('settings.password')} text={t('settings.passwordText')}><Password /></Section>
        <Section title={t('sessions')} text={t('sessions.text')}><Sessions /></Section>
        <Section title={t('tokens')} text={t('tokens.text')}><Tokens /></Section>
        <Section title={t('settings.session')} text={t('settings.sessionText')}><Button variant="default" onClick={() => { leave(); void session.signOut(); }}>{t('signOut')}</Button></Section>
      </div>
    </div>
  );
}

function Section({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return <section className="setting"><div><h2>{title}</h2><p className="soft">{text}</p></div><div className="stack">{children}</div></section>;
}

function Password() {
  const t = useT();
  const me = useMe();
  const [errors, setErrors] = useState<Record<string, string[]>>({});
  const [fault, setFault] = useState<string>();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const { oldPassword, password } = Object.fromEntries(new FormData(form)) as Record<string, string>;
    setErrors({});
    setFault(undefined);
    try {
      await rest.post('/api/v1/users/{id}/password', { params: { id: me.userId }, body: { oldPassword, password } });
      form.reset();
      toast(t('password.changed'), 'good');
    } catch (thrown) {
      const told = thrown as Fault;
      setErrors(told.errors ?? {});
      setFault(Object.keys(told.errors ?? {}).length > 0 ? undefined : told.message || t('line.needed'));
    }
  };
  return (
    <form className="stack" onSubmit={event => void submit(event)}>
      <input className="hidden" name="username" autoComplete="username" value={me.email} readOnly tabIndex={-1} aria-hidden="true" />
      <PasswordInput name="oldPassword" autoComplete="current-password" label={t('password.old')} required withAsterisk={false} error={errors.oldPassword?.join(' ')} visibilityToggleButtonProps={{ 'aria-label': t('password.show') }} />
      <PasswordInput name="password" autoComplete="new-password" label={t('password.new')} description={t('password.rule')} required withAsterisk={false} error={errors.password?.join(' ')} visibilityToggleButtonProps={{ 'aria-label': t('password.show') }} />
      {fault && <p className="field-note bad" role="alert">{fault}</p>}
      <div><Button type="submit" variant="default">{t('password.change')}</Button></div>
    </form>
  );
}
