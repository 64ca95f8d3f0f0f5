// The session has ended while a page was open: the password brings it back, and the page with all that is written on it stays.
import { Button, Modal, PasswordInput } from '@mantine/core';
import { type FormEvent } from 'react';
import { leave, line, session } from '../engine/app';
import { useSignIn } from '../pages/SignIn';
import { useT } from '../texts';
import { useMe } from '../ui/me';

export default function SignInAgain() {
  const t = useT();
  const me = useMe();
  const before = session.kept?.user;
  const { signIn, busy, wait, fault } = useSignIn(() => {
    if (session.kept?.user !== before) location.reload();
    else line.open();
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void signIn(me.email, String(new FormData(event.currentTarget).get('password')), me.tenant);
  };
  return (
    <Modal opened onClose={() => {}} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} title={t('again.title')}>
      <form className="stack" onSubmit={submit}>
        <p>{t('again.text', { email: me.email })}</p>
        <PasswordInput name="password" label={t('password')} autoComplete="current-password" required withAsterisk={false} data-autofocus visibilityToggleButtonProps={{ 'aria-label': t('password.show') }} />
        <p className="door-fault" role="alert">{fault}</p>
        <div className="dialog-actions">
          <Button variant="subtle" color="gray" onClick={() => { leave(); void session.signOut(); }}>{t('again.other')}</Button>
          <span className="grow" />
          <Button type="submit" loading={busy} disabled={wait > 0}>{t('again.go')}</Button>
        </div>
      </form>
    </Modal>
  );
}
