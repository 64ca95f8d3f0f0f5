// What travels: the shapes of docs/protocol.md.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** By flat name: a custom field is `custom.budget`. A field without a value is left out. */
export type Fields = Record<string, Json>;

export interface WireRecord {
  id: string;
  kind: string;
  version: number;
  createdAt: string;
  updatedAt: string;
  updatedBy: string;
  fields: { [name: string]: Json };
}

export interface Change {
  ref: string;
  version: number;
  at: string;
  by: string;
  type: string;
  fields: Record<string, { from: Json; to: Json }>;
}

export interface Conflict { field: string; base: Json; theirs: Json; yours: Json; by: string; at: string }

export interface Outcome {
  status: 'applied' | 'merged' | 'conflict' | 'rejected';
  version: number;
  conflicts?: Conflict[];
  errors?: { field: string; code: string; text: string }[];
}

/** `view` names the rights that it was shown under; given back with the version, a copy made under other rights is replaced as a whole. */
export interface WatchAnswer { version: number; view?: string; record?: WireRecord; changes?: Omit<Change, 'ref'>[] }
export interface ListAnswer { subscription: string; items: WireRecord[]; next: string | null }
export interface ListChange { subscription: string; upserts: WireRecord[]; removed: string[]; order: string[]; closed?: boolean }

export interface Question { q?: string; filter?: Json; sort?: string; limit?: number }

export const refOf = (kind: string, id: string) => `${kind}/${id}`;
export const kindOf = (ref: string) => ref.slice(0, ref.indexOf('/'));
export const idOf = (ref: string) => ref.slice(ref.indexOf('/') + 1);

/** Records nest custom fields, changes name them flat; the client keeps them flat. */
export function flat(fields: { [name: string]: Json }): Fields {
  const { custom, ...rest } = fields;
  if (custom && typeof custom === 'object' && !Array.isArray(custom)) {
    for (const [name, value] of Object.entries(custom)) if (value !== null) rest[`custom.${name}`] = value;
  }
  return rest;
}

/** The other way round, for REST bodies. */
export function nested(fields: Fields): { [name: string]: Json } {
  const body: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith('custom.')) body.custom = { ...(body.custom as object | undefined), [name.slice(7)]: value };
    else body[name] = value;
  }
  return body;
}

export function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b || (a ?? null) === (b ?? null)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b || Array.isArray(a) !== Array.isArray(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every(name => same((a as Record<string, Json>)[name], (b as Record<string, Json>)[name]));
}
