// Several people at once, each in a window of his own: what one does the others see, and nobody loses a word.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { password, start, until } from '../Web/client/product.mjs';
import { accessible, caller, close, enter, field, launch, live, open, person, pictures, reads, row, value, write } from './browser.mjs';

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

async function both(record) {
  const [ana, bo] = await Promise.all(['ana@acme.test', 'bo@acme.test'].map(user => person(browser, product.url, user)));
  for (const page of [ana, bo]) {
    await page.goto(at(record));
    await page.getByRole('heading', { level: 1, name: record.fields.name }).waitFor();
    await live(page);
  }
  return [ana, bo];
}

test('a wrong password is told in words, an account that is locked says for how long', async () => {
  const page = await open(browser, product.url);
  await enter(page, 'manager@globex.test', 'Wrong-Horse-42!');
  await page.getByRole('alert').getByText('E-mail or password is wrong.').waitFor();
  assert.equal(await page.getByRole('navigation').count(), 0);
  for (let attempt = 0; attempt < 6 && await page.getByRole('button', { name: 'Sign in' }).isEnabled(); attempt++) {
    const answer = page.waitForResponse('**/api/v1/auth/token');
    await enter(page, 'manager@globex.test', 'Wrong-Horse-42!');
    await answer;
    await page.locator('.door-fault:not(:empty)').waitFor();
  }
  await page.getByRole('alert').getByText(/locked for a while.*Try again in/).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Sign in' }).isDisabled(), true);
  await accessible(page, 'locked');
  await close(page);
});

test('what one types the other sees, in the list and on the record, and nobody loses the focus', async () => {
  const [ana, bo, stranger] = await Promise.all(['ana@acme.test', 'bo@acme.test', 'ana@globex.test'].map(user => person(browser, product.url, user)));
  await ana.getByRole('button', { name: 'New contact' }).first().click();
  const dialog = ana.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Maria Anders');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await ana.getByRole('heading', { level: 1, name: 'Maria Anders' }).waitFor();
  await row(bo, 'Maria Anders').getByRole('link').click();
  await field(bo, 'Job title').focus();
  await write(ana, 'Company', 'Alfreds Futterkiste');

  await reads(bo, 'Company', 'Alfreds Futterkiste');
  assert.equal(await bo.evaluate(() => document.activeElement.labels[0].textContent), 'Job title', 'a live change never takes the focus');
  await bo.keyboard.type('Buyer');
  await bo.keyboard.press('Enter');
  await reads(ana, 'Job title', 'Buyer');
  assert.equal(await stranger.getByRole('link', { name: 'Maria Anders' }).count(), 0);
  await bo.getByRole('listitem').filter({ hasText: 'Alfreds Futterkiste' }).first().waitFor();
  assert.deepEqual([ana.faults, bo.faults, stranger.faults], [[], [], []]);
  await close(ana, bo, stranger);
});

test('whoever writes what somebody else has just changed is told at the field, sees base, theirs and yours, and chooses by keyboard', async () => {
  const record = await api.contact({ name: 'Conflict Case', title: 'Buyer' });
  const [ana, bo] = await both(record);
  await field(bo, 'Job title').fill('Head of Sales');
  await write(ana, 'Job title', 'Director');
  await bo.getByText(/Ana \w+ set this/).waitFor();
  assert.equal(await value(bo, 'Job title'), 'Head of Sales', 'what is being typed is never overwritten');
  await bo.screenshot({ path: `${pictures}changed-while-editing.png` });
  await field(bo, 'Job title').press('Tab');

  const dialog = bo.getByRole('dialog');
  await dialog.waitFor();
  assert.deepEqual((await dialog.locator('.side-value').allTextContents()).slice(0, 3), ['Buyer', 'Director', 'Head of Sales']);
  await dialog.getByText(/Theirs: Ana/).waitFor();
  await bo.screenshot({ path: `${pictures}conflict.png` });
  await accessible(bo, 'conflict');
  await bo.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert.equal(await value(bo, 'Job title'), 'Head of Sales', 'nothing is lost when it is cancelled');
  assert.equal(await value(ana, 'Job title'), 'Director');

  await bo.getByRole('button', { name: 'Choose', exact: true }).click();
  await dialog.waitFor();
  await dialog.getByRole('radio', { name: /Yours/ }).press('ArrowUp');
  assert.equal(await dialog.getByRole('radio', { name: /Theirs/ }).isChecked(), true);
  await bo.keyboard.press('ArrowDown');
  await bo.keyboard.press('Enter');
  await reads(ana, 'Job title', 'Head of Sales');
  await dialog.waitFor({ state: 'hidden' });
  await close(ana, bo);
});

test('edits of different fields merge by themselves, and each can be undone from the history', async () => {
  const record = await api.contact({ name: 'Merge Case' });
  const [ana, bo] = await both(record);
  await Promise.all([write(ana, 'Company', 'Island Trading'), write(bo, 'Job title', 'Owner')]);
  for (const page of [ana, bo]) {
    await reads(page, 'Company', 'Island Trading');
    await reads(page, 'Job title', 'Owner');
    assert.equal(await page.getByRole('dialog').count(), 0);
  }
  await ana.getByRole('complementary').getByRole('listitem').filter({ hasText: 'Island Trading' }).first().getByRole('button', { name: 'Undo' }).click();
  await reads(bo, 'Company', '');
  await bo.getByRole('complementary').getByRole('button', { name: 'Version 1' }).click();
  await bo.getByText(/^As it was on/).waitFor();
  assert.equal(await field(bo, 'Job title').count(), 0, 'the past cannot be edited');
  await bo.getByRole('button', { name: 'Back to now' }).click();
  await reads(bo, 'Job title', 'Owner');
  await close(ana, bo);
});

test('a refused value stays in its field with the reason', async () => {
  const record = await api.contact({ name: 'Refused Case' });
  const ana = await person(browser, product.url, 'ana@acme.test');
  await ana.goto(at(record));
  await ana.getByRole('combobox', { name: 'E-mails' }).fill('no address');
  await ana.keyboard.press('Tab');
  await ana.getByText(/must be an e-mail address/).waitFor();
  await ana.getByText('no address').first().waitFor();
  await close(ana);
});

test('rows enter, change and leave a filtered list by themselves, and its count stays true', async () => {
  const ana = await person(browser, product.url, 'ana@acme.test');
  await ana.goto(`${product.url}/contacts?filter=${encodeURIComponent(JSON.stringify({ status: { in: ['customer'] } }))}`);
  await ana.getByText('Nothing matches').waitFor();
  let record = await api.contact({ name: 'Comes And Goes', status: 'customer' });
  await row(ana, 'Comes And Goes').waitFor();
  await ana.getByText('1 record', { exact: true }).waitFor();
  record = await api.patch(record, { title: 'Agent' });
  await row(ana, 'Comes And Goes').getByText('Agent').waitFor();
  await api.patch(record, { status: 'inactive' });
  await row(ana, 'Comes And Goes').waitFor({ state: 'detached' });
  await ana.getByText('Nothing matches').waitFor();
  await close(ana);
});

test('many are changed at once, and it is taken back at once', async () => {
  for (const name of ['Bulk One', 'Bulk Two', 'Bulk Three']) await api.contact({ name, priority: 'low' });
  const ana = await person(browser, product.url, 'ana@acme.test');
  await ana.getByRole('textbox', { name: /Search Contacts/ }).or(ana.getByRole('searchbox')).first().fill('bulk');
  await ana.waitForURL(/q=bulk/);
  await ana.getByText('3 records', { exact: true }).waitFor();
  await ana.getByRole('checkbox', { name: 'Choose all loaded rows' }).check();
  await ana.getByRole('toolbar').getByRole('button', { name: 'Set a field' }).click();
  await ana.getByRole('combobox', { name: 'Field', exact: true }).click();
  await ana.getByRole('option', { name: 'Priority' }).click();
  await ana.getByRole('combobox', { name: 'Priority' }).click();
  await ana.getByRole('option', { name: 'High' }).click();
  await ana.getByRole('button', { name: /Change 3 records/ }).click();
  await ana.getByText('3 records changed').waitFor();
  await row(ana, 'Bulk Two').getByText('High').waitFor();
  await ana.locator('.toast').getByRole('button', { name: 'Undo' }).click();
  await row(ana, 'Bulk Two').getByText('Low').waitFor();
  await ana.getByText('3 changes taken back').waitFor();
  await close(ana);
});

test('a cell is edited in place and the other list shows it', async () => {
  await api.contact({ name: 'Cell Case', title: 'Before' });
  const [ana, bo] = await Promise.all(['ana@acme.test', 'bo@acme.test'].map(user => person(browser, product.url, user)));
  await row(ana, 'Cell Case').hover();
  await row(ana, 'Cell Case').getByRole('button', { name: 'Edit Job title' }).click();
  await ana.getByRole('textbox', { name: 'Job title' }).fill('After');
  await ana.keyboard.press('Enter');
  await row(bo, 'Cell Case').getByText('After').waitFor();
  await close(ana, bo);
});

test('rights that change while a page is open take effect there', async () => {
  const record = await api.contact({ name: 'Rights Case' });
  const bo = await person(browser, product.url, 'bo@globex.test');
  const globex = await caller(product.url, 'admin@globex.test');
  const role = (await globex.rest('GET', '/api/v1/roles/sales')).body;
  await bo.getByRole('button', { name: 'New contact' }).first().waitFor();
  await globex.rest('PATCH', '/api/v1/roles/sales', { body: { permissions: role.fields.permissions.filter(one => one !== 'contacts.read') }, headers: { 'if-match': `"${role.version}"` } });
  await bo.getByText('You may not see this list').waitFor();
  assert.equal((await bo.goto(at(record))).status(), 200);
  await bo.getByText('This record is not there any more').waitFor();
  await close(bo);
});

test('without the line one goes on writing; back on it everything is sent, and a review tells what happened meanwhile', async () => {
  const record = await api.contact({ name: 'Offline Case', title: 'Buyer' });
  const [ana, bo] = await both(record);
  await ana.context().setOffline(true);
  await ana.getByText(/Stale since/).waitFor({ timeout: 30_000 });
  await write(ana, 'Company', 'Written offline');
  await write(ana, 'Job title', 'Mine');
  await ana.getByText('2 edits wait').waitFor();
  await ana.screenshot({ path: `${pictures}offline.png` });
  await accessible(ana, 'offline');
  await write(bo, 'Job title', 'Theirs');
  await write(bo, 'Notes', 'Said on the phone');
  await reads(bo, 'Notes', 'Said on the phone');

  await ana.context().setOffline(false);
  await live(ana);
  await reads(bo, 'Company', 'Written offline');
  await ana.getByRole('dialog').getByText('Someone else changed this meanwhile').waitFor();
  await ana.keyboard.press('Escape');
  const review = ana.getByRole('region', { name: 'While you were away' });
  await review.getByText('needs your choice').waitFor();
  await review.getByText('Said on the phone').waitFor();
  await ana.screenshot({ path: `${pictures}while-you-were-away.png` });
  await accessible(ana, 'away');
  await close(ana, bo);
});

test('what was written offline survives a closed tab', async () => {
  const record = await api.contact({ name: 'Crash Case' });
  const ana = await person(browser, product.url, 'ana@acme.test');
  await ana.goto(at(record));
  await field(ana, 'Company').waitFor();
  await live(ana);
  await ana.context().setOffline(true);
  await ana.getByText(/Stale since/).waitFor({ timeout: 30_000 });
  await write(ana, 'Company', 'Kept on disk');
  await ana.getByText('1 edit waits').waitFor();
  const context = ana.context();
  await ana.close();
  await context.setOffline(false);
  const again = await context.newPage();
  await again.goto(product.url);
  await live(again);
  await until('the edit to arrive', async () => (await api.rest('GET', `/api/v1/contacts/${record.id}`)).body.fields.company === 'Kept on disk');
  await context.close();
});

test('a session that ends asks for the password and loses nothing of the page', async () => {
  const record = await api.contact({ name: 'Session Case' });
  const manager = await person(browser, product.url, 'manager@acme.test');
  await manager.goto(at(record));
  await field(manager, 'Company').fill('Half written');
  const me = (await api.rest('GET', '/api/v1/users?q=manager')).body.items[0];
  await api.rest('POST', `/api/v1/users/${me.id}/signout`, { body: {} });
  const dialog = manager.getByRole('dialog', { name: 'Please sign in again' });
  await dialog.waitFor();
  await accessible(manager, 'sign in again');
  await dialog.getByRole('textbox', { name: 'Password' }).fill(password);
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await live(manager);
  assert.equal(await value(manager, 'Company'), 'Half written');
  await write(manager, 'Company', 'Half written and done');
  await until('the edit to arrive', async () => (await api.rest('GET', `/api/v1/contacts/${record.id}`)).body.fields.company === 'Half written and done');
  await close(manager);
});

test('when the server is killed the page stays, and it goes on where it was when the server is back', async () => {
  const record = await api.contact({ name: 'Restart Case' });
  const ana = await person(browser, product.url, 'ana@acme.test');
  await ana.goto(at(record));
  await field(ana, 'Company').waitFor();
  await live(ana);
  const port = new URL(product.url).port;
  await product.kill();
  await ana.getByText(/Stale since/).waitFor({ timeout: 30_000 });
  await write(ana, 'Company', 'Alfreds & Co');
  await ana.getByText('It is sent when the line is back', { exact: false }).waitFor();

  product = await start({ data: product.folder, env: { CRM_PORT: port } });
  await live(ana);
  await ana.getByText('Saved', { exact: true }).first().waitFor();
  assert.deepEqual(ana.faults, []);
  await close(ana);
});
