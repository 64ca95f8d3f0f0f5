// What the browser tests share: the product, people at their windows, and what is expected of every page.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { password, signIn } from '../Web/client/product.mjs';

const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
export const pictures = new URL('./pictures/', import.meta.url).pathname;

export async function launch(more = []) {
  await mkdir(pictures, { recursive: true });
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...flags, ...more] });
}

/** A page in a window of its own, which notes every fault that the browser tells of. */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', ...options });
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', fault => page.faults.push(fault.message));
  page.on('console', message => message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text()) && page.faults.push(message.text()));
  await page.goto(url);
  return page;
}

export async function enter(page, user, secret = password) {
  await page.getByRole('textbox', { name: 'E-mail' }).fill(user);
  await page.getByRole('textbox', { name: 'Password' }).fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Somebody at a window, signed in and live. */
export async function person(browser, url, user, options) {
  const page = await open(browser, url, options);
  await enter(page, user);
  await live(page);
  return page;
}

export const live = page => page.getByRole('status').getByText('Live', { exact: true }).or(page.locator('.line-mark[data-phase=live]')).first().waitFor({ timeout: 60_000 });
export const close = (...pages) => Promise.all(pages.map(page => page.context().close()));
export const field = (page, label) => page.getByRole('textbox', { name: label, exact: true });
export const row = (page, name) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });

export async function write(page, label, value) {
  await field(page, label).fill(value);
  await field(page, label).press('Tab');
}

export async function accessible(page, name) {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  assert.deepEqual(violations.map(one => `${name}: ${one.id}: ${one.nodes.map(node => `${node.target} ${node.failureSummary}`).join(' | ')}`), []);
}

export const value = (page, label) => field(page, label).inputValue();
export const reads = (page, label, wanted) => page.waitForFunction(([name, text]) => [...document.querySelectorAll('input, textarea')].some(input => input.labels?.[0]?.textContent === name && input.value === text), [label, wanted]);

/** The same person over REST, for what a test needs to be there. */
export async function caller(url, user) {
  const { rest } = await signIn(url, user);
  return {
    rest,
    async contact(fields) { return (await rest('POST', '/api/v1/contacts', { body: fields })).body; },
    async patch(record, fields) { return (await rest('PATCH', `/api/v1/contacts/${record.id}`, { body: fields, headers: { 'if-match': `"${record.version}"` } })).body; },
  };
}
