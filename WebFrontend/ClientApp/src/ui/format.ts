// Values as people read them, in their language.
import i18next from 'i18next';
import type { Json } from '../engine/wire';

const language = () => i18next.language || 'en';

export const number = (value: number) => new Intl.NumberFormat(language()).format(value);
export const moment = (at: string | number) => new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
export const day = (date: string) => new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));
export const clock = (at: string | number) => new Intl.DateTimeFormat(language(), { timeStyle: 'short' }).format(new Date(at));

const steps: [Intl.RelativeTimeFormatUnit, number][] = [['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3_600], ['minute', 60]];

export function ago(at: string | number, now = Date.now()) {
  const seconds = (new Date(at).getTime() - now) / 1_000;
  const format = new Intl.RelativeTimeFormat(language(), { numeric: 'auto' });
  for (const [unit, length] of steps) if (Math.abs(seconds) >= length) return format.format(Math.round(seconds / length), unit);
  return format.format(0, 'second');
}

/** Any value as one line; empty for none. */
export function line(value: Json | undefined): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(line).join(', ');
  if (typeof value === 'object') return Object.values(value).map(line).filter(Boolean).join(', ');
  if (typeof value === 'number') return number(value);
  return String(value);
}

export const initials = (name: string) => name.split(/[\s.@]+/).filter(Boolean).slice(0, 2).map(part => part[0]!.toUpperCase()).join('') || '?';
