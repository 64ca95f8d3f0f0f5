// Every kind the client knows, one line each.
import { contacts } from './contacts';
import { fields } from './fields';
import { imports } from './imports';
import type { KindSpec } from './kind';
import { merges } from './merges';
import { roles } from './roles';
import { users } from './users';
import { webhooks } from './webhooks';

/** In the order of navigation; `admin` kinds have a part of it of their own. */
export const kinds: readonly (KindSpec & { admin?: boolean })[] = [contacts, imports, merges, { ...users, admin: true }, { ...roles, admin: true }, { ...fields, admin: true }, { ...webhooks, admin: true }];

export const kindNamed = (name: string) => kinds.find(kind => kind.name === name);
