// A hub connection over one WebSocket (SignalR's JSON protocol), with ids and handlers that survive reconnection.
const end = '\u001e';
const lastWait = 10_000;

export class Hub {
  #handlers = new Map();
  #pending = new Map();
  #next = 1;
  #wait = 0;
  #socket;
  #beat;
  #closed = false;

  /** @param token gives the access token, asked anew for each connection; @param state hears 'live', 'catching up' and 'stale'. */
  constructor(token, state, connected) {
    Object.assign(this, { token, state, connected });
  }

  on(name, handler) { this.#handlers.set(name, handler); }

  open() {
    this.state('catching up');
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/hub?access_token=${encodeURIComponent(this.token())}`);
    this.#socket = socket;
    socket.onopen = () => socket.send(`{"protocol":"json","version":1}${end}`);
    socket.onmessage = ({ data }) => data.split(end).filter(Boolean).forEach(text => this.#take(JSON.parse(text)));
    socket.onclose = () => this.#lost(socket);
  }

  close() {
    this.#closed = true;
    this.#socket?.close();
  }

  invoke(target, ...args) {
    return new Promise((resolve, reject) => {
      if (this.#socket?.readyState !== WebSocket.OPEN) {
        reject(new Error('The line is down. What you wrote is kept; it is sent again when the line is back.'));
        return;
      }
      const invocationId = String(this.#next++);
      this.#pending.set(invocationId, { resolve, reject });
      this.#send({ type: 1, invocationId, target, arguments: args });
    });
  }

  #send(message) { this.#socket.send(JSON.stringify(message) + end); }

  #take(message) {
    this.#alive();
    switch (message.type) {
      case undefined: // The answer to the handshake.
        if (message.error) { this.#socket.close(); break; }
        this.#wait = 0;
        this.connected().then(() => this.state('live'), () => this.#socket.close());
        break;
      case 1: this.#handlers.get(message.target)?.(...message.arguments); break;
      case 3: this.#answer(message); break;
      case 7: this.#socket.close(); break;
    }
  }

  #answer({ invocationId, result, error }) {
    const waiting = this.#pending.get(invocationId);
    this.#pending.delete(invocationId);
    if (error) waiting?.reject(new Error(error));
    else waiting?.resolve(result);
  }

  // A server that says nothing for three beats is gone, whatever the socket believes.
  #alive() {
    clearTimeout(this.#beat);
    this.#beat = setTimeout(() => this.#socket.close(), 20_000);
  }

  #lost(socket) {
    if (socket !== this.#socket) return;
    clearTimeout(this.#beat);
    for (const { reject } of this.#pending.values()) reject(new Error('The line broke before the answer came.'));
    this.#pending.clear();
    if (this.#closed) return;
    this.state('stale');
    // Full jitter, so that all who lost one node do not come back at once.
    setTimeout(() => this.open(), Math.random() * (this.#wait = Math.min(lastWait, (this.#wait || 250) * 2)));
  }
}
