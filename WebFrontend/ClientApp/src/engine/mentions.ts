// Who is meant by @name in a text: what the server reads (docs/protocol.md), seen from the side of whoever writes.

export interface Mentionable { id: string; name: string; email: string }

/** A name that is being written: where its @ stands, and what follows it up to the caret. */
export interface Asking { from: number; words: string }

const longest = 60;

/** The mention that the caret stands in; undefined where there is none. The sign in an e-mail address is none. */
export function asking(text: string, caret: number): Asking | undefined {
  const found = /(?:^|[^\p{L}\p{N}._%+\-@])@([\p{L}\p{N}._+\-]*)$/u.exec(text.slice(0, caret));
  return found && found[1]!.length <= longest ? { from: caret - found[1]!.length - 1, words: found[1]! } : undefined;
}

const folded = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
const dotted = (name: string) => name.trim().split(/\s+/).join('.');

/** What to write for somebody, so that nobody else is meant: his name with dots, or his address where others are called the same. */
export function handle(person: Mentionable, all: readonly Mentionable[]): string {
  const name = dotted(person.name);
  const readable = /^[\p{L}\p{N}](?:[\p{L}\p{N}._+-]{0,80}[\p{L}\p{N}])?$/u.test(name);
  const others = all.filter(other => other.id !== person.id).flatMap(other => [dotted(other.name), dotted(other.name).replace(/\./g, ''), other.email.split('@')[0]!, other.email].map(folded));
  return readable && !others.includes(folded(name)) ? name : person.email;
}

/** The text with the mention written out, and where the caret stands then. */
export function complete(text: string, at: Asking, written: string): { text: string; caret: number } {
  const before = `${text.slice(0, at.from)}@${written} `;
  return { text: before + text.slice(at.from + 1 + at.words.length).replace(/^ /, ''), caret: before.length };
}
