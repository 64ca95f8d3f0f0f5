// What a person waits for, in figures. A machine that is busy with something else is told apart from a slow client by its load: there a test that misses its bound is skipped, and says so.
// CRM_SOAK=30 looks at the memory for 30 minutes instead of some seconds.
import assert from 'node:assert/strict';
import { availableParallelism, loadavg } from 'node:os';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { start, until } from '../Web/client/product.mjs';
import { caller, close, launch, open, person, row } from './browser.mjs';

const interactive = 1_000; // Milliseconds from asking for the page until one can type one's address.
const opening = 150; // From the click on a row until the record is painted.
const keystroke = 16; // From a key until what it wrote is painted, for 19 of 20 keys.
const rate = 50; // Changes of others a second, meanwhile.
const growth = 3 * 1024 * 1024; // Bytes that may stay after all those changes.
const soak = (Number(process.env.CRM_SOAK) || 0.25) * 60_000;
let product, browser, api, contacts;

before(async () => {
  // A frame is drawn as soon as it is ready: waiting for the screen is not the client's time.
  [product, browser] = await Promise.all([start(), launch(['--disable-frame-rate-limit', '--disable-gpu-vsync', '--js-flags=--expose-gc'])]);
  api = await caller(product.url, 'admin@acme.test');
  contacts = await Promise.all(Array.from({ length: 20 }, (_, at) => api.contact({ name: `Person ${at}`, company: 'Around the Horn', title: 'Buyer' })));
}, { timeout: 600_000 });

after(async () => {
  await browser?.close();
  await product?.dispose();
});

function judge(t, what, value, bound) {
  const busy = loadavg()[0] > availableParallelism() * 1.5;
  console.log(`${what}: ${value.toFixed(1)} ms (at most ${bound})`);
  if (value > bound && busy) t.skip(`the machine is busy with something else (load ${loadavg()[0].toFixed(0)}): ${what} cannot be judged`);
  else assert.ok(value <= bound, `${what} took ${value} ms`);
}

const median = times => times.toSorted((a, b) => a - b)[times.length >> 1];
const share = (times, part) => times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) * part)];

/** Others change records, so many times a second, until the function that it gives is called; that tells how many changes there were. */
function changes() {
  let going = true, made = 0;
  const versions = new Map(contacts.map(contact => [contact.id, contact.version]));
  const work = Promise.all(contacts.slice(0, 10).map(async (contact, at) => {
    await wait((1_000 / rate) * at);
    for (let due = Date.now(); going; due += (1_000 / rate) * 10) {
      const answer = await api.rest('PATCH', `/api/v1/contacts/${contact.id}`, { body: { title: `Buyer ${made++}` }, headers: { 'if-match': `"${versions.get(contact.id)}"` } });
      versions.set(contact.id, answer.body.version);
      await wait(Math.max(0, due + (1_000 / rate) * 10 - Date.now()));
    }
  }));
  return async () => {
    going = false;
    await work;
    contacts = contacts.map(contact => ({ ...contact, version: versions.get(contact.id) }));
    return made;
  };
}

test('the page of sign-in can be used within a second', async t => {
  const times = [];
  for (let pass = 0; pass < 3; pass++) {
    const page = await open(browser, 'about:blank');
    await page.addInitScript(() => {
      const look = () => (document.querySelector('input[name=email], input[type=email]') ? requestAnimationFrame(() => { globalThis.usable = performance.now(); }) : requestAnimationFrame(look));
      look();
    });
    await page.goto(product.url);
    times.push(await (await page.waitForFunction(() => globalThis.usable)).jsonValue());
    await close(page);
  }
  judge(t, 'sign-in can be used after', Math.min(...times), interactive);
});

test('a record is there at a click', async t => {
  const page = await person(browser, product.url, 'ana@acme.test');
  const times = [];
  for (const at of [11, 12, 13, 14, 15, 16]) {
    await row(page, `Person ${at}`).waitFor();
    times.push(await page.evaluate(name => new Promise(resolve => {
      const link = [...document.querySelectorAll('[data-row] a')].find(one => one.textContent === name);
      const began = performance.now();
      link.click();
      const look = () => (document.querySelector('h1')?.textContent === name && document.querySelector('.record-main .field input') ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began))) : requestAnimationFrame(look));
      look();
    }), `Person ${at}`));
    await page.getByRole('link', { name: 'Contacts', exact: true }).first().click();
  }
  judge(t, 'from the list to a record', median(times.slice(1)), opening); // The first one fetches the page's code.
  await close(page);
});

test('keys are painted at once while others change fifty things a second, and memory stays flat', async t => {
  const page = await person(browser, product.url, 'ana@acme.test');
  const stop = changes();
  await row(page, 'Person 0').getByRole('link').click();
  const notes = page.getByRole('textbox', { name: 'Notes', exact: true });
  await notes.click();
  await page.evaluate(() => {
    globalThis.keys = [];
    addEventListener('keydown', event => {
      const began = event.timeStamp;
      requestAnimationFrame(() => setTimeout(() => globalThis.keys.push(performance.now() - began)));
    }, true);
  });
  await notes.pressSequentially('She asked for an offer by Friday, and prefers the telephone to mail.', { delay: 30, timeout: 120_000 });
  judge(t, 'from a key to its picture, for 95 of 100', share(await page.evaluate(() => globalThis.keys), 0.95), keystroke);
  await page.getByRole('link', { name: 'Contacts', exact: true }).first().click();
  await row(page, 'Person 0').waitFor();

  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const heap = async () => {
    for (let pass = 0; pass < 3; pass++) await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Performance.getMetrics')).metrics.find(one => one.name === 'JSHeapUsedSize').value;
  };
  await wait(5_000); // What is kept for a while after a page was left goes.
  const first = await heap();
  await wait(soak);
  const last = await heap();
  const made = await stop();
  console.log(`memory: ${(first / 1e6).toFixed(1)} MB, after ${Math.round(soak / 1_000)} s more ${(last / 1e6).toFixed(1)} MB; ${made} changes in all`);
  assert.ok(made > 100, 'others did change something');
  assert.ok(last - first < growth, `${last - first} bytes stayed`);
  await until('the last change to be seen', async () => {
    const title = (await api.rest('GET', `/api/v1/contacts/${contacts[0].id}`)).body.fields.title;
    return row(page, 'Person 0').getByText(title, { exact: true }).isVisible();
  });
  assert.deepEqual(page.faults, []);
  await close(page);
});
