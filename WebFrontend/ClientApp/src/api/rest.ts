// REST, typed by the OpenAPI document.
import type { Fetching } from '../engine/lists';
import type { Session } from '../engine/session';
import { type Conflict, type Fields, nested, type Question, type WireRecord } from '../engine/wire';
import type { components, paths } from '../../generated/api';

export type Schemas = components['schemas'];

/** A path of the API as the OpenAPI document has it; one that is renamed there does not compile here. */
export type Path = keyof paths;

/** An answer that is no success, as problem+json tells it. */
export class Fault extends Error {
  constructor(
    readonly status: number, readonly code: string, text: string, readonly errors: Record<string, string[]> = {}, readonly conflicts: Conflict[] = [],
    readonly correlation?: string, readonly retryAfter?: number,
  ) { super(text); }
}

interface Request { body?: unknown; params?: Record<string, string>; query?: Record<string, string | number | boolean | undefined>; headers?: Record<string, string>; signal?: AbortSignal }

export class Rest implements Fetching {
  constructor(private readonly session: Session) {}

  get<T>(path: Path, request?: Request) { return this.json<T>('GET', path, request); }
  post<T>(path: Path, request?: Request) { return this.json<T>('POST', path, request); }

  async json<T>(method: string, path: Path, request: Request = {}): Promise<T> {
    const answer = await this.send(method, path, request);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  /** The answer itself, for files. */
  async send(method: string, path: Path, { body, params = {}, query = {}, headers = {}, signal }: Request = {}): Promise<Response> {
    const asked = Object.entries(query).filter(([, value]) => value !== undefined && value !== '').map(([name, value]) => [name, String(value)]);
    const route = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? '')) + (asked.length > 0 ? `?${new URLSearchParams(asked)}` : '');
    const raw = body instanceof Blob || body instanceof FormData;
    let answer: Response;
    try {
      answer = await fetch(route, {
        method, signal,
        headers: { authorization: `Bearer ${await this.session.token()}`, ...(body !== undefined && !raw ? { 'content-type': 'application/json' } : {}), ...headers },
        body: body === undefined ? undefined : raw ? body : JSON.stringify(body),
      });
    } catch (thrown) {
      if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown;
      throw new Fault(0, 'line.down', '');
    }
    if (answer.ok) return answer;
    const told = await answer.json().catch(() => ({})) as Partial<Schemas['Problem']>;
    if (answer.status === 401) this.session.lose();
    throw new Fault(
      answer.status, told.code ?? 'server.fault', told.detail ?? told.title ?? '', told.errors ?? {}, (told.conflicts ?? []) as unknown as Conflict[],
      told.correlationId, Number(answer.headers.get('retry-after')) || undefined);
  }

  // The routes of every kind are alike, so those of contacts stand for all of them.
  page(kind: string, question: Question, cursor?: string) {
    return this.get<{ items: WireRecord[]; next: string | null }>(of(kind, '/api/v1/contacts'), { query: { ...asked(question), limit: question.limit, cursor } });
  }

  async count(kind: string, question: Question) {
    return (await this.get<{ count: number }>(of(kind, '/api/v1/contacts/count'), { query: asked({ q: question.q, filter: question.filter }) })).count; // An order means nothing to a number.
  }

  record(kind: string, id: string) { return this.get<WireRecord>(of(kind, '/api/v1/contacts/{id}'), { params: { id } }); }

  create(kind: string, fields: Fields, key: string = crypto.randomUUID()) {
    return this.post<WireRecord>(of(kind, '/api/v1/contacts'), { body: nested(fields), headers: { 'idempotency-key': key } });
  }

  async remove(kind: string, id: string) { await this.send('DELETE', of(kind, '/api/v1/contacts/{id}'), { params: { id } }); }

  verb<T = { version: number; record?: WireRecord }>(kind: string, id: string, verb: string, body: unknown = {}) {
    return this.post<T>(`${of(kind, '/api/v1/contacts/{id}')}/${verb}` as Path, { params: { id }, body, headers: { 'idempotency-key': crypto.randomUUID() } });
  }

  history(kind: string, id: string, after = 0) {
    return this.get<Schemas['HistoryPage']>(of(kind, '/api/v1/contacts/{id}/history'), { params: { id }, query: { after, limit: 200 } });
  }
}

const of = (kind: string, path: Path) => path.replace('/contacts', `/${kind}`) as Path;
const asked = ({ q, filter, sort }: Question) => ({ q, filter: filter ? JSON.stringify(filter) : undefined, sort });
