// The registry over HTTP, and `$execute`: an actor called through the queue while the caller waits, on a real worker.
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { cancelTask, listTasks } from '../../queue/index.ts';
import { defineActor } from '../../worker/actors/actor.ts';
import { PermanentError } from '../../worker/actors/errors.ts';
import { waitFor } from '../helpers/wait.ts';
import { startTestWorker, taskEnd } from '../worker/start.ts';
import { addWorker, json, openApp, serve, type TestApp } from './setup.ts';

let t: TestApp;
beforeAll(async () => {
  t = await openApp();
});
afterEach(() => waitFor(() => t.hub.size === 0));

const greet = defineActor({
  name: 'greet',
  description: 'Greets somebody.',
  tags: ['demo', 'words'],
  input: z.strictObject({ name: z.string().max(20).default('World') }),
  dependencies: ['database'],
  execute: ({ name }) => ({ message: `Hello, ${name}!` }),
});
const fail = defineActor({
  name: 'fail',
  tags: ['demo'],
  execute: ({ permanently }) => {
    if (permanently) throw new PermanentError('It never works.');
    throw new TypeError('It did not work.');
  },
});
const slow = defineActor({
  name: 'slow',
  execute: async ({ ms }, { signal }) => {
    await pause(Number(ms), undefined, { signal });
    return 'slept';
  },
});

const start = () => startTestWorker(t.queue, [greet, fail, slow]);
const path = (name: string) => `/api/v1/tasks/${name}/$execute`;
const call = (name: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  t.app.request(path(name), {
    ...json(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
const newest = async () => (await listTasks(t.queue, { limit: 1 })).items[0];

test('the registry is a bare list, filtered by all tags that are asked for', async () => {
  await start();
  const list = async (query: string) => {
    const answer = await t.app.request(`/api/v1/tasks${query}`);
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { name: string }[]).map(({ name }) => name);
  };
  expect(await list('')).toEqual(['any', 'fail', 'greet', 'media', 'slow', 'sleep'].sort());
  expect(await list('?tag=demo')).toEqual(['fail', 'greet']);
  expect(await list('?tag=demo&tag=words')).toEqual(['greet']);
  expect(await list('?tag=demo&tag=test')).toEqual([]);
  expect((await t.app.request('/api/v1/tasks?tags=demo')).status).toBe(422);
});

test('one of them says what it is called with; an unknown one is not there', async () => {
  await start();
  expect(await (await t.app.request('/api/v1/tasks/greet')).json()).toEqual({
    name: 'greet',
    docstring: 'Greets somebody.',
    signature: '(name: string = "World") -> any',
    parameters: [{ name: 'name', annotation: 'string', default: '"World"', required: false }],
    tags: ['demo', 'words'],
    dependencies: ['database'],
  });
  const unknown = await t.app.request('/api/v1/tasks/nobody');
  expect(unknown.status).toBe(404);
  expect(unknown.headers.get('content-type')).toBe('application/problem+json');
  expect(await (await t.app.request('/api/v1/actors/greet')).json()).toMatchObject({
    dependencies: ['database'],
  });
});

test('a call answers what the actor returned, with and without params', async () => {
  await start();
  const answer = await call('greet', { params: { name: 'Ada' } });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    task_name: 'greet',
    params: { name: 'Ada' },
    result: { message: 'Hello, Ada!' },
    error: null,
  });
  const encoded = await t.app.request('/api/v1/tasks/greet/%24execute', json({}));
  expect(await encoded.json()).toMatchObject({ params: {}, result: { message: 'Hello, World!' } });
});

test.each([{}, { permanently: true }])(
  'a failed call is answered with 200 and its error: %o',
  async params => {
    await start();
    const answer = await call('fail', { params });
    expect(answer.status).toBe(200);
    const said = await answer.json();
    expect(said).toMatchObject({
      task_name: 'fail',
      params,
      result: null,
      error: {
        type: 'permanently' in params ? 'PermanentError' : 'TypeError',
        message: expect.stringContaining('work'),
        traceback: expect.stringContaining('execute.db.test.ts'),
      },
    });
  },
);

test('a call that somebody cancels is answered with 200 and says so', async () => {
  await start();
  const asked = call('slow', { params: { ms: 60_000 } });
  const task = await waitFor(() => t.queue.tasks.findOne({ actor: 'slow', status: 'processing' }));
  await cancelTask(t.queue, task._id);
  const answer = await asked;
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ result: null, error: { type: 'Cancelled', traceback: '' } });
});

test('a call that takes longer than one waits is answered as a new task, and goes on', async () => {
  await start();
  const answer = await call('slow', { params: { ms: 1_500 } }, { Prefer: 'wait=1' });
  expect(answer.status).toBe(202);
  expect(answer.headers.get('preference-applied')).toBe('wait=1');
  const said = (await answer.json()) as { task_id: string; urls: { self: string }; status: string };
  expect(said).toMatchObject({ status: 'processing', queue: null });
  expect(answer.headers.get('location')).toBe(said.urls.self);
  expect(await taskEnd(t.queue, said.task_id)).toMatchObject({ status: 'completed', result: 'slept' });
});

test('a client that goes away does not cancel its call', async () => {
  await start();
  const { url } = await serve(t);
  const leaving = new AbortController();
  const body = json({ params: { ms: 1_000, gone: true } });
  const asked = fetch(url + path('slow'), { ...body, signal: leaving.signal });
  const task = await waitFor(() => t.queue.tasks.findOne({ 'payload.gone': true, status: 'processing' }));
  await waitFor(() => t.hub.size === 1);
  leaving.abort();
  await expect(asked).rejects.toThrow();
  await waitFor(() => t.hub.size === 0);
  expect((await t.queue.tasks.findOne({ _id: task._id }))?.status).toBe('processing');
  expect(await taskEnd(t.queue, task._id)).toMatchObject({ status: 'completed' });
});

test.each([
  [{ params: { name: 7 } }, 422, '/params/name'],
  [{ params: { nom: 'Ada' } }, 422, '/params/nom'],
  [{ params: [] }, 422, '/params'],
  [{ params: null }, 422, '/params'],
  [{ parameters: {} }, 422, ''],
  [[], 422, ''],
  ['{', 400, undefined],
])('%o is refused with %i at %o', async (body, status, pointer) => {
  await start();
  const before = (await newest())?._id;
  const answer = await call('greet', body);
  expect(answer.status).toBe(status);
  const said = (await answer.json()) as { errors?: { pointer: string }[] };
  expect(said.errors?.[0]?.pointer.replace('/parameters', '')).toBe(pointer);
  expect((await newest())?._id).toBe(before);
});

test('what no live worker runs is refused, and nothing is enqueued', async () => {
  const worker = await start();
  await worker.stop();
  const before = (await newest())?._id;
  const answer = await call('greet', { params: {} });
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('5');
  expect(await answer.json()).toMatchObject({ type: 'urn:callsheet:problems/no-executor', status: 503 });
  expect((await call('nobody')).status).toBe(404);
  expect((await newest())?._id).toBe(before);
});

test('a worker that drains, or has been silent, is no live one', async () => {
  await addWorker(t.queue, 'leaving');
  await t.queue.workers.updateOne({ _id: 'leaving' }, { $set: { draining: true } });
  expect((await call('any')).status).toBe(503);
  await t.queue.workers.updateOne(
    { _id: 'leaving' },
    { $set: { draining: false, heartbeat_at: new Date(Date.now() - 60_000) } },
  );
  expect((await call('any')).status).toBe(503);
  await addWorker(t.queue, 'leaving');
  expect((await call('any', {}, { Prefer: 'wait=0' })).status).toBe(202);
  await t.queue.workers.deleteOne({ _id: 'leaving' });
});
