// The door: whom it lets in, and in plain words why not.
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { session } from '../engine/app';
import { SignInFault } from '../engine/session';
import { useT } from '../texts';
import { Logo } from '../ui/Logo';

export function useSignIn(after: () => void) {
  const t = useT();
  const [fault, setFault] = useState<string>();
  const [wait, setWait] = useState(0);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (wait <= 0) return undefined;
    const timer = setTimeout(() => setWait(wait - 1), 1_000);
    return () => clearTimeout(timer);
  }, [wait]);

  const signIn = async (email: string, password: string, tenant?: string) => {
    setBusy(true);
    setFault(undefined);
    try {
      await session.signIn(email.trim(), password, tenant);
      after();
    } catch (thrown) {
      const told = thrown instanceof SignInFault ? thrown : new SignInFault(0, 'line.down', '');
      const seconds = told.retryAfter ?? 0;
      setWait(seconds);
      setFault(
        told.status === 423 ? t('signIn.locked') : told.status === 429 ? t('signIn.throttled') : told.status === 401 ? t('signIn.wrong') : told.status === 0 ? t('signIn.noLine')
          : told.status === 400 ? t('signIn.incomplete') : t('signIn.fault', { code: told.code }));
    } finally {
      setBusy(false);
    }
  };
  const time = wait >= 90 ? t('signIn.minutes', { count: Math.ceil(wait / 60) }) : t('signIn.seconds', { count: wait });
  return { signIn, busy, wait, fault: fault && (wait > 0 ? `${fault} ${t('signIn.again', { time })}` : fault) };
}

export function SignIn() {
  const t = useT();
  const { signIn, busy, wait, fault } = useSignIn(() => {});
  useEffect(() => { document.title = `${t('signIn')} · CRM`; }, [t]);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void signIn(String(form.get('email')), String(form.get('password')));
  };
  return (
    <main className="door">
      <form className="door-card" onSubmit={submit}>
        <Logo size={44} />
        <h1>{t('signIn.title')}</h1>
        <p className="soft">{t('signIn.text')}</p>
        <TextInput size="md" name="email" type="email" label={t('email')} autoComplete="username" required autoFocus withAsterisk={false} />
        <PasswordInput size="md" name="password" label={t('password')} autoComplete="current-password" required withAsterisk={false} visibilityToggleButtonProps={{ 'aria-label': t('password.show') }} />
        <p className="door-fault" role="alert">{fault}</p>
        <Button size="md" type="submit" loading={busy} disabled={wait > 0} fullWidth>{t('signIn')}</Button>
      </form>
    </main>
  );
}
