import { expect, test } from 'vitest';
import type { FieldSpec } from '../kinds/kind';
import { changed, fieldsOf, filterIn, shows, sortIn, viewOf, wanted } from './views';

const fields: FieldSpec[] = [{ name: 'name', type: 'text', column: true }, { name: 'company', type: 'text', column: true }, { name: 'tags', type: 'set' }];
const customers = { status: { eq: 'customer' } };
const made = (some: Record<string, string | string[] | boolean | null> = {}) => viewOf({ ref: 'views/1', id: '1', fields: { name: 'Customers', owner: 'ana', filter: JSON.stringify(customers), sort: '-name', ...some } });

test('a view asks for what it holds, and the address over it for what was changed here', () => {
  expect(wanted({}, made())).toEqual({ filter: customers, sort: '-name' });
  expect(wanted({ filter: { tags: { has: 'vip' } }, sort: 'name' }, made())).toEqual({ filter: { tags: { has: 'vip' } }, sort: 'name' });
  expect(wanted({ filter: {} }, made())).toEqual({ filter: undefined, sort: '-name' });
  expect(wanted({}, undefined)).toEqual({ filter: undefined, sort: undefined });
});

test('what is set back to what the view has leaves the address', () => {
  expect([filterIn(customers, made()), filterIn(undefined, made()), filterIn(undefined, made({ filter: null })), filterIn(customers, undefined)]).toEqual([undefined, {}, undefined, customers]);
  expect([sortIn('-name', made(), 'name'), sortIn(undefined, made(), 'name'), sortIn(undefined, made({ sort: null }), 'name'), sortIn('name', made({ sort: null }), 'name')]).toEqual([undefined, 'name', undefined, undefined]);
});

test('columns are those chosen here, else the view\'s, else the kind\'s', () => {
  const view = made({ columns: ['name', 'tags'] });
  expect(fields.filter(field => shows(field, {}, undefined)).map(field => field.name)).toEqual(['name', 'company']);
  expect(fields.filter(field => shows(field, {}, view)).map(field => field.name)).toEqual(['name', 'tags']);
  expect(fields.filter(field => shows(field, { company: true, tags: false }, view)).map(field => field.name)).toEqual(['name', 'company']);
});

test('a view is changed by a filter, an order or a column that it does not have, and by nothing else', () => {
  const view = made({ columns: ['name', 'tags'] });
  expect([changed({ q: 'anders' }, {}, fields, view), changed({}, { tags: true }, fields, view), changed({}, {}, fields, undefined)]).toEqual([false, false, false]);
  expect([changed({ filter: {} }, {}, fields, view), changed({ sort: 'name' }, {}, fields, view), changed({}, { company: true }, fields, view), changed({ filter: customers }, {}, fields, undefined)]).toEqual([true, true, true, true]);
});

test('what is saved is what is shown', () => {
  expect(fieldsOf({ filter: {}, sort: 'name' }, { tags: true }, fields, made())).toEqual({ filter: null, sort: 'name', columns: ['company', 'name', 'tags'] });
  expect(fieldsOf({}, {}, fields, made())).toEqual({ filter: JSON.stringify(customers), sort: '-name', columns: null });
});

test('a filter that cannot be read asks for nothing', () => { expect(viewOf({ ref: 'views/1', id: '1', fields: { name: 'x', filter: '{' } }).filter).toBeUndefined(); });
