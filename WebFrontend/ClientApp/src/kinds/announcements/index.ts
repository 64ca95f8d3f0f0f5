import { Megaphone } from 'lucide-react';
import { type KindSpec, text } from '../kind';

export const announcements: KindSpec = {
  name: 'announcements',
  icon: Megaphone,
  title: fields => text(fields.title),
  subtitle: fields => text(fields.team),
  sort: '-createdAt',
  create: { critical: false },
  deletable: true,
  fields: [
    { name: 'title', type: 'text', width: 320, column: true, onCreate: true, required: true },
    { name: 'text', type: 'longText', width: 420, column: true, onCreate: true, wide: true },
    { name: 'critical', type: 'flag', width: 100, column: true, onCreate: true },
    { name: 'team', type: 'text', width: 160, column: true, onCreate: true },
    { name: 'until', type: 'instant', width: 170, column: true },
  ],
};
