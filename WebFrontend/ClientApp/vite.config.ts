import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const worth = 1024; // Smaller files gain nothing.

/** Writes a .br and a .gz beside every file, once at build time instead of at every request. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_, bundle) {
      await Promise.all(Object.values(bundle).map(async file => {
        const source = Buffer.from(file.type === 'chunk' ? file.code : file.source);
        if (source.length < worth || file.fileName.endsWith('.html')) return; // The page carries a nonce, so it is made for each request.
        const [br, gz] = await Promise.all([
          promisify(brotliCompress)(source, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }), promisify(gzip)(source, { level: 9 }),
        ]);
        this.emitFile({ type: 'asset', fileName: `${file.fileName}.br`, source: br });
        this.emitFile({ type: 'asset', fileName: `${file.fileName}.gz`, source: gz });
      }));
    },
  };
}

export default defineConfig({
  plugins: [react(), compressed()],
  build: { target: 'es2022', assetsInlineLimit: 0, reportCompressedSize: false, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': 'http://127.0.0.1:5080', '/hub': { target: 'http://127.0.0.1:5080', ws: true }, '/health': 'http://127.0.0.1:5080' } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'] },
});
