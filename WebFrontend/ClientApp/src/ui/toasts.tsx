// Short messages at the edge: said politely, gone by themselves, and they never take the focus.
import { CloseButton } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { useT } from '../texts';

export interface Toast { id: number; tone: 'plain' | 'good' | 'bad'; text: string; action?: { label: string; run: () => void } }

let toasts: readonly Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();
const life = { plain: 6_000, good: 6_000, bad: 12_000 };

function set(now: readonly Toast[]) {
  toasts = now;
  for (const listener of listeners) listener();
}

export function toast(text: string, tone: Toast['tone'] = 'plain', action?: Toast['action']) {
  const id = next++;
  set([...toasts.slice(-3), { id, tone, text, action }]);
  setTimeout(() => set(toasts.filter(one => one.id !== id)), action ? 15_000 : life[tone]);
}

export function Toasts() {
  const t = useT();
  const shown = useSyncExternalStore(listener => { listeners.add(listener); return () => listeners.delete(listener); }, () => toasts);
  const drop = (id: number) => set(toasts.filter(one => one.id !== id));
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(one => (
        <div key={one.id} className="toast" data-tone={one.tone}>
          <span>{one.text}</span>
          {one.action && <button type="button" className="link" onClick={() => { one.action!.run(); drop(one.id); }}>{one.action.label}</button>}
          <CloseButton size="sm" aria-label={t('close')} onClick={() => drop(one.id)} />
        </div>
      ))}
    </div>
  );
}
