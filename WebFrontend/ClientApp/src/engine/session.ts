// Who is signed in. All tabs of a browser share it; a refresh token works once, so only one tab at a time trades it.
export interface Kept { access: string; refresh: string; expires: number; user: string; tenant: string }

export interface Me { userId: string; tenant: string; name: string; email: string; roles: string[]; permissions: string[] }

interface TokenAnswer { accessToken: string; expiresIn: number; refreshToken: string }

export class SignInFault extends Error {
  constructor(readonly status: number, readonly code: string, text: string, readonly retryAfter?: number) { super(text); }
}

const place = 'crm.session';
const early = 5 * 60_000; // A token is traded this long before it ends.

async function post(path: string, body: unknown): Promise<TokenAnswer> {
  let answer: Response;
  try {
    answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  } catch {
    throw new SignInFault(0, 'line.down', 'The server does not answer.');
  }
  const json = await answer.json().catch(() => ({})) as { code?: string; detail?: string } & TokenAnswer;
  if (!answer.ok) throw new SignInFault(answer.status, json.code ?? 'server.fault', json.detail ?? '', Number(answer.headers.get('retry-after')) || undefined);
  return json;
}

export class Session {
  #lost = false;
  #listeners = new Set<() => void>();

  constructor(private readonly storage: Storage = localStorage) {
    globalThis.addEventListener?.('storage', event => {
      if (event.key !== place) return;
      if (this.kept) this.#lost = false;
      this.#tell();
    });
  }

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  };

  get kept(): Kept | undefined {
    const text = this.storage.getItem(place);
    return text ? JSON.parse(text) as Kept : undefined;
  }

  /** The server has ended the session while a page was open: the page stays, and the password is asked for. */
  get lost() { return this.#lost; }

  state = () => (!this.kept ? 'out' : this.#lost ? 'lost' : 'in');

  lose() {
    if (this.#lost || !this.kept) return;
    this.#lost = true;
    this.#tell();
  }

  /** The access token, traded anew when it is about to end. */
  async token(): Promise<string> {
    const kept = this.kept;
    if (!kept) throw new SignInFault(401, 'access.unauthenticated', '');
    if (kept.expires - Date.now() > early) return kept.access;
    return this.#exclusive(async () => {
      const now = this.kept;
      if (now && now.expires - Date.now() > early) return now.access; // Another tab was quicker.
      try {
        return this.#keep(await post('/api/v1/auth/refresh', { refreshToken: (now ?? kept).refresh }), kept.user, kept.tenant).access;
      } catch (fault) {
        if (fault instanceof SignInFault && fault.status === 401) this.lose();
        throw fault;
      }
    });
  }

  async signIn(email: string, password: string, tenant?: string): Promise<Me> {
    const tokens = await post('/api/v1/auth/token', { email, password, ...(tenant ? { tenant } : {}) });
    const answer = await fetch('/api/v1/me', { headers: { authorization: `Bearer ${tokens.accessToken}` } });
    const me = await answer.json() as Me;
    this.#keep(tokens, me.userId, me.tenant);
    this.#lost = false;
    this.#tell();
    return me;
  }

  async signOut() {
    const kept = this.kept;
    this.storage.removeItem(place);
    this.#lost = false;
    this.#tell();
    if (kept) await fetch('/api/v1/auth/logout', { method: 'POST', headers: { authorization: `Bearer ${kept.access}` } }).catch(() => {});
  }

  #keep(tokens: TokenAnswer, user: string, tenant: string): Kept {
    const kept = { access: tokens.accessToken, refresh: tokens.refreshToken, expires: Date.now() + tokens.expiresIn * 1_000, user, tenant };
    this.storage.setItem(place, JSON.stringify(kept));
    return kept;
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    return navigator.locks ? navigator.locks.request('crm.refresh', work) as Promise<T> : work();
  }

  #tell() { for (const listener of [...this.#listeners]) listener(); }
}
