// What a list is narrowed down to: each condition a chip that can be changed and taken away.
import { ActionIcon } from '@mantine/core';
import { X } from 'lucide-react';
import { lazy } from 'react';
import type { Json } from '../engine/wire';
import type { FieldSpec } from '../kinds/kind';
import { useLabels, useT } from '../texts';
import { line } from '../ui/format';
import { usePeople } from '../ui/people';
import { Reach } from '../ui/Reach';
import { FilterButton } from './FilterButton';

export type Operator = 'eq' | 'ne' | 'in' | 'has' | 'contains' | 'startsWith' | 'gt' | 'gte' | 'lt' | 'lte' | 'empty';

export interface Condition { field: string; operator: Operator; value: Json }

export const operators: Partial<Record<FieldSpec['type'], Operator[]>> = {
  text: ['contains', 'eq', 'ne', 'startsWith', 'empty'], longText: ['contains', 'empty'], number: ['eq', 'gt', 'gte', 'lt', 'lte', 'empty'], counter: ['eq', 'gt', 'gte', 'lt', 'lte', 'empty'],
  flag: ['eq'], date: ['gte', 'lte', 'eq', 'empty'], instant: ['gte', 'lte', 'empty'], choice: ['in', 'ne', 'empty'], set: ['has', 'empty'], user: ['eq', 'ne', 'empty'], reference: ['eq', 'empty'],
};

/** The conditions of a filter that this bar made; a filter of another form (from a link) is undefined and stays as it is. */
export function conditionsOf(filter: Json | undefined): Condition[] | undefined {
  if (!filter || typeof filter !== 'object' || Array.isArray(filter)) return [];
  const all: Condition[] = [];
  for (const [field, test] of Object.entries(filter)) {
    if (field === 'or' || field === 'not' || test === null || Array.isArray(test)) return undefined;
    if (typeof test !== 'object') all.push({ field, operator: 'eq', value: test });
    else for (const [operator, value] of Object.entries(test)) all.push({ field, operator: operator as Operator, value });
  }
  return all;
}

export function filterOf(conditions: readonly Condition[]): Json | undefined {
  if (conditions.length === 0) return undefined;
  const filter: Record<string, Record<string, Json>> = {};
  for (const { field, operator, value } of conditions) filter[field] = { ...filter[field], [operator]: value };
  return filter;
}

const NewFilter = lazy(() => import('./NewFilter'));

interface Props { kind: string; fields: readonly FieldSpec[]; filter: Json | undefined; onChange: (filter: Json | undefined) => void }

export function FilterBar({ kind, fields, filter, onChange }: Props) {
  const t = useT();
  const labels = useLabels(kind);
  const people = usePeople();
  const conditions = conditionsOf(filter);
  const specs = new Map(fields.map(field => [field.name, field]));
  const usable = fields.filter(field => operators[field.type]);

  const words = ({ field, operator, value }: Condition) => {
    const spec = specs.get(field);
    if (operator === 'empty') return t(value ? 'op.isEmpty' : 'op.isSet');
    const one = (item: Json) => (spec?.type === 'user' ? people.name(String(item)) : spec?.type === 'choice' ? labels.option(spec, String(item)) : typeof item === 'boolean' ? (item ? labels.yes : labels.no) : line(item));
    return `${t(`op.${operator}`)} ${Array.isArray(value) ? value.map(one).join(', ') : one(value)}`;
  };

  return (
    <div className="filters">
      <Reach button={reach => <FilterButton onClick={reach} />}>
        <NewFilter kind={kind} fields={usable} onAdd={condition => onChange(filterOf([...(conditions ?? []).filter(one => one.field !== condition.field || one.operator !== condition.operator), condition]))} />
      </Reach>
      {conditions === undefined && <Chip text={t('filter.own')} remove={t('filter.remove')} onRemove={() => onChange(undefined)} />}
      {conditions?.map((condition, index) => {
        const spec = specs.get(condition.field);
        const name = spec ? labels.field(spec) : condition.field;
        return <Chip key={`${condition.field}.${condition.operator}`} strong={name} text={words(condition)} remove={t('filter.removeOf', { field: name })} onRemove={() => onChange(filterOf(conditions.filter((_, at) => at !== index)))} />;
      })}
    </div>
  );
}

function Chip({ strong, text, remove, onRemove }: { strong?: string; text: string; remove: string; onRemove: () => void }) {
  return <span className="filter-chip">{strong && <strong>{strong}</strong>} {text}<ActionIcon size="xs" aria-label={remove} onClick={onRemove}><X size={12} /></ActionIcon></span>;
}
