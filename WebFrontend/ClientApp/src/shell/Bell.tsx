// The bell: how many notices nobody has read. What it opens is fetched when it is opened.
import { UnstyledButton } from '@mantine/core';
import { Bell as Icon } from 'lucide-react';
import { useUnread } from '../notices/unread';
import { useT } from '../texts';
import { number } from '../ui/format';

const most = 99; // A bigger number says no more.

export function Bell({ onClick, small }: { onClick: () => void; small?: boolean }) {
  const t = useT();
  const { view, count } = useUnread();
  if (view.phase === 'refused') return null;
  return (
    <UnstyledButton className={small ? 'bell small' : 'nav-item bell'} aria-haspopup="dialog" aria-label={count > 0 ? t('notices.unread', { count }) : t('notices.none')} onClick={onClick}>
      <Icon size={small ? 19 : 17} strokeWidth={1.8} aria-hidden="true" />
      {!small && <span>{t('notices')}</span>}
      {count > 0 && <span className="bell-count" aria-hidden="true">{count > most ? `${number(most)}+` : number(count)}</span>}
    </UnstyledButton>
  );
}
