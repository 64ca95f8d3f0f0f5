// Three people on one customer: they see each other, type, claim, take over, save; one is gone in time; what one has not saved he finds again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start, until } from '../Web/client/product.mjs';
import { accessible, caller, close, field, launch, live, person, pictures, reads, row, value, write } from './browser.mjs';

let product, browser, api;

before(async () => {
  [product, browser] = await Promise.all([start(), launch()]);
  api = await caller(product.url, 'admin@acme.test');
}, { timeout: 400_000 });

after(async () => {
  await browser?.close();
  await product?.dispose();
});

const at = record => `${product.url}/contacts/${record.id}`;
const avatars = page => page.getByRole('list', { name: 'Who else is here' });
const face = (page, name) => avatars(page).getByRole('img', { name: new RegExp(name) });
const fieldBox = (page, name) => page.locator(`.field[data-field=${name}]`);

async function on(record, ...users) {
  const pages = await Promise.all(users.map(user => person(browser, product.url, user)));
  for (const page of pages) {
    await page.goto(at(record));
    await page.getByRole('heading', { level: 1, name: record.fields.name }).waitFor();
    await live(page);
  }
  return pages;
}

test('three people see each other, what each writes as he writes it, and nobody of another tenant does', async () => {
  const record = await api.contact({ name: 'Company Of Three', title: 'Buyer' });
  const [ana, bo, manager] = await on(record, 'ana@acme.test', 'bo@acme.test', 'manager@acme.test');
  await face(ana, 'Bo').waitFor();
  await face(ana, 'Man').waitFor();
  await field(bo, 'Job title').fill('');
  await bo.keyboard.type('Head of <b>Sales</b>', { delay: 20 });

  for (const page of [ana, manager]) {
    await fieldBox(page, 'title').locator('.live-draft q').getByText('Head of <b>Sales</b>', { exact: true }).waitFor();
    assert.equal(await value(page, 'Job title'), 'Buyer', 'what is not saved is shown beside the field and never in it');
  }
  await face(ana, 'Bo.*writes in Job title').waitFor();
  await face(ana, 'Bo.*writes in Job title').hover();
  await ana.getByRole('tooltip').getByText(/Bo .* writes in Job title/).waitFor();
  await ana.screenshot({ path: `${pictures}presence.png` });
  await accessible(ana, 'presence');

  await bo.keyboard.press('Enter');
  await reads(ana, 'Job title', 'Head of <b>Sales</b>');
  await fieldBox(ana, 'title').locator('.live-draft').waitFor({ state: 'detached' });
  assert.deepEqual([ana.faults, bo.faults, manager.faults], [[], [], []]);
  await close(ana, bo, manager);
});

test('whoever closes his window is gone within a second, and whoever is killed in time', async () => {
  const record = await api.contact({ name: 'Gone In Time' });
  const [ana, bo, manager] = await on(record, 'ana@acme.test', 'bo@acme.test', 'manager@acme.test');
  await face(ana, 'Bo').waitFor();
  await face(ana, 'Man').waitFor();
  let from = Date.now();
  await close(bo);
  await face(ana, 'Bo').waitFor({ state: 'detached' });
  assert.ok(Date.now() - from < 2_500, `a clean close took ${Date.now() - from} ms with the closing itself`);

  // The line falls silent without a word: only the server's own pings find out.
  from = Date.now();
  const session = await manager.context().newCDPSession(manager);
  void session.send('Page.crash').catch(() => {}); // It is never answered.
  await face(ana, 'Man').waitFor({ state: 'detached', timeout: 12_000 });
  assert.ok(Date.now() - from < 10_000, `a killed tab took ${Date.now() - from} ms`);
  await ana.context().close();
  await manager.context().close().catch(() => {});
});

test('a field that somebody types in is his: it is asked for and handed over, or taken, and the loser keeps his words', async () => {
  const record = await api.contact({ name: 'One Field Two People', company: 'Before' });
  const [ana, bo] = await on(record, 'ana@acme.test', 'bo@acme.test');
  await field(ana, 'Company').fill('Ana writes');
  await fieldBox(bo, 'company').locator('.live-draft q').getByText('Ana writes').waitFor();
  await field(bo, 'Company').fill('Bo writes');
  await fieldBox(bo, 'company').getByText(/Ana .* is writing in this field/).waitFor();
  await bo.screenshot({ path: `${pictures}claim.png` });
  await fieldBox(bo, 'company').getByRole('button', { name: 'Ask for it' }).click();
  await fieldBox(ana, 'company').getByText(/Bo .* asks for this field/).waitFor();
  await fieldBox(ana, 'company').getByRole('button', { name: 'Hand over' }).click();
  await fieldBox(bo, 'company').getByText(/is writing in this field/).waitFor({ state: 'detached' });
  await fieldBox(ana, 'company').getByText(/Bo .* is writing in this field/).waitFor();

  await fieldBox(ana, 'company').getByRole('button', { name: 'Take over' }).click();
  await fieldBox(bo, 'company').getByText(/Ana .* is writing in this field/).waitFor();
  assert.equal(await value(bo, 'Company'), 'Bo writes', 'who loses the field keeps what he wrote');
  await field(ana, 'Company').press('Enter');
  await bo.getByText(/Ana \w+ set this/).waitFor();
  assert.equal(await value(bo, 'Company'), 'Bo writes');
  await close(ana, bo);
});

test('what was not saved is there again after the tab crashed, on another device too, until it is saved or dropped', async () => {
  const record = await api.contact({ name: 'Crash Case', title: 'Buyer', company: 'Old' });
  const [ana] = await on(record, 'ana@acme.test');
  await field(ana, 'Notes').fill('Half a sentence');
  await until('the draft to be kept', async () => (await kept(record)).length === 1);
  const session = await ana.context().newCDPSession(ana);
  void session.send('Page.crash').catch(() => {}); // It is never answered.
  await ana.context().close().catch(() => {});
  await api.patch(record, { company: 'New' });

  const [again, bo] = await on(record, 'ana@acme.test', 'bo@acme.test');
  await fieldBox(again, 'notes').getByText(/You wrote this .* and did not save it. The record was changed since/).waitFor();
  await until('the value', async () => await value(again, 'Notes') === 'Half a sentence');
  await again.screenshot({ path: `${pictures}draft-restored.png` });
  await accessible(again, 'draft restored');
  assert.equal(await fieldBox(bo, 'notes').getByText(/did not save/).count(), 0, 'a draft is its writer\'s alone');
  assert.equal(await value(bo, 'Notes'), '');
  await fieldBox(again, 'notes').getByRole('button', { name: 'Save it' }).click();
  await reads(bo, 'Notes', 'Half a sentence');
  await until('the draft to be forgotten', async () => (await kept(record)).length === 0);
  await close(again, bo);
});

test('who writes unseen shows nothing until he saves, and who hides himself is seen by nobody', async () => {
  const record = await api.contact({ name: 'Unseen Case', title: 'Buyer' });
  const [ana, bo] = await on(record, 'ana@acme.test', 'bo@acme.test');
  await ana.goto(`${product.url}/settings`);
  await ana.getByRole('switch', { name: 'Write unseen' }).check({ force: true });
  await ana.screenshot({ path: `${pictures}presence-settings.png`, fullPage: true });
  await ana.goto(at(record));
  await live(ana);
  await face(bo, 'Ana').waitFor();
  await field(ana, 'Job title').fill('Secret plan');
  await until('her own draft to be kept', async () => (await kept(record)).length === 1);
  assert.equal(await bo.getByText('Secret plan').count(), 0);
  await face(bo, 'Ana.*looks at this').waitFor();
  await field(ana, 'Job title').press('Enter');
  await reads(bo, 'Job title', 'Secret plan');

  await ana.goto(`${product.url}/settings`);
  await ana.getByRole('combobox', { name: 'Who sees that I am here' }).click();
  await ana.getByRole('option', { name: 'Nobody' }).click();
  await ana.goto(at(record));
  await live(ana);
  await face(ana, 'Bo').waitFor();
  await until('she to be hidden', async () => await face(bo, 'Ana').count() === 0);
  await ana.goto(`${product.url}/settings`);
  await ana.getByRole('combobox', { name: 'Who sees that I am here' }).click();
  await ana.getByRole('option', { name: 'Everybody' }).click();
  await ana.goto(at(record));
  await face(bo, 'Ana').waitFor();
  await close(ana, bo);
});

test('a list shows at which rows others are, and the list of people who is online, where, and in German too', async () => {
  const record = await api.contact({ name: 'Aaa Row Of Company' });
  const [ana] = await on(record, 'ana@acme.test');
  const bo = await person(browser, product.url, 'bo@acme.test');
  await row(bo, 'Aaa Row Of Company').getByRole('img', { name: /Open with Ana/ }).waitFor();
  await bo.getByRole('button', { name: /People who are online/ }).click();
  const ana1 = bo.getByRole('region', { name: 'Online now' }).getByRole('listitem').filter({ hasText: 'Ana' });
  await ana1.getByText('Aaa Row Of Company').waitFor();
  await bo.screenshot({ path: `${pictures}people.png` });
  await accessible(bo, 'people');
  await bo.keyboard.press('Escape');
  await ana.goto(`${product.url}/imports`);
  await row(bo, 'Aaa Row Of Company').getByRole('img', { name: /Open with/ }).waitFor({ state: 'detached' });
  await bo.getByRole('button', { name: /People who are online/ }).click();
  await ana1.getByText('Imports').waitFor();
  await ana.evaluate(() => localStorage.setItem('crm.settings', JSON.stringify({ language: 'de' })));
  await ana.goto(at(record));
  await bo.goto(at(record));
  await ana.getByRole('list', { name: 'Wer noch hier ist' }).getByRole('img', { name: /Bo .*sieht sich das an/ }).waitFor();
  await write(bo, 'Job title', 'Done');
  await close(ana, bo);
});

async function kept(record) {
  const { signIn } = await import('../Web/client/product.mjs');
  const hub = await (kept.session ??= await signIn(product.url, 'ana@acme.test')).hub();
  try {
    await hub.invoke('Watch', `contacts/${record.id}`, null);
    return (await hub.invoke('Kept', `contacts/${record.id}`)).drafts;
  } finally {
    await hub.stop();
  }
}
