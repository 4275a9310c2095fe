// The built web app: its page for every address it knows, its hashed files for a year. A browser that opens any other
// address gets the page too, which says so. The page names its files by their way from its own address, so it works below
// any path, also one that a proxy takes away and this server never sees.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { type Context, type Handler, Hono, type MiddlewareHandler } from 'hono';
import { type AppEnv, mountPath, pathHere } from '../parts.ts';

const root = resolve(import.meta.dirname, '../..');

/** Where the built page is: beside the built server in a release, in dist/ of the checkout while developing. */
export const webuiDir = basename(root) === 'dist' ? join(root, 'webui') : join(root, 'dist', 'webui');

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
  const readPage = pageOf(directory);
  const show: Handler<AppEnv> = async c => c.html(await readPage(c), 200, { 'Cache-Control': 'no-cache' });
  for (const path of pages) app.get(path, show);
  if (isBuilt(directory)) {
    const files = serveStatic<AppEnv>({ root: directory, rewriteRequestPath: (_path, c) => pathHere(c) });
    app.get('/assets/*', keepFor('public, max-age=31536000, immutable'), files);
    // Files with names of their own (the icon, the theme) may change with the next build.
    app.get('/:file{[a-z0-9-]+\\.(?:svg|js|ico|png|txt|webmanifest)}', keepFor('no-cache'), files);
  }
  app.get('*', async (c, next) => {
    // To the router the app's root below a prefix is `/queue` alone, to its page `/queue/` too.
    if (pathHere(c) === '/') return show(c, next);
    // Programs, and what is below `/api`, are left to get a problem.
    return wantsPage(c) ? c.html(await readPage(c), 404) : next();
  });
  return app;
}

const isBuilt = (directory: string | undefined): directory is string =>
  directory !== undefined && existsSync(join(directory, 'index.html'));

/** Reads the page for the address of a request. It is read anew each time: a build may be replacing it. */
function pageOf(directory: string | undefined): (c: Context<AppEnv>) => Promise<string> {
  if (!isBuilt(directory)) return async () => notBuilt;
  const file = join(directory, 'index.html');
  return async c => {
    const page = await readFile(file, 'utf8').catch(() => notBuilt);
    return page.replaceAll('="./', `="${wayToRoot(c)}`);
  };
}

/** The relative address of the app's root, as a browser at the address of this request understands it. */
function wayToRoot(c: Context<AppEnv>): string {
  const here = pathHere(c);
  if (here !== '/' || c.req.path.endsWith('/')) return '../'.repeat(here.split('/').length - 2) || './';
  // `/queue` itself: its last part is a file to the browser and a folder to us.
  return `./${encodeURIComponent(mountPath(c).split('/').at(-1) ?? '')}/`;
}

/**
 * A browser that was refused for want of a key gets the page, which asks for one, at every address that could be a page's. The
 * refusal stands: nothing that was asked for has run.
 */
export function greetBrowsers(directory: string | undefined): MiddlewareHandler<AppEnv> {
  const readPage = pageOf(directory);
  return async (c, next) => {
    await next();
    if (c.res.status !== 401 || !wantsPage(c)) return;
    const headers = {
      'Content-Type': 'text/html; charset=UTF-8',
      'Cache-Control': 'no-store',
      'WWW-Authenticate': c.res.headers.get('WWW-Authenticate') ?? 'Bearer',
    };
    c.res = new Response(await readPage(c), { status: 401, headers });
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
