// What was written and not yet acknowledged, kept where a crash or a closed tab does not reach it.
import type { Conflict, Fields } from './wire';

/** One edit on its way. `before` holds the values that its writer saw, for the review when he comes back. */
export interface Command {
  id: string;
  ref: string;
  user: string;
  /** The tab that sends it, so that only the leader takes over what a closed tab left. */
  tab: string;
  fields: Fields;
  base: number;
  before: Fields;
  at: number;
  conflicts?: Conflict[];
}

export interface Queue {
  put(command: Command): Promise<void>;
  drop(id: string): Promise<void>;
  all(): Promise<Command[]>;
}

const database = 'crm';
const store = 'commands';

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** The queue in IndexedDB. Where a browser refuses one (private windows), it is kept in memory and lives as long as the tab. */
export class DiskQueue implements Queue {
  #open: Promise<IDBDatabase | undefined> | undefined;
  #memory = new Map<string, Command>();

  #database() {
    return this.#open ??= new Promise<IDBDatabase | undefined>(resolve => {
      if (!globalThis.indexedDB) { resolve(undefined); return; }
      const request = indexedDB.open(database, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(store, { keyPath: 'id' });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(undefined);
    });
  }

  async put(command: Command) {
    this.#memory.set(command.id, command);
    const db = await this.#database();
    if (db && this.#memory.has(command.id)) await done(db.transaction(store, 'readwrite').objectStore(store).put(command));
  }

  async drop(id: string) {
    this.#memory.delete(id);
    const db = await this.#database();
    if (db) await done(db.transaction(store, 'readwrite').objectStore(store).delete(id));
  }

  async all() {
    const db = await this.#database();
    const kept = db ? await done(db.transaction(store).objectStore(store).getAll() as IDBRequest<Command[]>) : [...this.#memory.values()];
    return kept.sort((a, b) => a.at - b.at);
  }
}
