// What the state of the line means, and what one can do about it.
import { Popover } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { line } from '../engine/app';
import { useT } from '../texts';
import { LineButton, type Mark } from './LineButton';

export default function LineMore(mark: Mark) {
  const t = useT();
  return (
    <Popover position="bottom-end" width={280} withArrow defaultOpened>
      <Popover.Target><LineButton {...mark} /></Popover.Target>
      <Popover.Dropdown>
        <p className="line-text">{mark.phase === 'live' ? t('line.liveText') : mark.phase === 'stale' ? t('line.staleText') : t('line.catchingText')}</p>
        <p className="line-more">{mark.phase === 'stale' && <button type="button" className="link" onClick={() => line.hurry()}>{t('line.now')}</button>} <Link to="/self-check">{t('check')}</Link></p>
      </Popover.Dropdown>
    </Popover>
  );
}
