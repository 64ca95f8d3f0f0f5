import { expect, test } from 'vitest';
import { asking, complete, handle } from './mentions';

const ana = { id: '1', name: 'Ana Silva', email: 'ana@acme.test' };
const other = { id: '2', name: 'ANA  Sílva', email: 'ana.s@acme.test' };
const odd = { id: '3', name: "Séan O'Neill", email: 'sean@acme.test' };

test('a mention is asked for where an @ begins a word, and nowhere else', () => {
  expect(asking('Call @', 6)).toEqual({ from: 5, words: '' });
  expect(asking('@an', 3)).toEqual({ from: 0, words: 'an' });
  expect(asking('(@Ana.Si', 8)).toEqual({ from: 1, words: 'Ana.Si' });
  expect(asking('Call @ana now', 9)?.words).toBe('ana');
  expect(asking('Call @ana now', 13)).toBeUndefined();
  expect(asking('ana@acme', 8)).toBeUndefined();
  expect(asking('mail@', 5)).toBeUndefined();
  expect(asking(`@${'a'.repeat(61)}`, 62)).toBeUndefined();
  expect(asking('@Ünal', 5)?.words).toBe('Ünal');
});

test('somebody is written so that nobody else is meant', () => {
  expect(handle(ana, [ana, odd])).toBe('Ana.Silva');
  expect(handle(ana, [ana, other])).toBe('ana@acme.test');
  expect(handle(odd, [ana, odd])).toBe('sean@acme.test');
  expect(handle({ id: '4', name: '', email: 'x@acme.test' }, [])).toBe('x@acme.test');
});

test('what is chosen replaces what was typed and leaves the rest', () => {
  expect(complete('Ask @an about it', { from: 4, words: 'an' }, 'Ana.Silva')).toEqual({ text: 'Ask @Ana.Silva about it', caret: 15 });
  expect(complete('@', { from: 0, words: '' }, 'Ana.Silva')).toEqual({ text: '@Ana.Silva ', caret: 11 });
});
