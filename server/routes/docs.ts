// A page for the description of the app: Swagger UI from our own files, with no word from elsewhere.
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import type { AppEnv } from '../parts.ts';
import { Problem } from '../problems.ts';

const files = ['swagger-ui-bundle.js', 'swagger-ui.css', 'docs.js', 'docs.css'];

// Beside the built server in a release, in dist/ of the checkout while developing.
const root = resolve(import.meta.dirname, '../..');
const folder = basename(root) === 'dist' ? join(root, 'docs') : join(root, 'dist', 'docs');

const notBuilt = `<!doctype html><meta charset="utf-8"><title>Callsheet over HTTP</title>
<p>This page is not built: run <code>npm run build</code>. What it shows is in <a href="openapi.json">openapi.json</a>.</p>`;

export function docsRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  if (existsSync(join(folder, 'index.html'))) {
    app.get('/docs', serveStatic({ root: folder, path: 'index.html' }));
    const served = new Map(files.map(file => [file, serveStatic<AppEnv>({ root: folder, path: file })]));
    app.get('/docs/:file', async (c, next) => {
      c.header('Cache-Control', 'max-age=3600');
      return served.get(c.req.param('file'))?.(c, next) ?? next();
    });
  } else app.get('/docs', c => c.html(notBuilt));
  app.get('/docs/:file', () => {
    throw new Problem('not-found', 'The page /docs has no such file.');
  });
  return app;
}
