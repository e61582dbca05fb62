import { join } from 'node:path';
import { defineConfig } from 'vite';

/** What bin/ensure-page.mjs builds. Absolute addresses, so that the page may be reached by any path. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // A data: address would be one more thing for the content policy to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    // The renderer of the API reference, which nothing else loads.
    chunkSizeWarningLimit: 2_000,
    rolldownOptions: {
      input: ['index.html', 'docs.html'].map((file) => join(import.meta.dirname, file)),
      checks: { pluginTimings: false },
    },
  },
  // Another web process in the same checkout builds at the same time.
  cacheDir: '../../node_modules/.vite',
  logLevel: 'warn',
});
