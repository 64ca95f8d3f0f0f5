import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { kinds } from '../kinds';
import { de } from './de';
import { en } from './en';

const source = path.resolve(import.meta.dirname, '..');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(file => /\.tsx?$/.test(file) && !/\.test\.|texts\/(en|de)|schema\.g/.test(file));
const code = files.map(file => readFileSync(path.join(source, file), 'utf8')).join('\n');

test('both languages say the same things with the same values', () => {
  expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort());
  const values = (text: string) => (text.match(/\{\{\w+\}\}/g) ?? []).sort();
  for (const key of Object.keys(en) as (keyof typeof en)[]) expect([key, values(de[key])]).toEqual([key, values(en[key])]);
  expect((Object.keys(en) as (keyof typeof en)[]).filter(key => !de[key].trim())).toEqual([]);
});

test('every text that is asked for is there', () => {
  const asked = [...code.matchAll(/\bt\('([\w.]+)'/g)].map(match => match[1]!);
  expect(asked.length).toBeGreaterThan(100);
  expect([...new Set(asked)].filter(key => !(key in en) && !(`${key}_one` in en))).toEqual([]);
});

test('every kind, field, option and part has a name', () => {
  for (const kind of kinds) {
    for (const key of [kind.name, `${kind.name}.new`, `${kind.name}.empty`]) expect(key in en, key).toBe(true);
    for (const field of kind.fields) {
      expect(`f.${kind.name}.${field.name}` in en || `f.${field.name}` in en, `${kind.name}.${field.name}`).toBe(true);
      for (const option of field.options ?? []) expect(`o.${option}` in en, option).toBe(true);
      for (const part of field.parts ?? []) expect(`p.${part}` in en, part).toBe(true);
    }
  }
});
