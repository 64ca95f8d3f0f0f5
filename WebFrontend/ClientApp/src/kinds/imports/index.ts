import { FileUp } from 'lucide-react';
import { lazy } from 'react';
import { type KindSpec, text } from '../kind';

export const imports: KindSpec = {
  name: 'imports',
  icon: FileUp,
  title: fields => text(fields.name),
  subtitle: fields => text(fields.encoding),
  sort: '-updatedAt',
  fields: [
    { name: 'name', type: 'text', width: 260, column: true, editable: false },
    { name: 'state', type: 'choice', options: ['running', 'done', 'failed', 'cancelled', 'reverting', 'reverted'], width: 120, column: true, editable: false, inPanel: true },
    { name: 'dryRun', type: 'flag', width: 110, column: true, editable: false, inPanel: true },
    { name: 'total', type: 'number', width: 100, column: true, editable: false, inPanel: true },
    { name: 'created', type: 'number', width: 100, column: true, editable: false, inPanel: true },
    { name: 'merged', type: 'number', width: 110, column: true, editable: false, inPanel: true },
    { name: 'skipped', type: 'number', width: 110, column: true, editable: false, inPanel: true },
    { name: 'failed', type: 'number', width: 100, column: true, editable: false, inPanel: true },
    { name: 'owner', type: 'user', width: 150, column: true, editable: false },
    { name: 'finishedAt', type: 'instant', width: 170, editable: false },
  ],
  Panel: lazy(() => import('./ImportPanel')),
};
