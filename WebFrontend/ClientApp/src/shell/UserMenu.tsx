// What somebody does about himself, from every page.
import { Kbd, Menu } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Keyboard, LogOut, Settings, Stethoscope } from 'lucide-react';
import type { Me } from '../engine/session';
import { useT } from '../texts';
import { UserButton } from './UserButton';

export default function UserMenu({ me, onShortcuts, onSignOut }: { me: Me; onShortcuts: () => void; onSignOut: () => void }) {
  const t = useT();
  return (
    <Menu position="top-start" width={220} defaultOpened>
      <Menu.Target><UserButton who={me} /></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to="/settings" leftSection={<Settings size={15} />}>{t('settings')}</Menu.Item>
        <Menu.Item leftSection={<Keyboard size={15} />} rightSection={<Kbd size="xs">?</Kbd>} onClick={onShortcuts}>{t('shortcuts')}</Menu.Item>
        <Menu.Item component={Link} to="/self-check" leftSection={<Stethoscope size={15} />}>{t('check')}</Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={15} />} onClick={onSignOut}>{t('signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
