// What people set up for themselves and each other, in three browsers at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start, until } from '../Web/client/product.mjs';
import { accessible, caller, close, launch, person, pictures, row } from './browser.mjs';

let product, browser, api;

before(async () => {
  [product, browser] = await Promise.all([start(), launch()]);
  api = await caller(product.url, 'admin@acme.test');
  for (const [name, status] of [['Maria Anders', 'customer'], ['Thomas Hardy', 'customer'], ['Christina Berglund', 'lead']]) await api.contact({ name, status, company: `${name}'s`, tags: ['vip'] });
}, { timeout: 400_000 });

after(async () => {
  await browser?.close();
  await product?.dispose();
});

const tabs = page => page.getByRole('navigation', { name: 'Saved views' });

async function filtered(page, option) {
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByRole('combobox', { name: 'Field', exact: true }).click();
  await page.getByRole('option', { name: 'Status', exact: true }).click();
  await page.getByRole('checkbox', { name: option, exact: true }).check();
  await page.getByRole('button', { name: 'Add filter' }).click();
}

test('a list is saved as a view, shared, changed under the eyes of others, kept from them and deleted', async () => {
  const [ana, bo, admin] = await Promise.all(['ana@acme.test', 'bo@acme.test', 'admin@acme.test'].map(user => person(browser, product.url, user)));
  await filtered(ana, 'Customer');
  await row(ana, 'Christina Berglund').waitFor({ state: 'detached' });
  await ana.getByRole('button', { name: 'Columns' }).click();
  await ana.getByRole('menuitemcheckbox', { name: 'Tags' }).click();
  await ana.keyboard.press('Escape');
  await ana.getByRole('button', { name: 'Save as a view' }).click();
  const dialog = ana.getByRole('dialog', { name: 'Save as a view' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Our customers');
  await dialog.getByRole('switch', { name: 'Share with everyone' }).check();
  await ana.screenshot({ path: `${pictures}view-save.png` });
  await accessible(ana, 'save a view');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await tabs(ana).locator('[aria-current=page]', { hasText: 'Our customers' }).waitFor();
  assert.equal(await tabs(ana).locator('[aria-current=page]').count(), 1);
  assert.equal(await ana.getByRole('group', { name: 'Changes of the view' }).count(), 0, 'nothing is left to be saved');

  await tabs(bo).getByRole('link', { name: 'Our customers' }).click();
  await row(bo, 'Maria Anders').waitFor();
  await row(bo, 'Christina Berglund').waitFor({ state: 'detached' });
  await bo.getByRole('columnheader', { name: 'Tags' }).waitFor();
  assert.equal(await bo.getByRole('button', { name: 'More about Our customers' }).count(), 0, 'only its owner changes it');
  await tabs(admin).getByRole('link', { name: 'Our customers' }).click();

  await bo.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
  await bo.getByRole('group', { name: 'Changes of the view' }).getByRole('button', { name: 'Save as new' }).waitFor();
  assert.equal(await bo.getByRole('group', { name: 'Changes of the view' }).getByRole('button', { name: 'Save', exact: true }).count(), 0);
  await bo.screenshot({ path: `${pictures}view-changed.png` });
  await accessible(bo, 'a changed view');
  await bo.getByRole('button', { name: 'Reset' }).click();
  await bo.getByRole('group', { name: 'Changes of the view' }).waitFor({ state: 'detached' });

  await ana.getByRole('button', { name: 'Remove the filter on Status' }).click();
  await row(ana, 'Christina Berglund').waitFor();
  await row(bo, 'Christina Berglund').waitFor({ state: 'detached' });
  await ana.getByRole('group', { name: 'Changes of the view' }).getByRole('button', { name: 'Save', exact: true }).click();
  await Promise.all([bo, admin].map(page => row(page, 'Christina Berglund').waitFor()));

  await ana.getByRole('button', { name: 'More about Our customers' }).click();
  await ana.getByRole('menuitem', { name: 'Rename' }).click();
  await ana.getByRole('dialog', { name: 'Rename' }).getByRole('textbox', { name: 'Name' }).fill('Everyone');
  await ana.getByRole('dialog', { name: 'Rename' }).getByRole('button', { name: 'Save' }).click();
  await Promise.all([ana, bo, admin].map(page => tabs(page).getByRole('link', { name: 'Everyone' }).waitFor()));
  await ana.getByRole('button', { name: 'More about Everyone' }).click();
  await ana.getByRole('menuitem', { name: 'Keep to yourself' }).click();
  await bo.getByText('This view does not exist any more.').waitFor();
  await tabs(bo).getByRole('link', { name: 'Everyone' }).waitFor({ state: 'detached' });
  await row(bo, 'Maria Anders').waitFor();

  await ana.getByRole('button', { name: 'More about Everyone' }).click();
  await ana.getByRole('menuitem', { name: 'Delete' }).click();
  await tabs(ana).getByRole('link', { name: 'Everyone' }).waitFor({ state: 'detached' });
  await ana.getByRole('button', { name: 'Undo' }).click();
  await tabs(ana).getByRole('link', { name: 'Everyone' }).waitFor();
  assert.deepEqual([ana, bo, admin].flatMap(page => page.faults), []);
  await close(ana, bo, admin);
});

test('another one\'s view can be seen and not changed, also not by hand', async () => {
  const made = await api.rest('POST', '/api/v1/views', { body: { on: 'contacts', name: 'Of the admin', shared: true } });
  assert.deepEqual([made.status, made.body.fields.owner], [201, 'admin']);
  const bo = await caller(product.url, 'bo@acme.test');
  assert.equal((await bo.rest('GET', `/api/v1/views/${made.body.id}`)).status, 200);
  assert.equal((await bo.rest('PATCH', `/api/v1/views/${made.body.id}`, { body: { name: 'Mine' }, headers: { 'if-match': '"1"' } })).body.code, 'view.other');
  assert.equal((await bo.rest('DELETE', `/api/v1/views/${made.body.id}`)).body.code, 'view.other');
  await api.rest('PATCH', `/api/v1/views/${made.body.id}`, { body: { shared: false }, headers: { 'if-match': '"1"' } });
  await until('it to be hidden', async () => (await bo.rest('GET', `/api/v1/views/${made.body.id}`)).status === 404);
  assert.equal((await bo.rest('GET', '/api/v1/views?limit=200')).body.items.filter(one => one.id === made.body.id).length, 0);
});

test('somebody sees where he is signed in, ends the others, and gives a program a token that can do no more than he says', async () => {
  const [here, there, phone] = await Promise.all([{}, {}, { userAgent: 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36' }].map(options => person(browser, product.url, 'bo@acme.test', options)));
  await here.goto(`${product.url}/settings`);
  const lost = here.locator('.own li').filter({ hasText: 'Chrome on Android' });
  await lost.getByRole('button', { name: 'Sign out' }).click();
  await phone.getByRole('dialog', { name: 'Please sign in again' }).waitFor();
  await lost.waitFor({ state: 'detached' });
  await here.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await there.getByRole('dialog', { name: 'Please sign in again' }).waitFor();
  await here.locator('.own li').filter({ hasText: 'this browser' }).waitFor();
  assert.equal(await here.locator('.own li').count(), 1);

  await here.getByRole('button', { name: 'New token' }).click();
  const dialog = here.getByRole('dialog', { name: 'New token' });
  await dialog.getByRole('textbox', { name: 'What is it for?' }).fill('Nightly export');
  await accessible(here, 'a new token');
  await dialog.getByRole('button', { name: 'Create' }).click();
  const token = await here.locator('.secret').textContent();
  await here.screenshot({ path: `${pictures}token.png` });
  await here.getByRole('button', { name: 'I have copied it' }).click();
  await here.locator('.own li').filter({ hasText: 'Nightly export' }).waitFor();
  await here.screenshot({ path: `${pictures}sessions.png`, fullPage: true });
  await accessible(here, 'sessions and tokens');

  const call = (method, path, body) => fetch(product.url + path, { method, headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) }, body: body && JSON.stringify(body) });
  assert.equal((await call('GET', '/api/v1/contacts')).status, 200);
  assert.equal((await call('POST', '/api/v1/contacts', { name: 'By a program' })).status, 403);
  assert.equal((await call('GET', '/api/v1/users')).status, 403);
  assert.equal((await call('POST', '/api/v1/tokens', { name: 'More', scope: ['*'], days: 1 })).status, 403);
  here.once('dialog', question => question.accept());
  await here.locator('.own li').filter({ hasText: 'Nightly export' }).getByRole('button', { name: 'Revoke' }).click();
  await until('the token to be refused', async () => (await call('GET', '/api/v1/contacts')).status === 401);
  assert.deepEqual(here.faults, []);
  await close(here, there, phone);
});
