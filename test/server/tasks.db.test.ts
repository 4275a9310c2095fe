// Making, reading and stopping tasks over HTTP.
import { MongoClient } from 'mongodb';
import { beforeAll, expect, test } from 'vitest';
import { enqueueTasks, getTask, openQueue, updateProgress } from '../../queue/index.ts';
import { createApp } from '../../server/index.ts';
import { testUri } from '../helpers/mongo.ts';
import { addWorker, bodyOf, enqueue, enqueueClaimed, json, openApp, type TestApp } from './setup.ts';

let t: TestApp;
const request = (path: string, init?: RequestInit) => t.app.request(path, init);
const create = (body: unknown) => request('/api/task', json(body));
beforeAll(async () => {
  t = await openApp();
  await addWorker(t.queue);
});

test('a task is made: 202, where it is, and what it waits for', async () => {
  const answer = await create({ actor: 'sleep', payload: { ms: 5 }, priority: 3, tags: ['a'] });
  expect(answer.status).toBe(202);
  const body = await bodyOf(answer);
  expect(body).toEqual({
    task_id: expect.stringMatching(/^tq_/),
    status: 'queued',
    queue: { position: 0, lane: expect.any(String), blocked_by: null, holders: [], eta_ms: 0 },
    urls: {
      self: `/api/task/${body.task_id}`,
      stream: `/api/task/${body.task_id}/stream`,
      cancel: `/api/task/${body.task_id}/cancel`,
    },
  });
  expect(answer.headers.get('location')).toBe(body.urls.self);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(await getTask(t.queue, body.task_id)).toMatchObject({ priority: 3, tags: ['a'] });
});

test("the actor's schema is a gate, not an editor: defaults are not written into the payload", async () => {
  const answer = await create({ actor: 'any', payload: { $set: { a: 1 }, 'a.b': 2, note: 'x' } });
  const { task_id } = await bodyOf(answer);
  const shown = await bodyOf(request(`/api/task/${task_id}`));
  expect(shown.payload).toEqual({ $set: { a: 1 }, 'a.b': 2, note: 'x' });
});

test('a wrong payload is refused with a pointer to each field', async () => {
  const answer = await create({ actor: 'sleep', payload: { ms: 'soon', note: 'much too long', extra: 1 } });
  expect(answer.status).toBe(422);
  const { errors } = await bodyOf(answer);
  expect(errors.map(error => error.pointer).sort()).toEqual([
    '/payload/extra',
    '/payload/ms',
    '/payload/note',
  ]);
  const missing = await bodyOf(create({ actor: 'sleep', payload: {} }));
  expect(missing.errors).toEqual([{ pointer: '/payload/ms', detail: 'is missing' }]);
});

test('an unknown actor is refused at the door', async () => {
  const answer = await create({ actor: 'nobody', payload: {} });
  expect(answer.status).toBe(404);
  expect(await bodyOf(answer)).toMatchObject({ type: 'urn:callsheet:problems/unknown-actor', status: 404 });
});

test('a delayed task is scheduled', async () => {
  const later = await bodyOf(create({ actor: 'any', payload: {}, delay_ms: 60_000 }));
  expect(later).toMatchObject({ status: 'scheduled', queue: { position: null, blocked_by: 'scheduled' } });
});

test('a moment that is past, or now, means at once', async () => {
  for (const run_at of ['1970-01-01T00:00:00Z', '2001-02-03T04:05:06+07:00', new Date().toISOString()])
    expect(await bodyOf(create({ actor: 'any', payload: {}, run_at })), run_at).toMatchObject({
      status: 'queued',
    });
});

const absurd: [string, object, string][] = [
  ['a moment more than ten years ahead', { run_at: '2999-01-01T00:00:00Z' }, '/run_at'],
  ['a moment beyond all dates', { run_at: '+275760-09-14T00:00:00Z' }, '/run_at'],
  ['a moment without a time zone', { run_at: '2030-01-01T00:00:00' }, '/run_at'],
  ['a moment that is a number', { run_at: 1_900_000_000 }, '/run_at'],
  ['the 30th of February', { run_at: '2028-02-30T00:00:00Z' }, '/run_at'],
  ['a negative delay', { delay_ms: -1 }, '/delay_ms'],
  ['a delay of more than a year', { delay_ms: 40_000_000_000 }, '/delay_ms'],
  ['a moment and a delay', { run_at: '2030-01-01T00:00:00Z', delay_ms: 1 }, '/delay_ms'],
  ['a negative soft timeout', { timeouts: { soft_ms: -5 } }, '/timeouts/soft_ms'],
  ['a hard timeout of nothing', { timeouts: { hard_ms: 0 } }, '/timeouts/hard_ms'],
  ['a timeout of a century', { timeouts: { hard_ms: 3_155_760_000_000 } }, '/timeouts/hard_ms'],
  ['half a millisecond', { timeouts: { soft_ms: 0.5 } }, '/timeouts/soft_ms'],
  ['a soft timeout after the hard one', { timeouts: { soft_ms: 2, hard_ms: 1 } }, '/timeouts/soft_ms'],
  ['an unknown timeout', { timeouts: { total_ms: 1 } }, '/timeouts/total_ms'],
  ['fewer than no retries', { max_retries: -1 }, '/max_retries'],
  ['more retries than anybody waits for', { max_retries: 101 }, '/max_retries'],
  ['a priority beyond the bounds', { priority: 1_001 }, '/priority'],
];

test.each(absurd)('%s is refused and named', async (_, fields, pointer) => {
  const answer = await create({ actor: 'any', payload: {}, ...fields });
  expect(answer.status).toBe(422);
  expect((await bodyOf(answer)).errors).toMatchObject([{ pointer }]);
});

test('one timeout by itself is kept, whatever the other is by default', async () => {
  for (const timeouts of [{ soft_ms: 600_000 }, { hard_ms: 1 }, { soft_ms: 5, hard_ms: 5 }]) {
    const { task_id } = await bodyOf(create({ actor: 'any', payload: {}, timeouts }));
    expect(await getTask(t.queue, task_id)).toMatchObject({ timeouts });
  }
});

test('a live dedupe key gives the task that has it', async () => {
  const first = await create({ actor: 'any', payload: {}, dedupe_key: 'once' });
  const second = await create({ actor: 'any', payload: {}, dedupe_key: 'once' });
  expect(second.status).toBe(202);
  expect((await bodyOf(second)).task_id).toBe((await bodyOf(first)).task_id);
  expect(first.headers.get('deduplicated')).toBeNull();
  expect(second.headers.get('deduplicated')).toBe('true');
});

test('many at once: all, or none with every problem named', async () => {
  const good = { actor: 'sleep', payload: { ms: 1 } };
  const answer = await request('/api/tasks', json({ tasks: [good, good, good] }));
  expect(answer.status).toBe(202);
  const { task_ids } = await bodyOf(answer);
  expect(new Set(task_ids).size).toBe(3);

  const before = await t.queue.tasks.estimatedDocumentCount();
  const bad = await request(
    '/api/tasks',
    json({ tasks: [good, { actor: 'sleep', payload: { ms: -1 } }, { actor: 'nobody', payload: {} }] }),
  );
  expect(bad.status).toBe(422);
  expect((await bodyOf(bad)).errors).toMatchObject([
    { pointer: '/tasks/1/payload/ms' },
    { pointer: '/tasks/2/actor' },
  ]);
  expect(await t.queue.tasks.estimatedDocumentCount()).toBe(before);
  for (const tasks of [[], Array.from({ length: 1_001 }, () => good), 'x', undefined])
    expect((await request('/api/tasks', json({ tasks }))).status).toBe(422);
});

test('one task: every field, a tag of its rev, and how soon to ask again', async () => {
  const task = await enqueueClaimed(t.queue, { a: 1 });
  const answer = await request(`/api/task/${task._id}`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('etag')).toBe('W/"2"');
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(answer.headers.get('cache-control')).toBe('no-cache');
  const fields =
    'actor attempt attempts cancel_requested completed_at concurrency_identifier concurrency_limit created_at dead error heartbeat_at max_retries parent_id payload priority progress queue result retry_count rev run_at started_at state status tags task_id urls worker_id workflow_run_id';
  expect(
    Object.keys(await bodyOf(answer))
      .sort()
      .join(' '),
  ).toBe(fields);
  for (const tag of ['W/"2"', '"2"', '"1", W/"2"', '*'])
    expect((await request(`/api/task/${task._id}`, { headers: { 'If-None-Match': tag } })).status, tag).toBe(
      304,
    );
  await updateProgress(t.queue, [{ task, progress: { elapsed_ms: 1, message: 'on' } }]);
  expect((await request(`/api/task/${task._id}`, { headers: { 'If-None-Match': 'W/"2"' } })).status).toBe(
    200,
  );
});

test('cancelling: at once, requested, too late, unknown', async () => {
  const cancel = (id: string) => request(`/api/task/${id}/cancel`, { method: 'POST' });
  const pending = await enqueue(t.queue);
  const at_once = await cancel(pending);
  expect([at_once.status, await bodyOf(at_once)]).toEqual([200, { task_id: pending, status: 'cancelled' }]);
  const held = await enqueueClaimed(t.queue);
  for (const _ of [1, 2]) {
    const requested = await cancel(held._id);
    expect([requested.status, await bodyOf(requested)]).toEqual([
      202,
      { task_id: held._id, status: 'processing' },
    ]);
  }
  expect((await cancel(pending)).status).toBe(409);
  expect((await cancel('tq_01a2071a-cf56-7000-8000-01c713f55ac4')).status).toBe(404);
  expect((await bodyOf(request(`/api/task/${pending}`))).error?.type).toBe('Cancelled');
  expect((await request(`/api/task/${pending}`)).headers.get('retry-after')).toBeNull();
});

test('lists go back in time by pages, whole or of one run', async () => {
  const run = 'list run';
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(await enqueue(t.queue, { workflow_run_id: run }));
  const path = `/api/tasks?workflow_run_id=${encodeURIComponent(run)}`;
  const first = await bodyOf(request(`${path}&limit=3`));
  const second = await bodyOf(request(`${path}&limit=3&cursor=${first.next_cursor}`));
  const seen = [...first.items, ...second.items].map(item => item.task_id);
  expect(seen).toEqual(ids.toReversed());
  expect(second.next_cursor).toBeNull();
  const all = await bodyOf(request('/api/tasks?limit=2'));
  expect(all.items.map(item => item.task_id)).toEqual(ids.toReversed().slice(0, 2));
  const of_run = await bodyOf(request(`/api/workflow/${encodeURIComponent(run)}/tasks?limit=2`));
  expect(of_run).toMatchObject({ items: [{ task_id: ids[4] }, { task_id: ids[3] }], next_cursor: null });
});

test('lists are narrowed by any of their fields: status by any, tags by all that are named', async () => {
  const tags = ['narrow', 'red'];
  const red = await enqueue(t.queue, { tags });
  const blue = await enqueue(t.queue, { actor: 'sleep', tags: ['narrow', 'blue'], delay_ms: 60_000 });
  const held = await enqueueClaimed(t.queue);
  const found = async (query: string) =>
    (await bodyOf(request(`/api/tasks?${query}`))).items.map(item => item.task_id);
  expect(await found('tag=narrow')).toEqual([blue, red]);
  expect(await found('tag=narrow&tag=red')).toEqual([red]);
  expect(await found('tag=narrow&status=scheduled')).toEqual([blue]);
  expect(await found('tag=narrow&status=scheduled&status=processing')).toEqual([blue, red]);
  expect(await found('tag=narrow&actor=sleep')).toEqual([blue]);
  expect(await found(`worker_id=${held.worker_id}&status=processing&limit=1`)).toEqual([held._id]);
  expect(await found('tag=narrow&concurrency_identifier=studio')).toEqual([]);
});

test('a list names its next page in a link that keeps what was asked', async () => {
  for (let n = 0; n < 3; n++) await enqueue(t.queue, { tags: ['a b', 'linked'] });
  const first = await request('/api/tasks?tag=a%20b&tag=linked&limit=2');
  const [, next] = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '') ?? [];
  const second = await request(next!);
  expect((await bodyOf(second)).items).toHaveLength(1);
  expect(second.headers.get('link')).toBeNull();
});

test('a page of 200 waiting tasks costs a few reads, not a few for each', async () => {
  const client = new MongoClient(testUri(), { monitorCommands: true });
  const queue = await openQueue(client.db(t.queue.db.databaseName), { ensureSchema: false });
  const other = createApp({ queue, content: t.content });
  await enqueueTasks(
    queue,
    Array.from({ length: 200 }, () => ({ actor: 'media', payload: { provider: 'studio' } })),
  );
  let commands = 0;
  client.on('commandStarted', () => (commands += 1));
  const { items } = await bodyOf(other.request('/api/tasks?limit=200'));
  expect(items).toHaveLength(200);
  const places = items.map(item => (item as { queue?: { position: number } }).queue?.position);
  expect(places.toReversed()).toEqual(Array.from({ length: 200 }, (_, n) => n));
  expect(commands).toBeLessThan(10);
  await client.close();
});

test('a list takes only what it knows', async () => {
  const refused = await request('/api/tasks?state=queued&limit=5');
  expect(refused.status).toBe(422);
  expect((await bodyOf(refused)).errors).toEqual([
    {
      pointer: '/state',
      detail:
        'is not a parameter here; there are: limit, cursor, status, actor, workflow_run_id, concurrency_identifier, tag, worker_id',
    },
  ]);
  for (const query of [
    'limit=0',
    'limit=201',
    'limit=x',
    'limit=',
    'limit=1e1',
    'cursor=!!!',
    'cursor=e30',
    'limit=1&limit=2',
    'status=done',
    'status=',
    'tag=',
    'actor=a&actor=b',
    '__proto__=1',
  ])
    expect((await request(`/api/tasks?${query}`)).status, query).toBe(422);
});
