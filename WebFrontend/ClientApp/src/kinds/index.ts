// Every kind the client knows, one line each.
import { announcements } from './announcements';
import { contacts } from './contacts';
import { fields } from './fields';
import { imports } from './imports';
import type { KindSpec } from './kind';
import { merges } from './merges';
import { roles } from './roles';
import { users } from './users';
import { webhooks } from './webhooks';

/** In the order of navigation; `admin` kinds have a part of it of their own, for those who hold what one `needs`: to read it, unless it says. */
export const kinds: readonly (KindSpec & { admin?: boolean; needs?: string })[] = [contacts, imports, merges, { ...users, admin: true }, { ...roles, admin: true }, { ...fields, admin: true }, { ...webhooks, admin: true }, { ...announcements, admin: true, needs: 'announcements.create' }];

export const kindNamed = (name: string) => kinds.find(kind => kind.name === name);
