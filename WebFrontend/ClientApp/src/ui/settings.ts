// What a person has set for this browser.
import { useSyncExternalStore } from 'react';

export interface Settings { density: 'cosy' | 'dense'; language: 'en' | 'de'; unseen: boolean }

const place = 'crm.settings';
const first: Settings = { density: 'dense', unseen: false, language: navigator.language.startsWith('de') ? 'de' : 'en' };
let now: Settings = { ...first, ...JSON.parse(localStorage.getItem(place) ?? '{}') as Partial<Settings> };
const listeners = new Set<() => void>();

export const settings = () => now;

export function change(some: Partial<Settings>) {
  now = { ...now, ...some };
  localStorage.setItem(place, JSON.stringify(now));
  for (const listener of listeners) listener();
}

export const useSettings = () => useSyncExternalStore(listener => { listeners.add(listener); return () => listeners.delete(listener); }, settings);

/** Something kept for this browser under a name; what cannot be read is as if it were not there. */
export function recall<T>(name: string): T | undefined {
  try {
    return JSON.parse(localStorage.getItem(`crm.${name}`) ?? 'null') as T ?? undefined;
  } catch {
    return undefined;
  }
}

export const keep = (name: string, value: unknown) => localStorage.setItem(`crm.${name}`, JSON.stringify(value));
