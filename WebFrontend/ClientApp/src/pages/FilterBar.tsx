// What a list is narrowed down to: each condition a chip that can be changed and taken away.
import { ActionIcon, Button, Popover, Select, TagsInput, TextInput } from '@mantine/core';
import { ListFilter, X } from 'lucide-react';
import { useState } from 'react';
import type { Json } from '../engine/wire';
import type { FieldSpec } from '../kinds/kind';
import { useLabels, useT } from '../texts';
import { line } from '../ui/format';
import { usePeople } from '../ui/people';

export type Operator = 'eq' | 'ne' | 'in' | 'has' | 'contains' | 'startsWith' | 'gt' | 'gte' | 'lt' | 'lte' | 'empty';

export interface Condition { field: string; operator: Operator; value: Json }

const operators: Partial<Record<FieldSpec['type'], Operator[]>> = {
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

interface Props { kind: string; fields: readonly FieldSpec[]; filter: Json | undefined; onChange: (filter: Json | undefined) => void }

export function FilterBar({ kind, fields, filter, onChange }: Props) {
  const t = useT();
  const labels = useLabels(kind);
  const people = usePeople();
  const [opened, setOpened] = useState(false);
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
      <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus returnFocus>
        <Popover.Target><Button variant="default" leftSection={<ListFilter size={15} />} onClick={() => setOpened(!opened)}>{t('filter')}</Button></Popover.Target>
        <Popover.Dropdown className="filter-drop">
          {opened && <NewCondition kind={kind} fields={usable} onAdd={condition => { onChange(filterOf([...(conditions ?? []).filter(one => one.field !== condition.field || one.operator !== condition.operator), condition])); setOpened(false); }} />}
        </Popover.Dropdown>
      </Popover>
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

function NewCondition({ kind, fields, onAdd }: { kind: string; fields: readonly FieldSpec[]; onAdd: (condition: Condition) => void }) {
  const t = useT();
  const labels = useLabels(kind);
  const people = usePeople();
  const [name, setName] = useState(fields[0]?.name ?? '');
  const field = fields.find(one => one.name === name);
  const allowed = field ? operators[field.type]! : [];
  const [chosen, setOperator] = useState<Operator>();
  const operator = chosen && allowed.includes(chosen) ? chosen : allowed[0];
  const [value, setValue] = useState<Json>(null);
  if (!field || !operator) return null;
  const numbers = field.type === 'number' || field.type === 'counter';
  const ready = operator === 'empty' || field.type === 'flag' || (Array.isArray(value) ? value.length > 0 : value !== null && value !== '');
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    const given = operator === 'empty' ? value !== false : field.type === 'flag' ? value !== false : numbers ? Number(String(value).replace(',', '.')) : value;
    onAdd({ field: name, operator, value: given });
  };
  const input = () => {
    if (operator === 'empty') return <Select label={t('filter.value')} data={[{ value: 'true', label: t('op.isEmpty') }, { value: 'false', label: t('op.isSet') }]} value={value === false ? 'false' : 'true'} allowDeselect={false} onChange={next => setValue(next === 'true')} comboboxProps={{ withinPortal: false }} />;
    if (field.type === 'flag') return <Select label={t('filter.value')} data={[{ value: 'true', label: labels.yes }, { value: 'false', label: labels.no }]} value={value === false ? 'false' : 'true'} allowDeselect={false} onChange={next => setValue(next === 'true')} comboboxProps={{ withinPortal: false }} />;
    if (field.type === 'choice') {
      const data = (field.options ?? []).map(option => ({ value: option, label: labels.option(field, option) }));
      return operator === 'in'
        ? <TagsInput label={t('filter.value')} data={data.map(one => one.label)} value={(Array.isArray(value) ? value : []).map(one => labels.option(field, String(one)))} comboboxProps={{ withinPortal: false }}
            onChange={items => setValue(items.map(item => data.find(one => one.label === item)?.value).filter((item): item is string => item !== undefined))} />
        : <Select label={t('filter.value')} data={data} value={typeof value === 'string' ? value : null} onChange={setValue} comboboxProps={{ withinPortal: false }} />;
    }
    if (field.type === 'user') return <Select label={t('filter.value')} searchable data={people.all} value={typeof value === 'string' ? value : null} onChange={setValue} comboboxProps={{ withinPortal: false }} />;
    const date = field.type === 'date' || field.type === 'instant';
    return <TextInput label={t('filter.value')} type={date ? 'date' : 'text'} inputMode={numbers ? 'decimal' : undefined} value={typeof value === 'string' ? value : ''} onChange={event => setValue(event.currentTarget.value)} />;
  };
  return (
    <form className="stack" onSubmit={submit}>
      <Select label={t('filter.field')} data-autofocus searchable data={fields.map(one => ({ value: one.name, label: labels.field(one) }))} value={name} allowDeselect={false} comboboxProps={{ withinPortal: false }}
        onChange={next => { setName(next ?? ''); setValue(null); setOperator(undefined); }} />
      <Select label={t('filter.condition')} data={allowed.map(one => ({ value: one, label: t(`op.${one}`) }))} value={operator} allowDeselect={false} comboboxProps={{ withinPortal: false }}
        onChange={next => { setOperator(next as Operator); setValue(null); }} />
      {input()}
      <Button type="submit" disabled={!ready}>{t('filter.add')}</Button>
    </form>
  );
}
