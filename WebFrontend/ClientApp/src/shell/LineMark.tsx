// How current what is shown is. Said in words; the dot only helps.
import { lazy, useEffect, useState } from 'react';
import { useLine, useWaiting } from '../engine/hooks';
import type { LineState } from '../engine/line';
import { useT } from '../texts';
import { clock } from '../ui/format';
import { Reach } from '../ui/Reach';
import { LineButton } from './LineButton';

const LineMore = lazy(() => import('./LineMore'));

const grace = 700; // A blink of the line is not worth a word.

export function LineMark() {
  const t = useT();
  const state = useSettled(useLine());
  const waiting = useWaiting();
  const words = state.phase === 'live' ? t('line.live') : state.phase === 'stale' ? t('line.stale', { when: clock(state.since) }) : t('line.catching');
  const mark = { phase: state.phase, words, waiting: waiting > 0 ? t('line.waiting', { count: waiting }) : undefined };
  return <Reach button={reach => <LineButton {...mark} onClick={reach} />}><LineMore {...mark} /></Reach>;
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
