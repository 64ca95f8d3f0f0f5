import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const product = `http://127.0.0.1:${process.env.CRM_PORT ?? 5080}`; // What the development server speaks to.
const worth = 1024; // Smaller files gain nothing.

/** Writes a .br and a .gz beside every file, once at build time instead of at every request. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      await Promise.all(Object.keys(bundle).filter(name => !name.endsWith('.html')).map(async name => { // The page carries a nonce, so it is made for each request.
        const file = path.join(dir!, name);
        const source = await readFile(file);
        if (source.length < worth) return;
        const [br, gz] = await Promise.all([
          promisify(brotliCompress)(source, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }), promisify(gzip)(source, { level: 9 }),
        ]);
        await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
      }));
    },
  };
}

export default defineConfig({
  plugins: [react(), compressed()],
  build: {
    target: 'es2022', assetsInlineLimit: 0, reportCompressedSize: false, modulePreload: { polyfill: false },
    // What the first page shares with later ones is one file: each later page has it by then, and many small files cost requests and bytes.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', tags: ['$initial'], minShareCount: 2 }] } } },
  },
  server: { proxy: { '/api': product, '/hub': { target: product, ws: true }, '/health': product } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'] },
});
