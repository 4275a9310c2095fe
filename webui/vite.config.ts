// Builds the page into dist/webui with hashed names; in development it forwards to a server on this machine.
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // Files name each other by their way from one to the other: the app may be mounted under any path.
  base: './',
  build: {
    outDir: '../dist/webui',
    emptyOutDir: true,
    // Nothing is inlined as a data: URL, so the page needs no exception in the content security policy.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      '/api': 'http://127.0.0.1:8080',
      '/workflow': 'http://127.0.0.1:8080',
      '/readyz': 'http://127.0.0.1:8080',
    },
  },
});
