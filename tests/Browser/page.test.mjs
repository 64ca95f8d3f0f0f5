// The page as two people use it, in two windows, by mouse and by keyboard.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { password, start } from '../Web/client/product.mjs';

const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const pictures = new URL('./pictures/', import.meta.url).pathname;
let product, browser;

before(async () => {
  [product, browser] = await Promise.all([start(), chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags })]);
  await mkdir(pictures, { recursive: true });
}, { timeout: 180_000 });

after(async () => {
  await browser?.close();
  await product?.dispose();
});

async function window(user, viewport = { width: 1280, height: 800 }) {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', fault => page.faults.push(fault.message));
  page.on('console', message => message.type() === 'error' && page.faults.push(message.text()));
  await page.goto(product.url);
  await page.getByLabel('E-mail').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Live', { exact: true }).waitFor();
  return page;
}

async function set(page, label, value) {
  const field = page.getByRole('textbox', { name: label, exact: false });
  await field.fill(value);
  await field.press('Tab');
}

const row = (page, name) => page.getByRole('button', { name });
const accessible = async page => assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`), []);

test('a wrong password is told in words and lets nobody in', async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(product.url);
  await accessible(page);
  await page.getByLabel('E-mail').fill('ana@acme.test');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('#signin-wrong:not(:empty)').waitFor();
  assert.equal(await page.getByRole('button', { name: 'New contact' }).isVisible(), false);
  await page.screenshot({ path: `${pictures}signin.png` });
  await page.context().close();
});

test('what one types the other sees, in the list and in the record, and nobody loses the focus', async () => {
  const [ana, bo, stranger] = await Promise.all([window('ana@acme.test'), window('bo@acme.test'), window('ana@globex.test')]);
  await ana.getByRole('button', { name: 'New contact' }).click();
  await ana.getByText('Version 1').waitFor();
  await set(ana, 'Name', 'Maria Anders');
  await ana.getByText('Version 2').waitFor();
  await row(bo, 'Maria Anders').click();
  await bo.getByRole('textbox', { name: 'Job title' }).focus();
  await set(ana, 'Company', 'Alfreds Futterkiste');

  await bo.waitForFunction(() => document.querySelector('[name=company]').value === 'Alfreds Futterkiste');
  await row(bo, 'Alfreds Futterkiste').waitFor();
  assert.equal(await bo.evaluate(() => document.activeElement.name), 'title', 'a live change never takes the focus');
  assert.equal(await stranger.getByRole('listitem').count(), 0);
  await set(bo, 'Job title', 'Buyer');
  await ana.waitForFunction(() => document.querySelector('[name=title]').value === 'Buyer');
  await ana.screenshot({ path: `${pictures}two-windows.png` });
  await accessible(ana);
  assert.deepEqual([ana.faults, bo.faults, stranger.faults], [[], [], []]);
  await Promise.all([ana, bo, stranger].map(page => page.context().close()));
});

test('two who change one field see base, theirs and yours, and choose by keyboard without losing a word', async () => {
  const [ana, bo] = await Promise.all([window('ana@acme.test'), window('bo@acme.test')]);
  await row(ana, 'Maria Anders').click();
  await row(bo, 'Maria Anders').click();
  await bo.getByRole('textbox', { name: 'Job title' }).fill('Head of Sales');
  await set(ana, 'Job title', 'Director');
  await bo.getByText('has just set this to “Director”').waitFor();
  await bo.getByRole('textbox', { name: 'Job title' }).press('Tab');

  const dialog = bo.getByRole('dialog');
  await dialog.waitFor();
  const sides = (await dialog.locator('.side p').allTextContents());
  assert.deepEqual(sides, ['Buyer', 'Director', 'Head of Sales']);
  await bo.screenshot({ path: `${pictures}conflict.png` });
  await accessible(bo);
  await bo.keyboard.press('Escape');
  await bo.getByText('Not saved: your text is still here').waitFor();
  assert.equal(await bo.getByRole('textbox', { name: 'Job title' }).inputValue(), 'Head of Sales');

  await bo.getByRole('textbox', { name: 'Job title' }).press('End');
  await bo.keyboard.type('!');
  await bo.keyboard.press('Tab');
  await dialog.waitFor();
  await bo.keyboard.press('Enter'); // The focus is on "Use mine".
  await ana.waitForFunction(() => document.querySelector('[name=title]').value === 'Head of Sales!');
  await Promise.all([ana, bo].map(page => page.context().close()));
});

test('search finds through typos, and the page fits a phone', async () => {
  const page = await window('bo@acme.test', { width: 360, height: 740 });
  await page.getByRole('searchbox').fill('futerkiste');
  await row(page, 'Maria Anders').waitFor();
  await page.getByRole('searchbox').fill('nobody at all');
  await page.getByText('No contact matches').waitFor();
  await page.getByRole('searchbox').fill('');
  await row(page, 'Maria Anders').click();
  await page.getByText(/Version \d/).waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out sideways');
  await page.screenshot({ path: `${pictures}phone.png`, fullPage: true });
  await accessible(page);
  await page.context().close();
});

test('the line says when it is down, and the page goes on where it was when the product is back', async () => {
  const page = await window('ana@acme.test');
  await row(page, 'Maria Anders').click();
  await page.getByText(/Version \d/).waitFor();
  const port = new URL(product.url).port;
  await product.kill();
  await page.getByText('Stale since').waitFor();
  await set(page, 'Company', 'Alfreds & Co');
  await page.getByText('it is sent again when the line is back').waitFor();

  product = await start({ data: product.folder, env: { CRM_PORT: port } });
  await page.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 });
  await page.getByText('Saved', { exact: true }).waitFor();
  await row(page, 'Alfreds & Co').waitFor();
  await page.context().close();
});
