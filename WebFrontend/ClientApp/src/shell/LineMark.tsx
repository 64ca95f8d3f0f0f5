// How current what is shown is. Said in words; the dot only helps.
import { Popover, UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { line } from '../engine/app';
import { useLine, useWaiting } from '../engine/hooks';
import type { LineState } from '../engine/line';
import { useT } from '../texts';
import { clock } from '../ui/format';

const grace = 700; // A blink of the line is not worth a word.

export function LineMark() {
  const t = useT();
  const state = useSettled(useLine());
  const waiting = useWaiting();
  const words = state.phase === 'live' ? t('line.live') : state.phase === 'stale' ? t('line.stale', { when: clock(state.since) }) : t('line.catching');
  return (
    <Popover position="bottom-end" width={280} withArrow>
      <Popover.Target>
        <UnstyledButton className="line-mark" data-phase={state.phase}><span className="dot" aria-hidden="true" /><span role="status">{words}</span>{waiting > 0 && <span className="waiting-count">{t('line.waiting', { count: waiting })}</span>}</UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <p className="line-text">{state.phase === 'live' ? t('line.liveText') : state.phase === 'stale' ? t('line.staleText') : t('line.catchingText')}</p>
        <p className="line-more">{state.phase === 'stale' && <button type="button" className="link" onClick={() => line.hurry()}>{t('line.now')}</button>} <Link to="/self-check">{t('check')}</Link></p>
      </Popover.Dropdown>
    </Popover>
  );
}

/** The state of the line without its blinks: worse news waits a moment, good news does not. */
function useSettled(state: LineState): LineState {
  const [shown, setShown] = useState(state);
  useEffect(() => {
    if (state.phase === 'live' || shown.phase !== 'live') { setShown(state); return undefined; }
    const timer = setTimeout(() => setShown(state), grace);
    return () => clearTimeout(timer);
  }, [state, shown.phase]);
  return shown;
}
