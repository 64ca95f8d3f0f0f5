import { UnstyledButton, type UnstyledButtonProps } from '@mantine/core';
import { ChevronsUpDown } from 'lucide-react';
import type { ComponentPropsWithRef } from 'react';
import type { Me } from '../engine/session';
import { useT } from '../texts';
import { Face } from '../ui/people';

/** Who is signed in here; opens what he may do about it. */
export function UserButton({ who, ...props }: { who: Me } & UnstyledButtonProps & ComponentPropsWithRef<'button'>) {
  const t = useT();
  return (
    <UnstyledButton {...props} className="nav-user" aria-haspopup="menu" aria-label={t('nav.user', { name: who.name })}>
      <Face name={who.name || '?'} size={28} /><span className="nav-user-name"><strong>{who.name}</strong><span>{who.email}</span></span><ChevronsUpDown size={14} aria-hidden="true" />
    </UnstyledButton>
  );
}
