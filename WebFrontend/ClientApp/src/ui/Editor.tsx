// The control that edits a value, by type. It reports every change and says when its user is done.
import '@mantine/core/styles/Pill.css';
import '@mantine/core/styles/PillsInput.css';
import '@mantine/core/styles/Switch.css';
import { Select, Switch, TagsInput, TextInput } from '@mantine/core';
import { type KeyboardEvent, useId, useState } from 'react';
import type { Json } from '../engine/wire';
import { type FieldSpec, list, text } from '../kinds/kind';
import { useLabels } from '../texts';
import { MentionText } from './MentionText';
import { usePeople } from './people';

export interface EditorProps {
  kind: string;
  field: FieldSpec;
  value: Json;
  onChange: (value: Json) => void;
  /** The user has finished with it; a value that is chosen rather than typed comes with it. */
  onDone?: (value?: Json) => void;
  onCancel?: () => void;
  disabled?: boolean;
  autoFocus?: boolean;
  error?: string;
  describedBy?: string;
  /** Inside a cell of a list: no label to be seen. */
  bare?: boolean;
  /** Inside a popover, which closes when something outside of it is clicked: lists open within. */
  within?: boolean;
}

const numeric = (written: string) => {
  const plain = written.replace(',', '.').trim();
  return plain === '' ? null : Number.isFinite(Number(plain)) ? Number(plain) : written;
};

export function Editor(props: EditorProps) {
  const { kind, field, value, onChange, onDone, onCancel, disabled, autoFocus, error, describedBy, bare, within } = props;
  const labels = useLabels(kind);
  const people = usePeople();
  const label = labels.field(field);
  const shared = {
    ...(bare ? { 'aria-label': label } : { label }), disabled, error: error || undefined, 'data-autofocus': autoFocus || undefined, autoFocus, 'aria-describedby': describedBy,
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Escape') { event.stopPropagation(); onCancel?.(); }
    if (event.key === 'Enter' && (field.type !== 'longText' || event.ctrlKey || event.metaKey)) { event.preventDefault(); onDone?.(); }
  };
  switch (field.type) {
    case 'choice': case 'user': {
      const data = field.type === 'user' ? people.all : (field.options ?? []).map(option => ({ value: option, label: labels.option(field, option) }));
      return (
        <Select {...shared} data={data} value={text(value) || null} clearable={!field.required} searchable={data.length > 8} placeholder="–" defaultDropdownOpened={bare && autoFocus} comboboxProps={{ withinPortal: !within }}
          onChange={chosen => { onChange(chosen); onDone?.(chosen); }} onBlur={() => bare && onCancel?.()} onKeyDown={event => event.key === 'Escape' && onCancel?.()} />
      );
    }
    case 'flag':
      return (
        <Switch aria-label={bare ? label : undefined} label={bare ? undefined : label} disabled={disabled} checked={value === true} autoFocus={autoFocus}
          error={error || undefined} onChange={event => { onChange(event.currentTarget.checked); onDone?.(event.currentTarget.checked); }} onKeyDown={event => event.key === 'Escape' && onCancel?.()} />
      );
    case 'set': // What still stands in the input becomes an item as it is left: only after that the user is done.
      return (
        <TagsInput {...shared} comboboxProps={{ withinPortal: !within }} data={[...(field.options ?? [])]} value={list(value)} splitChars={[',', ';']} acceptValueOnBlur placeholder={list(value).length === 0 ? '–' : undefined}
          onChange={items => onChange(items.length > 0 ? items : null)} onBlur={() => setTimeout(() => onDone?.())} onKeyDown={event => event.key === 'Escape' && onCancel?.()} />
      );
    case 'parts': return <Parts {...props} />;
    case 'longText':
      return <MentionText {...shared} autosize minRows={bare ? 2 : 3} maxRows={14} value={text(value)} placeholder="–" onChange={onChange} onBlur={() => onDone?.()} onKeyDown={keys} />;
    case 'number': case 'counter':
      return (
        <TextInput {...shared} inputMode="decimal" value={value === null ? '' : String(value)} placeholder="–"
          onChange={event => onChange(event.currentTarget.value)} onBlur={event => onDone?.(numeric(event.currentTarget.value))}
          onKeyDown={event => { if (event.key === 'Enter') onDone?.(numeric(event.currentTarget.value)); if (event.key === 'Escape') onCancel?.(); }} />
      );
    case 'date':
      return <TextInput {...shared} type="date" value={text(value)} onChange={event => onChange(event.currentTarget.value || null)} onBlur={() => onDone?.()} onKeyDown={keys} />;
    default:
      return <TextInput {...shared} value={text(value)} placeholder="–" onChange={event => onChange(event.currentTarget.value)} onBlur={() => onDone?.()} onKeyDown={keys} />;
  }
}

/** An object of texts that is written as one, such as an address. It is done when the focus leaves all of it. */
function Parts({ kind, field, value, onChange, onDone, onCancel, disabled, error, bare }: EditorProps) {
  const labels = useLabels(kind);
  const id = useId();
  const [now, setNow] = useState(value);
  const parts = (value && typeof value === 'object' && !Array.isArray(value) ? value : {}) as Record<string, Json>;
  if (now !== value) setNow(value);
  const set = (name: string, written: string) => {
    const next = Object.fromEntries(Object.entries({ ...parts, [name]: written || null }).filter(([, part]) => part !== null));
    onChange(Object.keys(next).length > 0 ? next : null);
  };
  return (
    <fieldset className={bare ? 'parts bare' : 'parts'} aria-labelledby={id} onBlur={event => !event.currentTarget.contains(event.relatedTarget) && onDone?.()}
      onKeyDown={event => event.key === 'Escape' && onCancel?.()}>
      <legend id={id}>{labels.field(field)}</legend>
      {(field.parts ?? []).map((part, index) => (
        <TextInput key={part} aria-label={labels.part(field, part)} placeholder={labels.part(field, part)} value={text(parts[part])} disabled={disabled} autoFocus={bare && index === 0}
          className={`part-${part}`} onChange={event => set(part, event.currentTarget.value)} onKeyDown={event => event.key === 'Enter' && onDone?.()} />
      ))}
      {error && <p className="field-note bad">{error}</p>}
    </fieldset>
  );
}
