// What people are told: once, on one device, in words that say why, and read everywhere once it is read anywhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start, until } from '../Web/client/product.mjs';
import { accessible, caller, close, field, launch, live, open, person, pictures, write } from './browser.mjs';

let product, browser, admin, bo, people;

before(async () => {
  [product, browser] = await Promise.all([start(), launch()]);
  [admin, bo] = await Promise.all(['admin@acme.test', 'bo@acme.test'].map(user => caller(product.url, user)));
  people = Object.fromEntries((await admin.rest('GET', '/api/v1/users?limit=200')).body.items.map(user => [user.fields.email.split('@')[0], user]));
}, { timeout: 400_000 });

after(async () => {
  await browser?.close();
  await product?.dispose();
});

const bell = page => page.locator('.sidebar .bell');
const unread = (page, count) => page.waitForFunction(wanted => (document.querySelector('.sidebar .bell-count')?.textContent ?? '0') === String(wanted), count, { polling: 50 });
const popUps = async pages => (await Promise.all(pages.map(page => page.locator('.pop-up').count()))).reduce((sum, count) => sum + count, 0);
const panel = page => page.getByRole('dialog', { name: 'Notifications' });
const rowWith = (page, text) => page.locator('.notice').filter({ hasText: text });
const calm = async (...pages) => { for (const page of pages) assert.deepEqual(page.faults, []); };

/** Nothing unread, so that each test counts its own. */
async function none(user) {
  const api = await caller(product.url, user);
  while ((await api.rest('POST', '/api/v1/notices/readAll', { body: {} })).body.more);
  return api;
}

/** Bo writes of somebody in the notes of a new customer. */
async function mention(name, who) {
  const record = await bo.contact({ name });
  return bo.patch(record, { notes: `Please call, @${who}` });
}

async function another(page, url) {
  const tab = await page.context().newPage();
  tab.faults = [];
  tab.on('pageerror', fault => tab.faults.push(fault.message));
  await tab.goto(url);
  await live(tab);
  return tab;
}

test('a mention pops up once although two tabs and two devices are open, and what is read on one vanishes on the other', async () => {
  await none('ana@acme.test');
  const desk = await person(browser, product.url, 'ana@acme.test');
  const tab = await another(desk, `${product.url}/contacts`);
  const phone = await person(browser, product.url, 'ana@acme.test', { viewport: { width: 1200, height: 800 } });
  const all = [desk, tab, phone];
  await mention('Once And Only Once', 'ana');
  await Promise.all(all.map(page => unread(page, 1)));
  await until('a pop-up', async () => (await popUps(all)) > 0);
  const shown = (await caller(product.url, 'ana@acme.test')).rest;
  await until('the notice knows that it was delivered and shown', async () => {
    const ledger = (await shown('GET', '/api/v1/notices?sort=-createdAt&limit=1')).body.items[0]?.fields;
    return ledger?.delivered && ledger.shown;
  });
  assert.equal(await popUps(all), 1);
  const showing = (await desk.locator('.pop-up').count()) > 0 ? desk : (await tab.locator('.pop-up').count()) > 0 ? tab : phone;
  await showing.bringToFront();
  await showing.locator('.pop-up').getByText(/mentioned you in Once And Only Once/).waitFor();
  await showing.screenshot({ path: `${pictures}notice-pop-up.png` });
  await accessible(showing, 'pop-up');

  const [reader, other] = showing === phone ? [desk, phone] : [phone, showing];
  await bell(reader).click();
  await rowWith(reader, 'Once And Only Once').getByRole('button', { name: 'Mark as read' }).click();
  const from = Date.now();
  await unread(other, 0);
  console.log(`read on one device, gone on the other after ${Date.now() - from} ms`);
  await other.locator('.pop-up').waitFor({ state: 'detached' });
  await Promise.all(all.map(page => unread(page, 0)));
  await calm(...all);
  await close(desk, phone);
});

test('the panel says why, a correction is followed by the next one, and the text leads to the record and the change', async () => {
  const ana = await none('ana@acme.test');
  const page = await person(browser, product.url, 'ana@acme.test');
  await admin.contact({ name: 'Valued Customer', priority: 'high', owner: people.ana.id });
  await mention('Why This One', 'ana');
  await unread(page, 2);
  await page.keyboard.press('n');
  await panel(page).waitFor();
  await page.locator('.notice').first().getByText(/Valued Customer has high priority/).waitFor();
  await rowWith(page, 'Why This One').getByRole('button', { name: 'Why you see this' }).click();
  await page.getByText('Somebody named you').waitFor();
  await page.screenshot({ path: `${pictures}notice-why.png` });
  await accessible(page, 'panel of notices');

  const score = async () => (await ana.rest('GET', `/api/v1/notices?sort=-createdAt&limit=1&filter=${encodeURIComponent('{"event":"mention"}')}`)).body.items[0].fields.score;
  const first = await score();
  await page.getByRole('button', { name: 'Less of this' }).click();
  await page.getByText('the next ones of this sort stand lower').waitFor();
  await mention('And The Next', 'ana');
  await unread(page, 3);
  assert.ok(await score() < first * 0.8, `${await score()} after ${first}`);

  await rowWith(page, 'Why This One').getByRole('button', { name: /mentioned you/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Why This One' }).waitFor();
  await page.locator('.history > li[data-told]').getByText('@ana').waitFor();
  await unread(page, 2);
  await page.screenshot({ path: `${pictures}notice-change.png` });
  await calm(page);
  await close(page);
});

test('all of it is found again by what it was, at a desk and on a phone, in the dark and in German', async () => {
  await none('ana@acme.test');
  await mention('Found Again', 'ana');
  const page = await person(browser, product.url, 'ana@acme.test');
  await page.goto(`${product.url}/notices`);
  await rowWith(page, 'Found Again').waitFor();
  await page.getByLabel('Read or unread').selectOption('unread');
  await until('only what is unread', async () => (await page.locator('.notice').count()) === 1);
  await page.getByLabel('Importance').selectOption('critical');
  await page.getByText('No notifications').waitFor();
  await page.getByLabel('Importance').selectOption('');
  await page.getByLabel('Read or unread').selectOption('all');
  await rowWith(page, 'Found Again').waitFor();
  await page.screenshot({ path: `${pictures}notices.png` });
  await accessible(page, 'notices');

  const small = await german({ viewport: { width: 390, height: 844 }, colorScheme: 'dark', locale: 'de-DE' });
  await small.locator('.phone-bar .bell').click();
  await rowWith(small, 'Found Again').getByText(/hat Sie in Found Again erwähnt/).waitFor();
  await rowWith(small, 'Found Again').getByRole('button', { name: 'Warum Sie das sehen' }).click();
  await small.screenshot({ path: `${pictures}notices-phone-dark-german.png` });
  await accessible(small, 'notices on a phone');
  assert.ok(await small.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than the phone');
  await calm(page, small);
  await close(page, small);
});

async function german(options) {
  const page = await open(browser, product.url, options);
  await page.locator('input[type=email], input[name=email]').first().fill('ana@acme.test');
  await page.locator('input[type=password]').fill('Correct-Horse-42!');
  await page.locator('button[type=submit]').click();
  await live(page);
  return page;
}

test('@ offers people, and who may not see the record is told nothing while the writer is told so and can ask', async () => {
  const guest = (await admin.rest('POST', '/api/v1/users', { body: { name: 'Gita Guest', email: 'gita@acme.test' } })).body;
  await Promise.all([none('bo@acme.test'), none('ana@acme.test'), none('admin@acme.test')]);
  const record = await admin.contact({ name: 'Closed To Some' });
  const [page, told] = await Promise.all(['bo@acme.test', 'ana@acme.test'].map(user => person(browser, product.url, user)));
  await page.goto(`${product.url}/contacts/${record.id}`);
  await live(page);
  await field(page, 'Notes').click();
  await page.keyboard.type('See @an', { delay: 15 });
  await page.getByRole('option', { name: /ana@acme.test/ }).waitFor();
  await page.screenshot({ path: `${pictures}mention.png` });
  await accessible(page, 'mention');
  await page.keyboard.press('Enter');
  await page.keyboard.type('and @gita.gu', { delay: 15 });
  await page.getByRole('option', { name: /gita@acme.test/ }).waitFor();
  await page.keyboard.press('Tab');
  assert.match(await field(page, 'Notes').inputValue(), /^See @\S+ and @Gita\.Guest $/);
  await page.keyboard.press('Control+Enter');
  await unread(told, 1);
  await unread(page, 1);

  await page.locator('body').press('Escape');
  await bell(page).click();
  await rowWith(page, 'Gita Guest').getByText(/may not see it/).waitFor();
  await page.screenshot({ path: `${pictures}mention-closed.png` });
  await rowWith(page, 'Gita Guest').getByRole('button', { name: 'Ask for access' }).click();
  const asked = await until('the administrator is asked', async () => {
    const { items } = (await admin.rest('GET', `/api/v1/notices?filter=${encodeURIComponent('{"event":"access.asked"}')}`)).body;
    return items.length > 0 && items;
  });
  assert.equal(asked[0].fields.whom, guest.id);
  await calm(page, told);
  await close(page, told);
});

test('an announcement stands on every page of everybody until each puts it away, on all his devices', async () => {
  await none('ana@acme.test');
  const [desk, phone] = await Promise.all([1, 2].map(() => person(browser, product.url, 'ana@acme.test')));
  await admin.rest('POST', '/api/v1/announcements', { body: { title: 'Maintenance on Sunday', text: 'From 8 to 9 <b>nothing</b> works.' } });
  for (const page of [desk, phone]) await page.getByRole('region', { name: 'Announcement' }).getByText('From 8 to 9 <b>nothing</b> works.').waitFor();
  await desk.screenshot({ path: `${pictures}announcement.png` });
  await accessible(desk, 'announcement');
  await desk.getByRole('button', { name: 'Put the announcement away' }).click();
  for (const page of [desk, phone]) await page.getByRole('region', { name: 'Announcement' }).waitFor({ state: 'detached' });
  await calm(desk, phone);
  await close(desk, phone);
});

test('how one is told is chosen for each event, tried on last week, saved, and holds for the next one', async () => {
  const ana = await none('ana@acme.test');
  await mention('Before The Choice', 'ana');
  const page = await person(browser, product.url, 'ana@acme.test');
  await unread(page, 1);
  await page.goto(`${product.url}/notices/preferences`);
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'You were mentioned' }) });
  await row.getByText(/\d+ shown/).waitFor();
  await row.getByLabel(/In the product/).selectOption('hourly');
  await row.getByLabel(/E-mail/).selectOption('never');
  await page.getByLabel('From', { exact: true }).fill('22:00');
  await page.getByLabel('To', { exact: true }).fill('07:00');
  await page.getByText(/Last week this would have shown you/).waitFor();
  await page.screenshot({ path: `${pictures}preferences.png`, fullPage: true });
  await accessible(page, 'preferences');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  const chosen = (await ana.rest('GET', '/api/v1/notices/preferences')).body;
  assert.deepEqual([chosen.quietFrom, chosen.quietTo, chosen.events.find(one => one.event === 'mention').inApp, chosen.events.find(one => one.event === 'mention').email], ['22:00', '07:00', 'hourly', 'never']);

  await mention('After The Choice', 'ana');
  const held = await until('it is made and held', async () => {
    const { items } = (await ana.rest('GET', `/api/v1/notices?sort=-createdAt&filter=${encodeURIComponent('{"event":"mention"}')}`)).body;
    return items.length > 1 && items[0].fields.heldUntil && items;
  });
  assert.equal(new Date(held[0].fields.heldUntil).getUTCMinutes(), 0, 'on the hour');
  await unread(page, 1);

  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than the phone');
  await page.screenshot({ path: `${pictures}preferences-phone.png`, fullPage: true });
  await accessible(page, 'preferences on a phone');
  await ana.rest('PATCH', '/api/v1/notices/preferences', { body: { events: null, quietFrom: null, quietTo: null } });
  await calm(page);
  await close(page);
});

test('outside the window it pops up where nobody looks and the browser may, and goes once it is read elsewhere', async () => {
  await none('ana@acme.test');
  const page = await open(browser, 'about:blank', { permissions: ['notifications'] });
  await page.addInitScript(() => {
    // What the desktop shows cannot be seen from here, so what it is asked for is written down; and a window without a screen is never hidden by itself.
    globalThis.posted = [];
    globalThis.Notification = class { static permission = 'granted'; constructor(title, { body, tag }) { Object.assign(this, { title, body, tag }); globalThis.posted.push(this); } close() { this.closed = true; } };
    let hidden = false;
    Object.defineProperty(document, 'visibilityState', { get: () => (hidden ? 'hidden' : 'visible') });
    globalThis.hide = now => { hidden = now; document.dispatchEvent(new Event('visibilitychange')); };
  });
  await page.goto(product.url);
  await page.getByRole('textbox', { name: 'E-mail' }).fill('ana@acme.test');
  await page.getByRole('textbox', { name: 'Password' }).fill('Correct-Horse-42!');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await live(page);
  await page.evaluate(() => globalThis.hide(true));
  await mention('Nobody Looks', 'ana');
  await page.waitForFunction(() => globalThis.posted.some(one => one.body.includes('Nobody Looks')));
  assert.equal(await popUps([page]), 0);
  await none('ana@acme.test');
  await page.waitForFunction(() => globalThis.posted.every(one => one.closed));
  assert.equal(await page.evaluate(() => globalThis.posted.length), 1);
  await calm(page);
  await close(page);
});
