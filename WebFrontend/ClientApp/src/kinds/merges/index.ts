import { Merge } from 'lucide-react';
import { lazy } from 'react';
import { type KindSpec, text } from '../kind';

export const merges: KindSpec = {
  name: 'merges',
  icon: Merge,
  title: fields => text(fields.winner),
  subtitle: fields => text(fields.state),
  sort: '-updatedAt',
  fields: [
    { name: 'winner', type: 'reference', refersTo: 'contacts', width: 260, column: true, editable: false },
    { name: 'state', type: 'choice', options: ['merging', 'done', 'refused', 'reverting', 'reverted'], width: 130, column: true, editable: false },
  ],
  Panel: lazy(() => import('./MergePanel')),
};
