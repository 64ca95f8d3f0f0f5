import { ShieldCheck } from 'lucide-react';
import { lazy } from 'react';
import { type KindSpec, text } from '../kind';

export const roles: KindSpec = {
  name: 'roles',
  icon: ShieldCheck,
  title: fields => text(fields.name),
  subtitle: () => '',
  sort: 'name',
  create: {},
  deletable: true,
  fields: [
    { name: 'name', type: 'text', width: 200, column: true, onCreate: true, required: true },
    { name: 'permissions', type: 'set', width: 460, column: true, wide: true, inPanel: true },
    { name: 'hidden', type: 'set', width: 220, column: true, wide: true, inPanel: true },
    { name: 'readOnly', type: 'set', width: 220, column: true, wide: true, inPanel: true },
  ],
  Panel: lazy(() => import('./RolePanel')),
};
