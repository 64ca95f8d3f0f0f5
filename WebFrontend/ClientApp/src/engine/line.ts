// The connection to the hub. What it says of itself comes from what the server says, not from what the socket believes.
import { HttpTransportType, type HubConnection, HubConnectionBuilder, HubConnectionState, LogLevel } from '@microsoft/signalr';

/** `live`: everything shown is current. `catching`: connected, asking what was missed. `stale`: shown as it was at `since`. */
export interface LineState { phase: 'live' | 'catching' | 'stale' | 'off'; since: number }

/** What a call failed with: `code` as docs/protocol.md lists them, or `line.down` where no answer came. */
export class CallFault extends Error {
  constructor(readonly code: string, text: string) { super(text); }

  /** Whether the same call, with the same command id, may do better later. */
  get passing() { return ['line.down', 'unavailable', 'throttled', 'session.ended'].includes(this.code); }

  static of(thrown: unknown): CallFault {
    if (thrown instanceof CallFault) return thrown;
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    const told = /HubException: ([\w.]+): (.*)$/s.exec(text);
    return told ? new CallFault(told[1]!, told[2]!) : new CallFault('line.down', text);
  }
}

/** What the store needs of a connection; tests stand a model of the server in its place. */
export interface Wire {
  readonly state: LineState;
  invoke<T>(method: string, ...args: unknown[]): Promise<T>;
  on(method: string, handler: (message: never) => void): void;
  /** Called on each new connection, before it counts as live. */
  onResume(handler: () => Promise<void>): void;
  onState(handler: (state: LineState) => void): () => void;
}

const lastWait = 8_000;
const serverSilence = 12_000; // The server says something at least every 5 seconds.

export class Line implements Wire {
  state: LineState = { phase: 'off', since: Date.now() };
  #hub: HubConnection | undefined;
  #handlers = new Map<string, (message: never) => void>();
  #resumes: (() => Promise<void>)[] = [];
  #listeners = new Set<(state: LineState) => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #wanted = false;

  /** @param refused The server does not let us in with this token any more. */
  constructor(private readonly token: () => Promise<string>, private readonly refused: () => void = () => {}) {
    globalThis.addEventListener?.('online', () => this.hurry());
    globalThis.addEventListener?.('offline', () => this.#hub?.stop());
    globalThis.document?.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.hurry());
  }

  on(method: string, handler: (message: never) => void) {
    this.#handlers.set(method, handler);
    this.#hub?.on(method, message => handler(message as never)); // A page that is fetched later hears from now on.
  }

  onResume(handler: () => Promise<void>) { this.#resumes.push(handler); }

  onState(handler: (state: LineState) => void) {
    this.#listeners.add(handler);
    return () => { this.#listeners.delete(handler); };
  }

  open() {
    if (this.#wanted) return;
    this.#wanted = true;
    void this.#connect();
  }

  close() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    void this.#hub?.stop();
    this.#set('off');
  }

  /** Tries now what it would have tried later. */
  hurry() {
    if (!this.#wanted || this.#hub) return;
    clearTimeout(this.#timer);
    this.#tries = 0;
    void this.#connect();
  }

  async invoke<T>(method: string, ...args: unknown[]): Promise<T> {
    const hub = this.#hub;
    if (hub?.state !== HubConnectionState.Connected) throw new CallFault('line.down', 'The line is down.');
    try {
      return await hub.invoke<T>(method, ...args);
    } catch (thrown) {
      throw CallFault.of(thrown);
    }
  }

  async #connect() {
    const hub = new HubConnectionBuilder()
      .withUrl('/hub', { accessTokenFactory: this.token, transport: HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling })
      .configureLogging(LogLevel.None).build();
    this.#hub = hub;
    hub.serverTimeoutInMilliseconds = serverSilence;
    hub.keepAliveIntervalInMilliseconds = 5_000;
    hub.onclose(() => this.#lost(hub));
    for (const [method, handler] of this.#handlers) hub.on(method, message => handler(message as never));
    try {
      await hub.start();
      this.#set('catching');
      await Promise.all(this.#resumes.map(resume => resume()));
      if (this.#hub !== hub) return;
      this.#tries = 0;
      this.#set('live');
    } catch (thrown) {
      await hub.stop();
      this.#lost(hub);
      if (/\b401\b/.test(String(thrown))) this.refused();
    }
  }

  #lost(hub: HubConnection) {
    if (this.#hub !== hub) return;
    this.#hub = undefined;
    if (!this.#wanted) return;
    this.#set('stale');
    // Full jitter: everybody else has lost his connection too.
    const wait = Math.random() * Math.min(lastWait, 400 * 2 ** this.#tries++);
    this.#timer = setTimeout(() => { if (this.#wanted && !this.#hub) void this.#connect(); }, wait);
  }

  #set(phase: LineState['phase']) {
    if (phase === this.state.phase) return;
    // A failed attempt does not make the picture younger.
    const staleAlready = this.#stale !== undefined && phase !== 'live';
    if (phase === 'stale' && !staleAlready) this.#stale = Date.now();
    if (phase === 'live' || phase === 'off') this.#stale = undefined;
    this.state = { phase, since: this.#stale ?? Date.now() };
    for (const listener of [...this.#listeners]) listener(this.state);
  }

  #stale: number | undefined;
}
