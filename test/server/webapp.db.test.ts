// Addresses that nobody knows: a browser gets the page, everybody else a problem.
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { beforeAll, expect, test } from 'vitest';
import { createApp, parseKeys } from '../../server/index.ts';
import { openApp, type TestApp } from './setup.ts';

type Asked = { request: (path: string, init?: RequestInit) => Response | Promise<Response> };

let t: TestApp;
let built: TestApp['app'];
beforeAll(async () => {
  t = await openApp();
  const webuiDir = await mkdtemp(join(tmpdir(), 'webui-'));
  await writeFile(join(webuiDir, 'index.html'), '<!doctype html><div id="root"></div>');
  built = createApp({ queue: t.queue, content: t.content, webuiDir });
});

const asBrowser = { headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };
const kind = (answer: Response) => answer.headers.get('content-type')?.split(';')[0];

test('a browser at an unknown address gets the page with 404, built or not', async () => {
  for (const path of ['/nowhere', '/tasks/tq_1/more', '/a/b/c']) {
    const answer = await built.request(path, asBrowser);
    expect([answer.status, kind(answer)], path).toEqual([404, 'text/html']);
    expect(await answer.text()).toContain('id="root"');
    const notBuilt = await t.app.request(path, asBrowser);
    expect(notBuilt.status).toBe(404);
    expect(await notBuilt.text()).toContain('npm run build');
  }
});

test('programs get a problem there, and so does everybody below /api', async () => {
  for (const path of ['/nowhere', '/api/nowhere']) {
    const answer = await built.request(path);
    expect([answer.status, kind(answer)], path).toEqual([404, 'application/problem+json']);
  }
  expect(kind(await built.request('/api/nowhere', asBrowser))).toBe('application/problem+json');
  expect((await built.request('/api/task', asBrowser)).status).toBe(405);
  expect(kind(await built.request('/nowhere', { method: 'POST', ...asBrowser }))).toBe(
    'application/problem+json',
  );
});

test('with keys a browser without one gets the page at any address, and none of what is there', async () => {
  const webuiDir = await mkdtemp(join(tmpdir(), 'webui-'));
  await writeFile(join(webuiDir, 'index.html'), '<!doctype html><div id="root"></div>');
  const keys = parseKeys('reader:read:planted-read-1f0c');
  const locked = createApp({ queue: t.queue, content: t.content, webuiDir, keys });
  for (const path of ['/nowhere', '/a/b/c', '/tasks/tq_1/more']) {
    const answer = await locked.request(path, asBrowser);
    expect([answer.status, kind(answer)], path).toEqual([401, 'text/html']);
    expect(answer.headers.get('WWW-Authenticate')).toContain('Bearer');
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'self'");
    expect(await answer.text()).toContain('id="root"');
    expect(kind(await locked.request(path))).toBe('application/problem+json');
  }
  const data = ['/api/tasks', '/api/nowhere', '/v1/joblib/x', '/workflow/r/media/gc_1.png', '/workflow'];
  for (const path of data) {
    const answer = await locked.request(path, asBrowser);
    expect([answer.status, kind(answer)], path).toEqual([401, 'application/problem+json']);
  }
  const posted = await locked.request('/nowhere', { method: 'POST', ...asBrowser });
  expect([posted.status, kind(posted)]).toEqual([401, 'application/problem+json']);
  // Once it has a key the address says what it is: nothing.
  const headers = { ...asBrowser.headers, Authorization: 'Bearer planted-read-1f0c' };
  expect((await locked.request('/nowhere', { headers })).status).toBe(404);
});

test('the page names its files by their way from the address that was asked for, mounted anywhere', async () => {
  const webuiDir = await mkdtemp(join(tmpdir(), 'webui-'));
  await mkdir(join(webuiDir, 'assets'));
  await writeFile(join(webuiDir, 'assets', 'index-abc123.js'), 'export {};');
  await writeFile(join(webuiDir, 'theme.js'), 'export {};');
  await writeFile(join(webuiDir, 'index.html'), '<script src="./theme.js"></script>');
  const app = createApp({
    queue: t.queue,
    content: t.content,
    webuiDir,
    keys: parseKeys('r:read:planted-0a1b'),
  });
  for (const prefix of ['', '/queue', '/my/own queue', '/Bühne']) {
    const outer = prefix === '' ? app : new Hono().route(prefix, app);
    const headers = { ...asBrowser.headers, Authorization: 'Bearer planted-0a1b' };
    for (const path of ['/', '/tasks', '/tasks/tq_1', '/a/b/c', '/a//b', '/%2e%2e%2fa/"><script>'])
      await expectFound(outer, `${encodeURI(prefix)}${path}`, { headers });
    await expectFound(outer, encodeURI(prefix), { headers });
    // Refused for want of a key it is the same page.
    await expectFound(outer, `${encodeURI(prefix)}/a/b/c`, asBrowser);
    const script = await outer.request(`${encodeURI(prefix)}/assets/index-abc123.js`);
    expect(script.headers.get('cache-control'), prefix).toContain('immutable');
    expect((await outer.request(`${encodeURI(prefix)}/assets/..%2findex.html`)).status).toBe(404);
  }
});

/** Asks for the page, and for the file that it names, as a browser does. */
async function expectFound(app: Asked, path: string, init: RequestInit): Promise<void> {
  const at = new URL(path, 'http://page.test');
  const page = await (await app.request(at.href, init)).text();
  const [, way] = /^<script src="((?:\.\.?\/)+(?:[\w%.-]+\/)?theme\.js)"><\/script>$/.exec(page) ?? [];
  const file = await app.request(new URL(way ?? 'nothing', at).href, { headers: { Accept: '*/*' } });
  expect([file.status, file.headers.get('content-type')], `${path}: ${page}`).toEqual([
    200,
    'text/javascript; charset=utf-8',
  ]);
}

test('the page’s cookie goes no further than the app', async () => {
  const app = createApp({ queue: t.queue, content: t.content, keys: parseKeys('r:read:planted-0a1b') });
  const path = async (outer: Asked, at: string) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await outer.request(at, { method: 'POST', headers, body: '{"key":"planted-0a1b"}' });
    return /; Path=([^;]*)/.exec(answer.headers.get('set-cookie') ?? '')?.[1];
  };
  expect(await path(app, '/api/session')).toBe('/');
  expect(await path(new Hono().route('/my/queue', app), '/my/queue/api/session')).toBe('/my/queue');
});
