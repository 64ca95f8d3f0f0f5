// Starts the product as a user would, on a free port and a folder of its own, and speaks to it through the public API alone.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HubConnectionBuilder, LogLevel, HttpTransportType } from '@microsoft/signalr';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const password = 'Correct-Horse-42!';

export async function start({ data, env = {} } = {}) {
  if (process.env.CRM_URL) return { url: process.env.CRM_URL, dispose: async () => {} }; // For whoever writes a test against a product that runs already.
  const folder = data ?? (await mkdtemp(path.join(tmpdir(), 'crm-')));
  const child = spawn(path.join(root, 'crm'), ['up'], {
    cwd: root,
    env: { ...process.env, CRM_PORT: '0', CRM_DATA: folder, CRM_SEED: 'demo', CRM_ENGINE: 'embedded', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  const exited = new Promise(resolve => child.once('exit', (code, signal) => resolve({ code, signal })));
  const url = await new Promise((resolve, reject) => {
    const onLine = line => {
      output.push(line);
      const ready = /^ready: (http:\S+)$/.exec(line);
      if (ready) resolve(ready[1]);
    };
    createInterface({ input: child.stdout }).on('line', onLine);
    createInterface({ input: child.stderr }).on('line', line => output.push(line));
    exited.then(({ code, signal }) => reject(new Error(`crm up ended (${code ?? signal}) before it was ready:\n${output.join('\n')}`)));
  });
  return {
    url, folder, output, exited, pid: child.pid,
    async stop() {
      child.kill('SIGTERM');
      return exited;
    },
    async kill() {
      child.kill('SIGKILL');
      return exited;
    },
    async dispose() {
      if (child.exitCode === null && child.signalCode === null) {
        await this.stop();
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Signs in and gives a small client: rest(method, path, options) and hub(). */
export async function signIn(url, email) {
  const answer = await fetch(`${url}/api/v1/auth/token`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password }),
  });
  if (answer.status !== 200) {
    throw new Error(`sign-in of ${email}: ${answer.status} ${await answer.text()}`);
  }
  const tokens = await answer.json();
  return {
    tokens,
    async rest(method, route, { body, headers = {} } = {}) {
      const json = body !== undefined && typeof body !== 'string';
      const response = await fetch(url + route, {
        method,
        headers: { authorization: `Bearer ${tokens.accessToken}`, ...(json ? { 'content-type': 'application/json' } : {}), ...headers },
        body: json ? JSON.stringify(body) : body,
      });
      const text = await response.text();
      let parsed = text;
      try { parsed = JSON.parse(text); } catch { /* Not JSON: the text itself. */ }
      return { status: response.status, headers: response.headers, body: parsed };
    },
    async hub({ transport = HttpTransportType.WebSockets, reconnect } = {}) {
      const builder = new HubConnectionBuilder()
        .withUrl(`${url}/hub`, { accessTokenFactory: () => tokens.accessToken, transport })
        .configureLogging(LogLevel.None);
      const connection = (reconnect ? builder.withAutomaticReconnect(reconnect) : builder).build();
      await connection.start();
      return connection;
    },
  };
}

/** Waits for a condition, never for a time; the limit only ends a wait that would not end. */
export async function until(what, condition, limit = 15_000) {
  const end = Date.now() + limit;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
    await new Promise(resolve => setImmediate(() => setTimeout(resolve, 10)));
  }
}

/** A record as a careful client keeps it: folds what comes, and notes whatever must not happen. */
export class Follower {
  constructor(connection, ref) {
    this.connection = connection;
    this.ref = ref;
    this.faults = [];
    this.versions = [];
    connection.on('Changed', change => this.take(change));
    connection.on('ChangedMany', changes => changes.forEach(change => this.take(change)));
    connection.on('Resync', ({ refs }) => refs.includes(this.ref) && this.watch());
    connection.on('Removed', removed => { if (removed.ref === this.ref) this.removed = removed; });
  }

  // The answer comes before the changes that follow it, but where both are in one packet the library calls the handlers of
  // the changes before the code that awaits the answer goes on: so changes wait until it has.
  async watch() {
    const waiting = (this.waiting = []);
    const answer = await this.connection.invoke('Watch', this.ref, this.version ?? null);
    this.waiting = undefined;
    this.adopt(answer);
    waiting.forEach(change => this.take(change));
    return answer;
  }

  adopt(answer) {
    if (answer.record) {
      this.fields = answer.record.fields;
      this.version = answer.version;
    } else {
      this.caughtUp = answer.changes;
      answer.changes.forEach(change => this.take({ ...change, ref: this.ref }));
    }
  }

  take(change) {
    if (change.ref !== this.ref) return;
    if (this.waiting) {
      this.waiting.push(change);
      return;
    }
    if (change.version !== this.version + 1) {
      this.faults.push(`version ${change.version} came after ${this.version}`);
    }
    this.version = change.version;
    this.versions.push(change.version);
    for (const [name, { to }] of Object.entries(change.fields ?? change.changes)) {
      if (to === null) delete this.fields[name];
      else this.fields[name] = to;
    }
  }
}
