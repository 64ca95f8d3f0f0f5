// What a collector is told: one trace for each change, from the call over its turn and its commit to the push.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Follower, signIn, start, until } from './product.mjs';
import { collector } from './spans.mjs';

let told, product, ana, bo;

before(async () => {
  told = await collector();
  product = await start({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: told.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_BSP_SCHEDULE_DELAY: '100', OTEL_METRIC_EXPORT_INTERVAL: '500',
      CRM_OPERATORS_PORT: '0',
    },
  });
  [ana, bo] = await Promise.all(['ana@acme.test', 'bo@acme.test'].map(user => signIn(product.url, user)));
}, { timeout: 120_000 });

after(async () => {
  await product?.dispose();
  await told?.stop();
});

const childOf = (parent, name) => told.spans.find(span => span.trace === parent.trace && span.parent === parent.id && span.name === name);

async function watched(name) {
  const { body } = await ana.rest('POST', '/api/v1/contacts', { body: { name } });
  const hub = await bo.hub();
  const screen = new Follower(hub, `contacts/${body.id}`);
  await screen.watch();
  return { id: body.id, hub, screen };
}

test('an edit over the hub is one trace from the call to the commit and the push', async () => {
  const { id, hub, screen } = await watched('Traced');
  const editor = await ana.hub();
  await editor.invoke('Edit', `contacts/${id}`, 1, { title: 'Countess' }, randomUUID());
  await until('the change', () => screen.version === 2);
  const call = await until('the span of the call', () => told.spans.find(span => /CrmHub\/Edit$/.test(span.name)));
  const turn = await until('the span of the turn', () => childOf(call, 'contacts.edit'));
  await until('the span of the commit', () => childOf(turn, 'journal.commit'));
  await until('the span of the push', () => childOf(turn, 'contacts.push'));
  await Promise.all([editor.stop(), hub.stop()]);
});

test('an edit over REST goes on in the trace of its caller', async () => {
  const { id, hub, screen } = await watched('Carried');
  const trace = randomUUID().replaceAll('-', '');
  const answer = await ana.rest('PATCH', `/api/v1/contacts/${id}`, {
    body: { title: 'Admiral' }, headers: { 'if-match': '"1"', traceparent: `00-${trace}-00f067aa0ba902b7-01` },
  });
  assert.equal(answer.status, 200);
  await until('the change', () => screen.version === 2);
  const call = await until('the span of the request', () => told.spans.find(span => span.trace === trace && span.parent === '00f067aa0ba902b7'));
  const turn = await until('the span of the turn', () => childOf(call, 'contacts.edit'));
  await until('the spans of commit and push', () => childOf(turn, 'journal.commit') && childOf(turn, 'contacts.push'));
  await hub.stop();
});

test('the collector and /metrics are told the same figures', async () => {
  const operators = /Operators find \/metrics at (http:\S+?)\.$/;
  const url = product.output.map(line => operators.exec(line)?.[1]).find(Boolean);
  const answer = await fetch(`${url}/metrics`);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const text = await answer.text();
  for (const name of ['crm.commands', 'crm.command.duration', 'crm.live.connections', 'crm.live.deliveries', 'crm.live.lag', 'crm.live.nudges', 'crm.journal.write.duration', 'crm.outbox.age']) {
    assert.match(text, new RegExp(`^# TYPE ${name.replaceAll('.', '_')}`, 'm'));
    await until(name, () => told.metrics.has(name));
  }
  assert.equal((await fetch(`${product.url}/metrics`)).status, 404);
});
