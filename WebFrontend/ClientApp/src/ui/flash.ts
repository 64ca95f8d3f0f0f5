import { type RefObject, useEffect, useRef } from 'react';

/** A quiet highlight where somebody else has just changed something. */
export function useFlash(box: RefObject<HTMLElement | null>, version: number) {
  const seen = useRef(version);
  useEffect(() => {
    if (version > seen.current && box.current) {
      box.current.classList.remove('flash');
      void box.current.offsetWidth;
      box.current.classList.add('flash');
    }
    seen.current = Math.max(seen.current, version);
  }, [box, version]);
}
