import { Contact } from 'lucide-react';
import { lazy } from 'react';
import { type KindSpec, list, text } from '../kind';

export const contacts: KindSpec = {
  name: 'contacts',
  icon: Contact,
  title: fields => text(fields.name) || text(fields.company) || list(fields.emails)[0] || '',
  subtitle: fields => [text(fields.title), text(fields.name) && text(fields.company)].filter(Boolean).join(' · '),
  sort: 'name',
  hasCustom: true,
  create: {},
  deletable: true,
  exports: true,
  fields: [
    { name: 'name', type: 'text', width: 220, column: true, onCreate: true },
    { name: 'company', type: 'text', width: 220, column: true, onCreate: true },
    { name: 'title', type: 'text', width: 180, column: true },
    { name: 'status', type: 'choice', options: ['lead', 'active', 'customer', 'inactive'], width: 120, column: true },
    { name: 'priority', type: 'choice', options: ['low', 'normal', 'high'], width: 110, column: true },
    { name: 'owner', type: 'user', width: 150, column: true },
    { name: 'emails', type: 'set', width: 230, column: true, onCreate: true, link: 'mailto' },
    { name: 'phones', type: 'set', width: 170, column: true, onCreate: true, link: 'tel' },
    { name: 'tags', type: 'set', width: 180 },
    { name: 'address', type: 'parts', parts: ['street', 'postalCode', 'city', 'region', 'country'], width: 220, wide: true },
    { name: 'notes', type: 'longText', width: 260, wide: true },
  ],
  Panel: lazy(() => import('./ContactPanel')),
};
