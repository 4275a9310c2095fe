// The built web app: its page for every address it knows, its hashed files for a year. A browser that opens any other
// address gets the page too, which says so.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { type AppEnv, pathHere } from '../parts.ts';

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
  if (!isBuilt(directory)) {
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

const isBuilt = (directory: string | undefined): directory is string =>
  directory !== undefined && existsSync(join(directory, 'index.html'));

/** Answers browsers at addresses that nothing else knows; programs, and what is below `/api`, are left to get a problem. */
function otherwise(page: MiddlewareHandler<AppEnv>): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (!wantsPage(c)) return next();
    const found = await page(c, next);
    return found && new Response(found.body, { status: 404, headers: found.headers });
  };
}

/**
 * A browser that was refused for want of a key gets the page, which asks for one, at every address that could be a page's. The
 * refusal stands: nothing that was asked for has run.
 */
export function greetBrowsers(directory: string | undefined): MiddlewareHandler<AppEnv> {
  const page: MiddlewareHandler<AppEnv> = isBuilt(directory)
    ? serveStatic<AppEnv>({ root: directory, path: 'index.html' })
    : async c => c.html(notBuilt);
  return async (c, next) => {
    await next();
    if (c.res.status !== 401 || !wantsPage(c)) return;
    const refusal = c.res.headers.get('WWW-Authenticate') ?? 'Bearer';
    // What serves files leaves alone what has an answer.
    c.res = undefined;
    c.finalized = false;
    const found = await page(c, async () => {});
    const headers = new Headers(found?.headers);
    headers.set('WWW-Authenticate', refusal);
    headers.set('Cache-Control', 'no-store');
    c.res = new Response(found?.body ?? null, { status: 401, headers });
  };
}

/** Whether somebody reads this with a browser, and not at an address of data. */
const wantsPage = (c: Context<AppEnv>): boolean =>
  ['GET', 'HEAD'].includes(c.req.method) &&
  (c.req.header('Accept')?.includes('text/html') ?? false) &&
  !/^\/(?:api|v1|workflow)(?:\/|$)/.test(pathHere(c));

function keepFor(how: string): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next();
    if (c.res.ok) c.header('Cache-Control', how);
  };
}
