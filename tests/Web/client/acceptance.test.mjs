// The main job, end to end, as two salespeople, a colleague who was away and a stranger live it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Follower, signIn, start, until } from './product.mjs';

let product, ana, bo, stranger, ref, id;

before(async () => {
  product = await start();
  [ana, bo, stranger] = await Promise.all(['ana@acme.test', 'bo@acme.test', 'ana@globex.test'].map(user => signIn(product.url, user)));
}, { timeout: 120_000 });

after(() => product?.dispose());

test('a CSV file becomes contacts, each once', async () => {
  const csv = await readFile(new URL('./northwind-customers.csv', import.meta.url), 'utf8');
  const job = await importCsv(csv);
  assert.deepEqual([job.total, job.created, job.errors.length], [91, 91, 0]);

  const again = await importCsv(csv);
  assert.deepEqual([again.total, again.created], [91, 0], 'the same file makes no second contact');

  const found = await ana.rest('GET', '/api/v1/contacts?q=alfrds%20futterkiste');
  assert.equal(found.status, 200);
  const contact = found.body.items[0];
  assert.deepEqual([contact.fields.company, contact.fields.name, contact.version], ['Alfreds Futterkiste', 'Maria Anders', 1]);
  id = contact.id;
  ref = `contacts/${id}`;
});

test('two people edit different fields from one base and both see both', async () => {
  const [hubA, hubB] = await Promise.all([ana.hub(), bo.hub()]);
  const [screenA, screenB] = [new Follower(hubA, ref), new Follower(hubB, ref)];
  await Promise.all([screenA.watch(), screenB.watch()]);

  const outcomes = await Promise.all([
    hubA.invoke('Edit', ref, 1, { phones: ['+49 30 0074322'] }, randomUUID()),
    hubB.invoke('Edit', ref, 1, { title: 'Head of Sales' }, randomUUID()),
  ]);

  assert.deepEqual(outcomes.map(outcome => outcome.status).sort(), ['applied', 'merged']);
  for (const screen of [screenA, screenB]) {
    await until('both edits on each screen', () => screen.version === 3);
    assert.deepEqual([screen.fields.phones, screen.fields.title], [['+49 30 0074322'], 'Head of Sales']);
    assert.deepEqual([screen.faults, screen.versions], [[], [2, 3]]);
  }

  const first = await hubA.invoke('Edit', ref, 3, { title: 'Director' }, randomUUID());
  const second = await hubB.invoke('Edit', ref, 3, { title: 'Owner' }, randomUUID());
  assert.deepEqual([first.status, first.version], ['applied', 4]);
  assert.equal(second.status, 'conflict');
  const { field, base, theirs, yours } = second.conflicts[0];
  assert.deepEqual({ field, base, theirs, yours }, { field: 'title', base: 'Head of Sales', theirs: 'Director', yours: 'Owner' });
  await Promise.all([hubA.stop(), hubB.stop()]);
});

test('who was away catches up exactly', async () => {
  const away = await bo.hub();
  const screen = new Follower(away, ref);
  await screen.watch();
  await away.stop();
  const seen = screen.version;
  for (let i = 1; i <= 25; i++) {
    const patched = await ana.rest('PATCH', `/api/v1/contacts/${id}`, { body: { notes: `note ${i}` }, headers: { 'if-match': `"${seen + i - 1}"` } });
    assert.equal(patched.status, 200);
  }

  const back = await bo.hub();
  const resumed = new Follower(back, ref);
  Object.assign(resumed, { version: seen, fields: screen.fields });
  await resumed.watch();

  await until('the whole tail', () => resumed.version === seen + 25);
  assert.deepEqual(resumed.versions, Array.from({ length: 25 }, (_, i) => seen + 1 + i));
  assert.deepEqual([resumed.faults, resumed.fields.notes], [[], 'note 25']);
  await back.stop();
});

test('a live list takes in what now belongs and lets go of what does not', async () => {
  const hub = await bo.hub();
  const changes = [];
  hub.on('ListChanged', change => changes.push(change));
  const list = await hub.invoke('WatchList', 'contacts', { q: null, filter: { priority: 'high' }, sort: 'name', limit: 50 });
  assert.equal(list.items.length, 0);

  const version = (await ana.rest('GET', `/api/v1/contacts/${id}`)).body.version;
  await ana.rest('PATCH', `/api/v1/contacts/${id}`, { body: { priority: 'high' }, headers: { 'if-match': `"${version}"` } });
  await until('the row comes', () => changes.some(change => change.subscription === list.subscription && change.upserts.some(row => row.id === id)));
  await ana.rest('PATCH', `/api/v1/contacts/${id}`, { body: { priority: 'low' }, headers: { 'if-match': `"${version + 1}"` } });
  await until('the row goes', () => changes.some(change => change.removed.includes(id)));
  await hub.stop();
});

test('a stranger sees none of it, by any route', async () => {
  const missing = await stranger.rest('GET', '/api/v1/contacts/00000000-0000-0000-0000-000000000000');
  const same = body => { const { correlationId, instance, ...rest } = body; return rest; };
  for (const [method, route, options] of [
    ['GET', `/api/v1/contacts/${id}`],
    ['PATCH', `/api/v1/contacts/${id}`, { body: { title: 'x' }, headers: { 'if-match': '"1"' } }],
    ['DELETE', `/api/v1/contacts/${id}`],
    ['POST', `/api/v1/contacts/${id}/restore`, { body: {} }],
    ['POST', `/api/v1/contacts/${id}/undo`, { body: { version: 2 } }],
    ['GET', `/api/v1/contacts/${id}/history`],
    ['GET', `/api/v1/contacts/${id}/duplicates`],
    ['POST', `/api/v1/contacts/${id}/merge`, { body: { with: [id] } }],
  ]) {
    const answer = await stranger.rest(method, route, options);
    assert.equal(answer.status, 404, `${method} ${route}: ${JSON.stringify(answer.body)}`);
    assert.deepEqual(same(answer.body), same(missing.body), `${method} ${route}`);
  }
  assert.deepEqual((await stranger.rest('GET', '/api/v1/contacts?q=alfreds')).body.items, []);
  assert.ok(!JSON.stringify((await stranger.rest('GET', '/api/v1/contacts?limit=200')).body).includes('Futterkiste'));

  const hub = await stranger.hub();
  const heard = [];
  for (const message of ['Changed', 'ChangedMany', 'ListChanged', 'Removed']) hub.on(message, payload => heard.push(payload));
  await assert.rejects(hub.invoke('Watch', ref, null), /record\.missing/);
  assert.deepEqual((await hub.invoke('WatchList', 'contacts', { q: 'alfreds', limit: 50 })).items, []);
  const edit = await hub.invoke('Edit', ref, 1, { title: 'x' }, randomUUID());
  assert.deepEqual([edit.status, edit.errors[0].code], ['rejected', 'record.missing']);
  const version = (await ana.rest('GET', `/api/v1/contacts/${id}`)).body.version;
  await ana.rest('PATCH', `/api/v1/contacts/${id}`, { body: { title: 'Canary' }, headers: { 'if-match': `"${version}"` } });
  await hub.invoke('WatchList', 'contacts', { q: 'canary', limit: 50 }); // A round trip after the change: what had been sent is here.
  assert.deepEqual(heard, []);
  await hub.stop();
});

test('kill -9 in the middle of 1,000 edits loses nothing that was acknowledged', async () => {
  const made = await Promise.all(Array.from({ length: 20 }, (_, i) => ana.rest('POST', '/api/v1/contacts', { body: { name: `Kill Test ${i}` } })));
  assert.deepEqual(made.filter(answer => answer.status !== 201), []);
  const ids = made.map(answer => answer.body.id);
  const hub = await ana.hub();
  const acknowledged = [], unknown = [], refused = [];
  let done = 0, killed;
  const workers = ids.map(async contact => {
    for (let n = 1; n <= 50; n++) {
      const command = [`contacts/${contact}`, n, { notes: `edit ${n}` }, randomUUID()];
      try {
        const outcome = await hub.invoke('Edit', ...command);
        if (outcome.status !== 'applied') {
          refused.push(outcome);
          return;
        }
        acknowledged.push({ contact, version: outcome.version, notes: `edit ${n}` });
        if (++done === 500) killed = product.kill();
      } catch {
        unknown.push({ contact, command });
        return;
      }
    }
  });
  await Promise.all(workers);
  await killed;
  assert.deepEqual(refused, [], 'nobody else edits');
  assert.ok(acknowledged.length >= 500 && acknowledged.length < 1000, `${acknowledged.length} acknowledged`);
  await hub.stop();

  product = await start({ data: product.folder });
  ana = await signIn(product.url, 'ana@acme.test');
  const again = await ana.hub();
  for (const { command } of unknown) {
    const outcome = await again.invoke('Edit', ...command);
    assert.ok(['applied', 'merged'].includes(outcome.status), `an unknown edit can be sent again: ${JSON.stringify(outcome)}`);
  }
  await again.stop();
  for (const contact of ids) {
    const { body } = await ana.rest('GET', `/api/v1/contacts/${contact}/history?after=0`);
    assert.deepEqual(body.items.map(change => change.version), body.items.map((_, i) => i + 1), 'no gap, no double');
    for (const { version, notes } of acknowledged.filter(edit => edit.contact === contact)) {
      assert.equal(body.items[version - 1].changes.notes.to, notes);
    }
  }
});

async function importCsv(csv) {
  const accepted = await ana.rest('POST', '/api/v1/contacts/import', { body: csv, headers: { 'content-type': 'text/csv' } });
  assert.equal(accepted.status, 202, JSON.stringify(accepted.body));
  const location = new URL(accepted.headers.get('location'), product.url).pathname;
  return until('the import', async () => {
    const { body } = await ana.rest('GET', location);
    const job = body.fields ?? body;
    assert.notEqual(job.state, 'failed', JSON.stringify(job));
    return job.state === 'done' && job;
  });
}
