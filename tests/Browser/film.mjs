// Makes the moving picture of the README: two people on one contact. node film.mjs, with the product running at CRM_URL or started by this.
import { Buffer } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import { start } from '../Web/client/product.mjs';
import { caller, field, launch, person } from './browser.mjs';

const target = new URL('../../docs/together.webp', import.meta.url).pathname;
const window = { width: 860, height: 560 };
const scale = 0.72, gap = 14;

const product = await start();
const browser = await launch();
const frames = [];
try {
  const api = await caller(product.url, 'manager@acme.test');
  const contact = await api.contact({ name: 'Maria Anders', company: 'Alfreds Futterkiste', title: 'Sales Representative', status: 'customer', emails: ['maria@alfreds.example'], phones: ['+49 30 0074321'], tags: ['vip'] });
  const [ana, bo] = await Promise.all(['ana@acme.test', 'bo@acme.test'].map(user => person(browser, product.url, user, { viewport: window, reducedMotion: 'reduce' })));
  for (const page of [ana, bo]) {
    await page.goto(`${product.url}/contacts/${contact.id}`);
    await field(page, 'Job title').waitFor();
  }
  const studio = await (await browser.newContext()).newPage();

  /** Both windows as they are now, shown for so long. */
  const shoot = async milliseconds => {
    const shots = await Promise.all([ana, bo].map(async page => (await page.screenshot()).toString('base64')));
    const frame = await studio.evaluate(compose, { shots, window, scale, gap });
    if (frame.same) frames.at(-1).milliseconds += milliseconds;
    else frames.push({ ...frame, milliseconds });
  };
  const type = async (page, label, words) => {
    await field(page, label).fill('');
    for (let end = 2; end < words.length + 2; end += 2) {
      await field(page, label).fill(words.slice(0, end));
      await shoot(90);
    }
  };
  const shows = (page, label, value) => page.waitForFunction(([name, text]) => [...document.querySelectorAll('input, textarea')].some(input => input.labels?.[0]?.textContent === name && input.value === text), [label, value]);

  await shoot(1_200);
  await type(ana, 'Job title', 'Head of Purchasing');
  await field(ana, 'Job title').press('Tab');
  await shows(bo, 'Job title', 'Head of Purchasing');
  await shoot(1_600);
  // Both write in one field at once: whoever is second chooses, and nothing is lost.
  await field(bo, 'Company').focus();
  await type(bo, 'Company', 'Alfreds Feinkost');
  await type(ana, 'Company', 'Alfreds Futterkiste KG');
  await field(ana, 'Company').press('Tab');
  await bo.getByText('Ana Silva').first().waitFor();
  await shoot(1_400);
  await field(bo, 'Company').press('Tab');
  await bo.getByRole('dialog').waitFor();
  await shoot(2_200);
  await bo.getByRole('radio').nth(1).check();
  await shoot(900);
  await bo.getByRole('button', { name: 'Apply' }).click();
  await bo.getByRole('dialog').waitFor({ state: 'detached' });
  await shows(bo, 'Company', 'Alfreds Futterkiste KG');
  await shoot(2_400);
  const size = await studio.evaluate(() => ({ width: globalThis.stage.width, height: globalThis.stage.height }));
  const bytes = film(size, frames);
  await writeFile(target, bytes);
  console.log(`${target}: ${frames.length} frames, ${Math.round(bytes.length / 1024)} KB`);
} finally {
  await browser.close();
  await product.dispose();
}

/** In the page of the studio: draws both windows, and gives what is new since the frame before as one picture and its place. */
async function compose({ shots, window, scale, gap }) {
  const [width, height] = [Math.round((window.width * 2 + gap) * scale) & ~1, Math.round(window.height * scale) & ~1];
  const images = await Promise.all(shots.map(async shot => createImageBitmap(await (await fetch(`data:image/png;base64,${shot}`)).blob())));
  const stage = new OffscreenCanvas(width, height);
  const pen = stage.getContext('2d', { willReadFrequently: true });
  pen.imageSmoothingQuality = 'high';
  pen.fillStyle = '#c9ced8';
  pen.fillRect(0, 0, width, height);
  images.forEach((image, at) => pen.drawImage(image, at * (window.width + gap) * scale, 0, window.width * scale, height));
  const now = pen.getImageData(0, 0, width, height).data;
  const before = globalThis.before;
  let [left, top, right, bottom] = before ? [width, height, -1, -1] : [0, 0, width - 1, height - 1];
  for (let at = 0; before && at < now.length; at += 4) {
    if (now[at] === before[at] && now[at + 1] === before[at + 1] && now[at + 2] === before[at + 2]) continue;
    const [x, y] = [(at / 4) % width, Math.floor(at / 4 / width)];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
  }
  [globalThis.before, globalThis.stage] = [now, { width, height }];
  if (right < 0) return { same: true };
  [left, top] = [left & ~1, top & ~1]; // Places are even numbers.
  const part = new OffscreenCanvas(right - left + 1, bottom - top + 1);
  part.getContext('2d').drawImage(stage, -left, -top);
  const bytes = new Uint8Array(await (await part.convertToBlob({ type: 'image/webp', quality: 0.86 })).arrayBuffer());
  return { x: left, y: top, width: part.width, height: part.height, webp: btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), '')) };
}

/** An animated WebP out of still ones (the container of RFC 9649). */
function film({ width, height }, frames) {
  const chunk = (name, ...parts) => {
    const body = Buffer.concat(parts);
    const head = Buffer.alloc(8);
    head.write(name, 'latin1');
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
  };
  const three = value => Buffer.from([value & 255, (value >> 8) & 255, (value >> 16) & 255]);
  const pictures = frames.map(frame => {
    const still = Buffer.from(frame.webp, 'base64').subarray(12); // Without the head of its file, of which only the picture counts.
    const parts = [];
    for (let at = 0; at + 8 <= still.length;) {
      const size = still.readUInt32LE(at + 4);
      if (['VP8 ', 'VP8L', 'ALPH'].includes(still.toString('latin1', at, at + 4))) parts.push(still.subarray(at, at + 8 + size + (size % 2)));
      at += 8 + size + (size % 2);
    }
    return chunk('ANMF', three(frame.x / 2), three(frame.y / 2), three(frame.width - 1), three(frame.height - 1), three(frame.milliseconds), Buffer.from([2]), ...parts); // 2: laid over what is there, unblended.
  });
  const body = Buffer.concat([Buffer.from('WEBP'), chunk('VP8X', Buffer.from([2, 0, 0, 0]), three(width - 1), three(height - 1)), chunk('ANIM', Buffer.from([255, 255, 255, 255, 0, 0])), ...pictures]);
  const head = Buffer.from('RIFF    ');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}
