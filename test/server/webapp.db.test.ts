// Addresses that nobody knows: a browser gets the page, everybody else a problem.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createApp, parseKeys } from '../../server/index.ts';
import { openApp, type TestApp } from './setup.ts';

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
