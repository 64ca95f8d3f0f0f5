// Offers pop-ups outside the window when somebody looks at his notices: then he knows what he is asked about.
import { Button } from '@mantine/core';
import { MonitorUp } from 'lucide-react';
import { useState } from 'react';
import { useT } from '../texts';
import { keep, recall } from '../ui/settings';
import { ask, usePermit } from './desktop';

const place = 'desktop.later';

export function DesktopHint() {
  const t = useT();
  const permit = usePermit();
  const [later, setLater] = useState(() => recall<boolean>(place) ?? false);
  if (permit !== 'default' || later) return null;
  return (
    <div className="desktop-hint">
      <MonitorUp size={17} aria-hidden="true" />
      <p>{t('desktop.offer')}</p>
      <Button size="compact-sm" onClick={() => void ask()}>{t('desktop.allow')}</Button>
      <Button size="compact-sm" variant="subtle" color="gray" onClick={() => { keep(place, true); setLater(true); }}>{t('desktop.later')}</Button>
    </div>
  );
}
