// The navigation where there is no room beside the page.
import '@mantine/core/styles/Drawer.css';
import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { useT } from '../texts';

export default function PhoneNav({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const t = useT();
  return <Drawer opened onClose={onClose} size={270} padding={0} withCloseButton={false} title={t('nav')} classNames={{ header: 'hidden' }}>{children}</Drawer>;
}
