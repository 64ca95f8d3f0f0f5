// A button whose menu is fetched when somebody reaches for it: what a page opens is not part of what it takes to see the page.
import { type ReactNode, Suspense, useState } from 'react';

/** `button` is shown until the rest is there; `children` shows the same one, opened. */
export function Reach({ button, children }: { button: (reach: () => void) => ReactNode; children: ReactNode }) {
  const [reached, setReached] = useState(false);
  return reached ? <Suspense fallback={button(() => {})}>{children}</Suspense> : button(() => setReached(true));
}
