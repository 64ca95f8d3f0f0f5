// How the client knows a kind of record. Everything general (lists, pages, history, conflicts) is built from this.
import type { LucideIcon } from 'lucide-react';
import type { ComponentType, LazyExoticComponent } from 'react';
import type { Snapshot } from '../engine/records';
import type { Fields } from '../engine/wire';

export type FieldType = 'text' | 'longText' | 'number' | 'counter' | 'flag' | 'date' | 'instant' | 'choice' | 'set' | 'user' | 'reference' | 'parts' | 'data';

export interface FieldSpec {
  name: string;
  type: FieldType;
  /** What the tenant calls a field of its own; the others are named in texts/. */
  label?: string;
  /** False: only verbs and the server set it. */
  editable?: boolean;
  options?: readonly string[];
  parts?: readonly string[];
  refersTo?: string;
  /** Pixels in a list. */
  width?: number;
  /** Whether a list shows it before anybody chooses columns. */
  column?: boolean;
  /** Asked for when a record is made. */
  onCreate?: boolean;
  required?: boolean;
  /** Links to mail or telephone. */
  link?: 'mailto' | 'tel';
  /** Takes the whole width of a form. */
  wide?: boolean;
  /** Not shown on the record page, where the kind's own panel shows it. */
  inPanel?: boolean;
}

export interface PanelProps { record: Snapshot }

export interface KindSpec {
  name: string;
  icon: LucideIcon;
  /** What a record is called in lists, titles and links. */
  title: (fields: Fields) => string;
  subtitle: (fields: Fields) => string;
  fields: readonly FieldSpec[];
  sort: string;
  hasCustom?: boolean;
  /** Made by a form; what it begins with. */
  create?: Fields;
  /** Deleted one by one or many at once. */
  deletable?: boolean;
  exports?: boolean;
  /** What this kind has beside the general record page. */
  Panel?: LazyExoticComponent<ComponentType<PanelProps>>;
}

export const text = (value: unknown) => (typeof value === 'string' ? value : '');
export const list = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
