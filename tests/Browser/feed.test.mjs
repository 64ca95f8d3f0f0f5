// What somebody follows comes to him by itself, what he may not see goes, and the audit tells the story truly.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { start, until } from '../Web/client/product.mjs';
import { accessible, caller, close, launch, live, person, pictures } from './browser.mjs';

let product, browser, api;

before(async () => {
  [product, browser] = await Promise.all([start(), launch()]);
  api = await caller(product.url, 'admin@acme.test');
}, { timeout: 400_000 });

after(async () => {
  await browser?.close();
  await product?.dispose();
});

const happened = page => page.getByRole('region', { name: 'What happened' });
const entries = page => happened(page).getByRole('listitem');
const bell = (page, name) => page.getByRole('button', { name: `Follow ${name}`, exact: true });

async function follows(page, record) {
  await page.goto(`${product.url}/contacts/${record.id}`);
  await live(page);
  await bell(page, record.fields.name).click();
  await page.locator(`button[aria-label="Follow ${record.fields.name}"][aria-pressed=true]`).waitFor();
}

test('what happens to a followed record comes by itself, in groups, what matters marked, and scripts are text', async () => {
  let record = await api.contact({ name: 'Followed <img src=x onerror=alert(1)>', status: 'lead' });
  const other = await api.contact({ name: 'Not Followed' });
  const ana = await person(browser, product.url, 'ana@acme.test');
  await follows(ana, record);
  await ana.screenshot({ path: `${pictures}follow.png` });
  await ana.getByRole('link', { name: 'Feed', exact: true }).click();
  await ana.getByRole('heading', { level: 1, name: 'Feed' }).waitFor();
  await entries(ana).filter({ hasText: 'created it' }).first().waitFor();

  record = await api.patch(record, { title: '<script>alert(2)</script>' });
  await entries(ana).getByText('<script>alert(2)</script>', { exact: true }).waitFor();
  record = await api.patch(record, { status: 'customer' });
  await api.patch(other, { title: 'Elsewhere' });
  await entries(ana).filter({ hasText: 'Important' }).filter({ hasText: 'Customer' }).first().waitFor();
  assert.equal(await happened(ana).getByText('Elsewhere').count(), 0);
  await ana.screenshot({ path: `${pictures}feed.png` });
  await accessible(ana, 'feed');

  await ana.getByRole('switch', { name: 'Only important' }).check({ force: true });
  await until('the narrower feed', async () => await happened(ana).getByText('<script>alert(2)</script>', { exact: true }).count() === 0 && await entries(ana).filter({ hasText: 'Customer' }).count() > 0);
  await ana.getByRole('switch', { name: 'Only important' }).uncheck({ force: true });

  await ana.getByRole('combobox', { name: 'Person' }).click();
  await ana.getByRole('option', { name: /Bo/ }).click();
  await ana.getByText('Nothing matches').waitFor();
  assert.deepEqual(ana.faults, []);
  await close(ana);
});

test('many records that were made at once are one entry, a followed view brings them, and older ones come on demand', async () => {
  const ana = await person(browser, product.url, 'ana@acme.test');
  await ana.goto(`${product.url}/contacts?filter=${encodeURIComponent(JSON.stringify({ company: 'Batch Ltd' }))}`);
  await live(ana);
  await ana.getByRole('button', { name: 'Save as a view' }).first().click();
  await ana.getByRole('textbox', { name: 'Name' }).fill('Batch people');
  await ana.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await bell(ana, 'Batch people').click();
  await ana.screenshot({ path: `${pictures}follow-view.png` });
  await ana.goto(`${product.url}/feed`);
  await live(ana);
  await Promise.all(Array.from({ length: 12 }, (_, at) => api.contact({ name: `Batch Person ${at}`, company: 'Batch Ltd' })));
  await entries(ana).filter({ hasText: 'created it: 12 Contacts' }).first().waitFor();
  await ana.screenshot({ path: `${pictures}feed-group.png` });
  await close(ana);
});

test('a record that is taken away stops showing at once, and ending to follow empties the feed', async () => {
  const manager = await caller(product.url, 'manager@acme.test');
  await api.rest('POST', '/api/v1/roles', { body: { name: 'Own only', permissions: ['contacts.read.own', 'users.read', 'follows.read.own', 'follows.create', 'follows.delete'] } });
  const role = (await api.rest('GET', `/api/v1/roles?filter=${encodeURIComponent(JSON.stringify({ name: 'Own only' }))}`)).body.items[0];
  await api.rest('POST', '/api/v1/users/bo/assign', { body: { roles: [role.id] } });
  let record = await manager.contact({ name: 'Belongs To Bo', owner: 'bo' });
  const bo = await person(browser, product.url, 'bo@acme.test');
  await follows(bo, record);
  await bo.goto(`${product.url}/feed`);
  await entries(bo).filter({ hasText: 'Belongs To Bo' }).first().waitFor();
  record = await manager.patch(record, { owner: 'ana' });
  await until('the record to be gone', async () => await happened(bo).getByText('Belongs To Bo').count() === 0);
  await manager.patch(record, { title: 'not for Bo' });
  await api.rest('POST', '/api/v1/users/bo/assign', { body: { roles: ['sales'] } });
  await entries(bo).filter({ hasText: 'Belongs To Bo' }).first().waitFor();
  await bo.getByRole('complementary', { name: 'You follow' }).getByRole('button', { name: /No longer follow/ }).first().click();
  await bo.getByText('Nothing happened yet').waitFor();
  await accessible(bo, 'empty feed');
  await close(bo);
});

test('the timeline of a record tells of a merge that refers to it, in German too', async () => {
  const [one, two] = [await api.contact({ name: 'Merge Winner' }), await api.contact({ name: 'Merge Loser' })];
  const ana = await person(browser, product.url, 'ana@acme.test');
  await ana.goto(`${product.url}/contacts/${one.id}`);
  await live(ana);
  await api.rest('POST', `/api/v1/contacts/${one.id}/merge`, { body: { with: [two.id] } });
  const timeline = ana.getByRole('complementary', { name: 'Timeline' });
  await timeline.getByRole('listitem').filter({ hasText: 'Merges' }).first().waitFor();
  await timeline.getByText('merged another contact in').first().waitFor();
  await ana.screenshot({ path: `${pictures}timeline.png` });
  await accessible(ana, 'timeline');
  await ana.evaluate(() => localStorage.setItem('crm.settings', JSON.stringify({ language: 'de' })));
  await ana.goto(`${product.url}/feed`);
  await ana.getByRole('heading', { level: 1, name: 'Neuigkeiten' }).waitFor();
  await ana.getByRole('region', { name: 'Was geschehen ist' }).getByRole('listitem').first().waitFor();
  await ana.getByRole('complementary', { name: 'Sie folgen' }).getByText('Batch people').waitFor();
  await ana.screenshot({ path: `${pictures}feed-de.png` });
  await close(ana);
});

test('feed and audit are for a phone, in the dark and by keyboard too', async () => {
  const phone = await person(browser, product.url, 'admin@acme.test', { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true, isMobile: true });
  for (const [name, heading] of [['feed', 'Feed'], ['audit', 'Audit']]) {
    await phone.goto(`${product.url}/${name}`);
    await phone.getByRole('heading', { level: 1, name: heading }).waitFor();
    await phone.locator('[aria-busy=true]').waitFor({ state: 'detached' });
    await phone.screenshot({ path: `${pictures}${name}-phone.png` });
    assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the phone`);
    await accessible(phone, `${name} on a phone`);
  }
  await close(phone);
  const keys = await person(browser, product.url, 'ana@acme.test');
  await keys.keyboard.press('g');
  await keys.keyboard.press('a');
  await keys.getByRole('heading', { level: 1, name: 'Feed' }).waitFor();
  await close(keys);
});

test('the audit shows changes, sign-ins, refusals and exports, is filtered, written out and verified, and is for administrators alone', async () => {
  const record = await api.contact({ name: 'Audited' });
  await fetch(`${product.url}/api/v1/auth/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'ana@acme.test', password: 'wrong password' }) });
  const ana = await caller(product.url, 'ana@acme.test');
  assert.equal((await ana.rest('GET', '/api/v1/audit')).status, 403);

  const page = await person(browser, product.url, 'admin@acme.test');
  await page.getByRole('link', { name: 'Audit', exact: true }).click();
  const table = page.getByRole('table', { name: 'Audit' });
  await table.getByRole('row').filter({ hasText: 'was refused' }).filter({ hasText: 'Ana' }).first().waitFor();
  await table.getByRole('row').filter({ hasText: 'sign-in failed' }).first().waitFor();
  await table.getByRole('row').filter({ hasText: 'created it' }).filter({ hasText: record.id.slice(0, 8) }).first().waitFor();
  await page.screenshot({ path: `${pictures}audit.png` });
  await accessible(page, 'audit');

  await page.getByRole('combobox', { name: 'Category' }).click();
  await page.getByRole('option', { name: 'Sign-ins' }).click();
  await until('sign-ins alone', async () => await table.getByText('created it').count() === 0 && await table.getByText('sign-in failed').count() > 0);

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()]);
  const file = path.join(product.folder, 'audit.csv');
  await download.saveAs(file);
  const text = await readFile(file, 'utf8');
  assert.match(text, /^at,category,type,user,ref,number,changes,remote,detail\r\n/);
  assert.match(text, /signin\.failure,ana/);
  assert.doesNotMatch(text, /contacts\.create/);

  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByText('Everything is as it was written.').waitFor({ timeout: 60_000 });
  await page.screenshot({ path: `${pictures}audit-verified.png` });
  await accessible(page, 'audit verified');
  assert.deepEqual(page.faults, []);
  await close(page);
});
