// The hub as the real SignalR client sees it, over each transport, and over a network that breaks.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { HttpTransportType } from '@microsoft/signalr';
import { Follower, signIn, start, until } from './product.mjs';

const transports = { WebSockets: HttpTransportType.WebSockets, ServerSentEvents: HttpTransportType.ServerSentEvents, LongPolling: HttpTransportType.LongPolling };
let product, ana, bo;

before(async () => {
  product = await start();
  [ana, bo] = await Promise.all(['ana@acme.test', 'bo@acme.test'].map(user => signIn(product.url, user)));
}, { timeout: 120_000 });

after(() => product?.dispose());

test('the three transports tell the same story', async () => {
  const stories = {};
  for (const [name, transport] of Object.entries(transports)) {
    stories[name] = await story(name, transport);
  }
  assert.deepEqual(stories.ServerSentEvents, stories.WebSockets);
  assert.deepEqual(stories.LongPolling, stories.WebSockets);
});

for (const [name, transport] of Object.entries(transports)) {
  test(`joining amid changes loses none and doubles none over ${name}`, async () => {
    const id = await contact(`Busy ${name}`);
    const ref = `contacts/${id}`;
    const editor = await ana.hub();
    let editing = true, edits = 0;
    const writer = (async () => {
      while (editing) {
        const outcome = await editor.invoke('Edit', ref, 1 + edits, { notes: `edit ${edits + 1}` }, randomUUID());
        assert.equal(outcome.version, 2 + edits++);
      }
    })();
    const hubs = await Promise.all(Array.from({ length: 5 }, () => bo.hub({ transport })));
    const screens = hubs.map(hub => new Follower(hub, ref));
    await Promise.all(screens.map(screen => screen.watch()));
    await until('some changes', () => screens.every(screen => screen.versions.length >= 20));
    editing = false;
    await writer;
    for (const screen of screens) {
      await until('the last change', () => screen.version === 1 + edits);
      assert.deepEqual(screen.faults, []);
      assert.equal(screen.fields.notes, `edit ${edits}`);
    }
    await Promise.all([editor, ...hubs].map(hub => hub.stop()));
  });
}

test('a client whose network breaks reconnects by itself and resumes by version', async () => {
  const network = await breakable(new URL(product.url));
  const user = await signIn(network.url, 'bo@acme.test');
  const id = await contact('Away');
  const ref = `contacts/${id}`;
  const hub = await user.hub({ reconnect: Array.from({ length: 200 }, () => 50) });
  const screen = new Follower(hub, ref);
  await screen.watch();
  const events = [];
  hub.onreconnecting(() => events.push('reconnecting'));
  hub.onreconnected(async () => {
    await screen.watch();
    events.push('resumed');
  });
  for (let round = 0; round < 3; round++) {
    events.length = 0;
    network.cut();
    await until('the loss to be noticed', () => events.includes('reconnecting'));
    for (let i = 0; i < 20; i++) {
      const version = 1 + round * 20 + i;
      const patched = await ana.rest('PATCH', `/api/v1/contacts/${id}`, { body: { notes: `note ${version}` }, headers: { 'if-match': `"${version}"` } });
      assert.equal(patched.status, 200);
    }
    network.mend();
    await until('the resumption', () => events.includes('resumed'));
    assert.equal(screen.caughtUp.length, 20);
    assert.equal(screen.version, 21 + round * 20);
  }
  assert.deepEqual([screen.faults, screen.fields.notes], [[], 'note 60']);
  await hub.stop();
  network.close();
});

test('who signs out is cut off on every connection, and told so', async () => {
  const user = await signIn(product.url, 'ana@globex.test');
  const hubs = await Promise.all(Object.values(transports).map(transport => user.hub({ transport })));
  const told = hubs.map(() => []);
  hubs.forEach((hub, i) => {
    hub.on('SignedOut', message => told[i].push(message.reason));
    hub.onclose(() => told[i].push('closed'));
  });
  assert.equal((await user.rest('POST', '/api/v1/auth/logout', { body: {} })).status, 204);
  await until('the end of all', () => told.every(events => events.includes('closed')));
  assert.deepEqual(told, hubs.map(() => ['ended', 'closed']));
});

async function contact(name, fields = {}) {
  const made = await ana.rest('POST', '/api/v1/contacts', { body: { name, ...fields } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body.id;
}

// Everything that the hub says of one contact's life, without what differs from one contact to the next.
async function story(name, transport) {
  const hub = await bo.hub({ transport });
  const heard = [];
  for (const message of ['Changed', 'ChangedMany', 'ListChanged', 'Removed']) {
    hub.on(message, payload => heard.push(...(message === 'ChangedMany' ? payload.map(change => ['Changed', change]) : [[message, payload]])));
  }
  const tag = `story-${name}`;
  const list = await hub.invoke('WatchList', 'contacts', { filter: { tags: { has: tag } }, sort: 'name' });
  const id = await contact('Story', { tags: [tag] });
  const ref = `contacts/${id}`;
  await until('the row', () => heard.some(([message]) => message === 'ListChanged'));
  const answers = [list, await hub.invoke('Watch', ref, null), await hub.invoke('Watch', ref, 1)];
  answers.push(await hub.invoke('Edit', ref, 1, { title: 'Owner' }, randomUUID()));
  answers.push(await hub.invoke('Edit', ref, 1, { title: 'Clerk' }, randomUUID()));
  answers.push(await hub.invoke('Edit', ref, 1, { phones: ['+49 30 12345'] }, randomUUID()));
  answers.push(await hub.invoke('Edit', ref, 1, { shoesize: 7 }, randomUUID()));
  await until('both changes', () => heard.filter(([message]) => message === 'Changed').length === 2 && heard.filter(([message]) => message === 'ListChanged').length >= 3);
  answers.push(await hub.invoke('Do', ref, 'delete', {}, randomUUID()));
  await until('the removal', () => heard.some(([message]) => message === 'Removed') && heard.at(-1)[0] !== 'Changed' && heard.filter(([message]) => message === 'ListChanged').length >= 4);
  answers.push(await hub.invoke('Watch', ref, null).catch(fault => fault.message));
  answers.push(await hub.invoke('Edit', ref).catch(fault => fault.message));
  await hub.stop();
  heard.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const text = JSON.stringify([answers, heard]).replaceAll(id, 'ID').replaceAll(tag, 'TAG');
  return JSON.parse(text.replace(/\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)/g, 'TIME'));
}

// A network of our own in front of the product, that can be cut and mended.
async function breakable(target) {
  const sockets = new Set();
  let whole = true;
  const server = createServer(near => {
    if (!whole) {
      near.destroy();
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [[near, far], [far, near]]) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => { sockets.delete(from); to.destroy(); });
    }
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    cut() { whole = false; for (const socket of sockets) socket.destroy(); },
    mend() { whole = true; },
    close() { this.cut(); server.close(); },
  };
}
