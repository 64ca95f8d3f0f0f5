import { Webhook } from 'lucide-react';
import { lazy } from 'react';
import { type KindSpec, text } from '../kind';

export const webhooks: KindSpec = {
  name: 'webhooks',
  icon: Webhook,
  title: fields => text(fields.name),
  subtitle: fields => text(fields.url),
  sort: 'name',
  create: { active: true },
  deletable: true,
  fields: [
    { name: 'name', type: 'text', width: 200, column: true, onCreate: true, required: true },
    { name: 'url', type: 'text', width: 380, column: true, onCreate: true, required: true },
    { name: 'kinds', type: 'set', options: ['contacts', 'imports', 'merges', 'users'], width: 240, column: true, onCreate: true },
    { name: 'active', type: 'flag', width: 100, column: true },
  ],
  Panel: lazy(() => import('./WebhookPanel')),
};
