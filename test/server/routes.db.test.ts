// Interactions, the catalog, health, the page; and the app inside another one.
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { beforeAll, expect, test } from 'vitest';
import { getInteraction } from '../../content/index.ts';
import { getTask, publishActors } from '../../queue/index.ts';
import { createApp } from '../../server/index.ts';
import { addWorker, bodyOf, describeActor, json, openApp, type TestApp } from './setup.ts';

let t: TestApp;
const request = (path: string, init?: RequestInit) => t.app.request(path, init);
beforeAll(async () => {
  t = await openApp();
  await addWorker(t.queue);
});

const action = {
  provider: 'studio',
  action_type: 'txt2img',
  prompt_id: 'p1',
  params: { prompt: 'a cat' },
  source_data: { $a: 1 },
};

test('an interaction is made, then replaced, and holds any object', async () => {
  const path = '/api/workflow/run1/interaction/i%2F1';
  const value = JSON.parse('{"$set":{"a":1},"__proto__":{"b":2},"x.y":null}');
  expect((await request(path, json(value, 'PUT'))).status).toBe(201);
  expect((await request(path, json(value, 'PUT'))).status).toBe(200);
  const stored = await getInteraction(t.content, 'run1', 'i/1');
  expect(JSON.stringify(stored?.body)).toBe(JSON.stringify(value));
});

test.each(['/workflow', '/api/workflow'])(
  'a sub-action under %s becomes a media task of its run',
  async prefix => {
    await request('/api/workflow/run2/interaction/i1', json({}, 'PUT'));
    const answer = await request(`${prefix}/run2/interaction/i1/sub-action`, json(action));
    expect(answer.status).toBe(202);
    const { task_id, ...rest } = await bodyOf(answer);
    expect(rest).toEqual({});
    expect(answer.headers.get('location')).toBe(`/api/task/${task_id}`);
    expect(await getTask(t.queue, task_id)).toMatchObject({
      actor: 'media',
      workflow_run_id: 'run2',
      lane: 'studio',
      payload: { workflow_run_id: 'run2', interaction_id: 'i1', ...action },
    });
  },
);

test("a sub-action is judged by the media actor's schema, with pointers into its own body", async () => {
  await request('/api/workflow/run3/interaction/i1', json({}, 'PUT'));
  const send = async (body: object) =>
    bodyOf(request('/workflow/run3/interaction/i1/sub-action', json(body)));
  const pointers = async (body: object) => (await send(body)).errors.map(error => error.pointer);
  expect(await pointers({ ...action, provider: 'nobody' })).toEqual(['/provider']);
  expect(await pointers({ ...action, params: { width: 'wide' } })).toEqual(['/params/width']);
  expect(await pointers({ provider: 'studio', action_type: 'txt2img' })).toEqual(['/params']);
  expect(await pointers({ ...action, priority: 9 })).toHaveLength(1);
  expect(await send({ ...action, params: { a: { _bsontype: 'Long' } } })).toMatchObject({ status: 422 });
});

test('an interaction of another run is unknown', async () => {
  await request('/api/workflow/run4/interaction/i4', json({}, 'PUT'));
  const answer = await request('/workflow/run5/interaction/i4/sub-action', json(action));
  expect(await bodyOf(answer)).toMatchObject({
    status: 404,
    type: 'urn:callsheet:problems/unknown-interaction',
  });
});

test('the catalog shows what workers published and who serves it', async () => {
  await publishActors(t.queue, [describeActor('unserved')]);
  const { items, next_cursor } = await bodyOf(request('/api/v1/actors?limit=200'));
  expect(items.map(({ name }) => name)).toEqual(['any', 'media', 'sleep', 'unserved']);
  expect(next_cursor).toBeNull();
  const one = await bodyOf(request('/api/v1/actors/sleep'));
  expect(Object.keys(one)).toEqual([
    'name',
    'description',
    'tags',
    'input',
    'output',
    'concurrency',
    'timeouts',
    'retry',
    'category',
    'dependencies',
    'workers',
  ]);
  expect(one).toMatchObject({
    name: 'sleep',
    workers: ['w1'],
    input: { properties: { ms: { default: 100 } } },
    output: null,
  });
  expect(await bodyOf(request('/api/v1/actors/unserved'))).toMatchObject({ workers: [] });
  const first = await bodyOf(request('/api/v1/actors?limit=3'));
  const second = await bodyOf(request(`/api/v1/actors?limit=3&cursor=${first.next_cursor}`));
  expect([...first.items, ...second.items].map(({ name }) => name)).toEqual([
    'any',
    'media',
    'sleep',
    'unserved',
  ]);
  expect((await request('/api/v1/actors?cursor=%21')).status).toBe(422);
});

test('health: alive without I/O, ready when the database answers', async () => {
  expect([(await request('/healthz')).status, (await request('/readyz')).status]).toEqual([200, 200]);
  expect(await bodyOf(request('/readyz'))).toEqual({ ready: true, reasons: [] });
  const db = Object.create(t.queue.db, { command: { value: () => new Promise(() => {}) } });
  const app = createApp({ queue: { ...t.queue, db }, content: t.content });
  const answer = await app.request('/readyz');
  expect(answer.status).toBe(503);
  expect(await bodyOf(answer)).toEqual({ ready: false, reasons: ['the database does not answer'] });
  expect((await app.request('/healthz')).status).toBe(200);
});

test('without a built page there is one that says how to build it', async () => {
  for (const path of ['/', '/tasks', '/tasks/tq_1'])
    expect(await (await request(path)).text()).toContain('npm run build');
});

test('the page is served under each of its addresses, its hashed files for a year, with a strict policy', async () => {
  const webuiDir = await mkdtemp(join(tmpdir(), 'webui-'));
  await mkdir(join(webuiDir, 'assets'));
  await writeFile(join(webuiDir, 'index.html'), '<!doctype html><div id="root"></div>');
  await writeFile(join(webuiDir, 'assets', 'index-abc123.js'), 'export {};');
  await writeFile(join(webuiDir, 'favicon.svg'), '<svg/>');
  await writeFile(join(webuiDir, 'secret.txt.bak'), 'no');
  const app = createApp({
    queue: t.queue,
    content: t.content,
    webuiDir,
    publicUrl: 'https://cs.example/base',
  });
  for (const path of [
    '/',
    '/tasks',
    '/tasks/tq_1',
    '/gallery',
    '/lanes',
    '/workers',
    '/dead',
    '/schedules',
    '/stats',
  ]) {
    const answer = await app.request(path);
    expect([answer.status, answer.headers.get('cache-control')], path).toEqual([200, 'no-cache']);
    expect(await answer.text()).toContain('id="root"');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("img-src 'self' https://cs.example data: blob:");
    expect(policy).not.toContain('unsafe');
  }
  const script = await app.request('/assets/index-abc123.js');
  expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(script.headers.get('content-type')).toContain('javascript');
  expect((await app.request('/favicon.svg')).headers.get('cache-control')).toBe('no-cache');
  for (const path of [
    '/assets/nope.js',
    '/assets/..%2findex.html',
    '/secret.txt.bak',
    '/assets/%2e%2e/%2e%2e/package.json',
  ])
    expect((await app.request(path)).status, path).toBe(404);
});

test('urls begin with PUBLIC_URL where it is set', async () => {
  const app = createApp({ queue: t.queue, content: t.content, publicUrl: 'https://cs.example/base' });
  const answer = await app.request('/api/task', json({ actor: 'any', payload: {} }));
  const { task_id, urls } = await bodyOf(answer);
  expect(urls.self).toBe(`https://cs.example/base/api/task/${task_id}`);
});

test('the app works inside another one: its urls have the prefix, its errors are its own', async () => {
  const outer = new Hono().get('/', c => c.text('outer')).route('/queue', t.app);
  const answer = await outer.request('/queue/api/task', json({ actor: 'any', payload: {} }));
  const { urls } = await bodyOf(answer);
  expect(urls.self).toMatch(/^\/queue\/api\/task\/tq_/);
  expect(answer.headers.get('location')).toBe(urls.self);
  expect((await outer.request(urls.self)).status).toBe(200);
  expect((await outer.request('/queue/api/nope')).headers.get('content-type')).toBe(
    'application/problem+json',
  );
  expect((await outer.request('/queue/api/task', { method: 'DELETE' })).status).toBe(405);
  expect((await outer.request('/queue/api/task', json('{'))).status).toBe(400);
  expect(await (await outer.request('/')).text()).toBe('outer');
  expect((await outer.request('/elsewhere')).headers.get('content-type')).not.toBe(
    'application/problem+json',
  );
});

test('a server on loopback answers to loopback names, and to pages of its own', async () => {
  const { queue, content } = t;
  const app = createApp({ queue, content, loopbackOnly: true, publicUrl: 'http://cs.example' });
  const status = async (url: string, init?: RequestInit) => (await app.request(url, init)).status;
  for (const host of ['localhost:8080', '127.0.0.1:8080', '[::1]:8080', 'cs.example'])
    expect(await status(`http://${host}/healthz`), host).toBe(200);
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.1.5:8080'])
    expect(await status(`http://${host}/healthz`), host).toBe(403);
  const post = (Origin: string) =>
    status('http://localhost:8080/api/task', {
      ...json({ actor: 'any', payload: {} }),
      headers: { Origin, 'content-type': 'application/json' },
    });
  for (const origin of ['http://localhost:5173', 'http://127.0.0.1:8080', 'http://cs.example'])
    expect(await post(origin), origin).toBe(202);
  for (const origin of ['http://evil.example', 'null', 'https://localhost.evil.example'])
    expect(await post(origin), origin).toBe(403);
});
