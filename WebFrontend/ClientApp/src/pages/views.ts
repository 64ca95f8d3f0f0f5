// A saved view: what a list asks for under a name. The address says which view is shown, and what has been changed of it since.
import type { Snapshot } from '../engine/records';
import { type Fields, type Json, same } from '../engine/wire';
import { type FieldSpec, list, text } from '../kinds/kind';

export interface View { ref: string; id: string; name: string; owner: string; shared: boolean; columns: string[]; filter?: Json; sort?: string }

/** What an address says of a list. In a view, what is left out is as the view has it, and the filter `{}` is none. */
export interface Asked { q?: string; filter?: Json; sort?: string }

export function viewOf({ ref, id, fields }: Pick<Snapshot, 'ref' | 'id' | 'fields'>): View {
  return { ref, id, name: text(fields.name), owner: text(fields.owner), shared: fields.shared === true, columns: list(fields.columns), filter: read(text(fields.filter)), sort: text(fields.sort) || undefined };
}

/** What is to be asked for. */
export function wanted(asked: Asked, view: View | undefined): { filter?: Json; sort?: string } {
  const filter = asked.filter ?? view?.filter;
  return { filter: isEmpty(filter) ? undefined : filter, sort: asked.sort ?? view?.sort };
}

/** How the address says that a filter is wanted: not at all where the view has it. */
export function filterIn(filter: Json | undefined, view: View | undefined): Json | undefined {
  if (!view) return filter;
  return same(filter ?? {}, view.filter ?? {}) ? undefined : filter ?? {};
}

/** The same for an order; none means the kind's own. */
export function sortIn(sort: string | undefined, view: View | undefined, own: string): string | undefined {
  return view ? ((sort ?? own) === (view.sort ?? own) ? undefined : sort ?? own) : sort;
}

/** Whether a column is shown: as it was chosen here, else as the view has it, else as the kind has it. */
export function shows(field: FieldSpec, chosen: Record<string, boolean>, view: View | undefined): boolean {
  return chosen[field.name] ?? columnIn(field, view);
}

const columnIn = (field: FieldSpec, view: View | undefined) => (view && view.columns.length > 0 ? view.columns.includes(field.name) : field.column ?? false);

/** Whether anything here differs from the view, or without one from what the kind shows. */
export function changed(asked: Asked, chosen: Record<string, boolean>, fields: readonly FieldSpec[], view: View | undefined): boolean {
  return !isEmpty(asked.filter ?? null) || (view !== undefined && asked.filter !== undefined) || asked.sort !== undefined
    || fields.some(field => field.name in chosen && chosen[field.name] !== columnIn(field, view));
}

/** What is shown here as the fields of a view's record. */
export function fieldsOf(asked: Asked, chosen: Record<string, boolean>, fields: readonly FieldSpec[], view: View | undefined): Fields {
  const { filter, sort } = wanted(asked, view);
  const columns = fields.filter(field => shows(field, chosen, view)).map(field => field.name).sort();
  const own = fields.filter(field => field.column).map(field => field.name).sort();
  return { filter: filter === undefined ? null : JSON.stringify(filter), sort: sort ?? null, columns: same(columns, own) ? null : columns };
}

const isEmpty = (filter: Json | undefined) => filter === undefined || filter === null || (typeof filter === 'object' && Object.keys(filter).length === 0);

function read(filter: string): Json | undefined {
  try {
    return filter ? JSON.parse(filter) as Json : undefined;
  } catch {
    return undefined; // The server takes only JSON; what is none asks for nothing.
  }
}
