// The built web app: its page for every address it knows, its hashed files for a year. A browser that opens any other
// address gets the page too, which says so.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono, type MiddlewareHandler } from 'hono';
import type { AppEnv } from '../parts.ts';

/** The app's own addresses: each survives a refresh. */
const pages = [
  '/',
  '/tasks',
  '/tasks/:id',
  '/gallery',
  '/lanes',
  '/workers',
  '/dead',
  '/schedules',
  '/stats',
];

const notBuilt = `<!doctype html><meta charset="utf-8"><title>Callsheet</title>
<p>The web app is not built. Run <code>npm run build</code>, then start the server again.</p>`;

/** Serves what `vite build` left in `directory`; without it, a page that says how to build it. */
export function webappRoutes(directory: string | undefined): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  if (directory === undefined || !existsSync(join(directory, 'index.html'))) {
    for (const page of pages) app.get(page, c => c.html(notBuilt));
    app.get(
      '*',
      otherwise(async c => c.html(notBuilt, 404)),
    );
    return app;
  }
  const page = serveStatic<AppEnv>({ root: directory, path: 'index.html' });
  for (const path of pages) app.get(path, keepFor('no-cache'), page);
  const files = serveStatic<AppEnv>({ root: directory });
  app.get('/assets/*', keepFor('public, max-age=31536000, immutable'), files);
  // Files with names of their own (the icon, the theme) may change with the next build.
  app.get('/:file{[a-z0-9-]+\\.(?:svg|js|ico|png|txt|webmanifest)}', keepFor('no-cache'), files);
  app.get('*', otherwise(page));
  return app;
}

/** Answers browsers at addresses that nothing else knows; programs, and what is below `/api`, are left to get a problem. */
function otherwise(page: MiddlewareHandler<AppEnv>): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const wanted = c.req.header('Accept')?.includes('text/html') && !/^\/(?:api|v1)\//.test(c.req.path);
    if (!wanted) return next();
    const found = await page(c, next);
    return found && new Response(found.body, { status: 404, headers: found.headers });
  };
}

function keepFor(how: string): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next();
    if (c.res.ok) c.header('Cache-Control', how);
  };
}
