// The fields that the tenant has added, live: a new one shows up while the page is open.
import { useMemo } from 'react';
import { records } from '../engine/app';
import { useList } from '../engine/hooks';
import { type FieldSpec, type FieldType, type KindSpec, list, text } from './kind';

const question = { sort: 'label' };

export function useFields(kind: KindSpec): readonly FieldSpec[] {
  const { view } = useList('fields', question, kind.hasCustom === true);
  return useMemo(() => {
    if (!kind.hasCustom) return kind.fields;
    const own = view.refs.map(ref => records.get(ref)?.fields ?? {}).filter(fields => fields.on === kind.name).map((fields): FieldSpec => ({
      name: `custom.${text(fields.name)}`, label: text(fields.label) || text(fields.name), type: text(fields.type) as FieldType, options: list(fields.options), required: fields.required === true,
      width: 160, wide: fields.type === 'longText',
    }));
    return [...kind.fields, ...own];
  }, [kind, view]);
}
