import { Users } from 'lucide-react';
import { lazy } from 'react';
import { type KindSpec, text } from '../kind';

export const users: KindSpec = {
  name: 'users',
  icon: Users,
  title: fields => text(fields.name) || text(fields.email),
  subtitle: fields => text(fields.email),
  sort: 'name',
  create: {},
  deletable: true,
  fields: [
    { name: 'name', type: 'text', width: 220, column: true, onCreate: true, required: true },
    { name: 'email', type: 'text', width: 240, column: true, onCreate: true, required: true, editable: false },
    { name: 'team', type: 'text', width: 160, column: true, onCreate: true },
    { name: 'roles', type: 'set', width: 200, column: true, editable: false, inPanel: true },
    { name: 'active', type: 'flag', width: 100, column: true, editable: false, inPanel: true },
  ],
  Panel: lazy(() => import('./UserPanel')),
};
