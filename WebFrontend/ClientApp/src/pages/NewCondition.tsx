// One more condition for a list.
import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Json } from '../engine/wire';
import type { FieldSpec } from '../kinds/kind';
import { useLabels, useT } from '../texts';
import { usePeople } from '../ui/people';
import { type Condition, type Operator, operators } from './FilterBar';

export default function NewCondition({ kind, fields, onAdd }: { kind: string; fields: readonly FieldSpec[]; onAdd: (condition: Condition) => void }) {
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
        ? (
          <Checkbox.Group label={t('filter.value')} value={Array.isArray(value) ? value.map(String) : []} onChange={setValue}>
            <div className="choices">{data.map(one => <Checkbox key={one.value} size="sm" value={one.value} label={one.label} />)}</div>
          </Checkbox.Group>
        )
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
