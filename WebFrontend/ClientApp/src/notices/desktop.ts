// Notices outside the browser's window, where the browser has that and its user allows it.
import { useSyncExternalStore } from 'react';

export type Permit = NotificationPermission | 'missing';

const listeners = new Set<() => void>();

export const permit = (): Permit => (typeof Notification === 'undefined' || !isSecureContext ? 'missing' : Notification.permission);

export const usePermit = () => useSyncExternalStore(listener => { listeners.add(listener); return () => { listeners.delete(listener); }; }, permit);

/** Asks. Only ever after a click on something that says what for. */
export async function ask(): Promise<Permit> {
  if (permit() === 'default') await Notification.requestPermission();
  for (const listener of [...listeners]) listener();
  return permit();
}

/** Shows one; undefined where this browser cannot, as some on phones. */
export function post(title: string, body: string, tag: string, sound: boolean, clicked: () => void): Notification | undefined {
  if (permit() !== 'granted') return undefined;
  try {
    const posted = new Notification(title, { body, tag, silent: !sound });
    posted.onclick = () => { window.focus(); posted.close(); clicked(); };
    return posted;
  } catch {
    return undefined;
  }
}

/** Two short notes, made by the browser itself: there is no file to fetch. */
export function ring() {
  try {
    const audio = new AudioContext();
    for (const [index, pitch] of [659, 880].entries()) {
      const [note, volume, from] = [audio.createOscillator(), audio.createGain(), audio.currentTime + index * 0.12];
      note.frequency.value = pitch;
      volume.gain.setValueAtTime(0.08, from);
      volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.25);
      note.connect(volume).connect(audio.destination);
      note.start(from);
      note.stop(from + 0.25);
      note.onended = () => { if (index === 1) void audio.close(); };
    }
  } catch { /* A browser without sound, or one that wants a click first. */ }
}
