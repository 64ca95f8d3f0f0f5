import { UnstyledButton, type UnstyledButtonProps } from '@mantine/core';
import { Users } from 'lucide-react';
import type { ComponentPropsWithRef } from 'react';
import { useT } from '../texts';
import { useOthers } from '../ui/hall';
import { Face } from '../ui/people';

/** How many others are signed in, with the first faces; opens the list of them. */
export function PeopleButton(props: UnstyledButtonProps & ComponentPropsWithRef<'button'>) {
  const t = useT();
  const others = useOthers();
  return (
    <UnstyledButton aria-haspopup="dialog" {...props} className="nav-people" aria-label={t('people.open', { count: others.length })}>
      <Users size={16} strokeWidth={1.8} aria-hidden="true" /><span>{t('people.online', { count: others.length })}</span>
      <span className="row-faces" aria-hidden="true">{others.slice(0, 4).map(person => <Face key={person.userId} name={person.name} size={18} />)}</span>
    </UnstyledButton>
  );
}
