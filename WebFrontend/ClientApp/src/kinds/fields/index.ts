import { ListPlus } from 'lucide-react';
import { type KindSpec, text } from '../kind';

export const fields: KindSpec = {
  name: 'fields',
  icon: ListPlus,
  title: values => text(values.label) || text(values.name),
  subtitle: values => [text(values.on), text(values.name)].filter(Boolean).join('.'),
  sort: 'label',
  create: { on: 'contacts', type: 'text' },
  deletable: true,
  fields: [
    { name: 'label', type: 'text', width: 220, column: true, onCreate: true },
    { name: 'name', type: 'text', width: 180, column: true, onCreate: true, required: true, editable: false },
    { name: 'on', type: 'choice', options: ['contacts'], width: 130, column: true, onCreate: true, required: true, editable: false },
    {
      name: 'type', type: 'choice', width: 140, column: true, onCreate: true, required: true, editable: false,
      options: ['text', 'longText', 'number', 'counter', 'flag', 'date', 'instant', 'choice', 'set', 'user'],
    },
    { name: 'options', type: 'set', width: 260, column: true, onCreate: true, wide: true },
    { name: 'required', type: 'flag', width: 110, column: true, onCreate: true },
  ],
};
