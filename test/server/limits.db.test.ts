// What a server refuses for being too much: a backlog that is full, too many POSTs of one key.
import { beforeAll, expect, test } from 'vitest';
import { cancelTask, completeTasks, createSchedule, enqueueTasks, putJob } from '../../queue/index.ts';
import { createApp, parseKeys } from '../../server/index.ts';
import { waitFor } from '../helpers/wait.ts';
import { addWorker, bodyOf, claimAll, enqueue, json, openApp, type TestApp } from './setup.ts';

let t: TestApp;
beforeAll(async () => {
  t = await openApp();
  await addWorker(t.queue);
});

const post = async (
  app: TestApp['app'],
  path: string,
  body: unknown = {},
  headers: Record<string, string> = {},
) => app.request(path, { ...json(body), headers: { 'content-type': 'application/json', ...headers } });
const media = { actor: 'media', payload: { provider: 'studio', action_type: 'txt2img', params: {} } };
const queued = (actor: string) => t.queue.tasks.countDocuments({ actor, status: 'queued' });

test('a lane takes so many tasks and no more, from how many requests at once they may come', async () => {
  const { queue, content } = t;
  const app = createApp({ queue, content, maxBacklog: 12 });
  const answers = await Promise.all(Array.from({ length: 30 }, () => post(app, '/api/task', media)));
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(12);
  const refused = answers.find(({ status }) => status !== 202)!;
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
  const problem = await bodyOf(refused);
  expect(problem.type).toBe('urn:callsheet:problems/queue-full');
  expect(problem.detail).toContain('"studio"');
  expect(await queued('media')).toBe(12);
});

test('all routes that make tasks obey it, and what it refused is not half done', async () => {
  const { queue, content } = t;
  const app = createApp({ queue, content, maxBacklog: 12 });
  const schedule = await createSchedule(queue, { cron: '0 9 * * *', ...media });
  const concurrency = { limit: 1 };
  await putJob(
    queue,
    'lab',
    { category: 'modifiers', name: 'fit', schema: {}, concurrency },
    { replace: false },
  );
  await enqueueTasks(
    queue,
    Array.from({ length: 12 }, () => ({ actor: 'lab:modifiers:fit', payload: {} })),
  );
  await app.request('/api/workflow/r/interaction/i', json({}, 'PUT'));
  const before = await queue.tasks.countDocuments();
  for (const [path, body] of [
    [`/api/v1/schedules/${schedule._id}/run`, {}],
    ['/api/tasks', { tasks: [{ actor: 'any', payload: {} }, media] }],
    ['/workflow/r/interaction/i/sub-action', { provider: 'studio', action_type: 'txt2img', params: {} }],
    ['/api/v1/rooms/lab/tasks/lab%3Amodifiers%3Afit', { payload: {} }],
    ['/api/v1/tasks/media/$execute', { params: media.payload }],
  ] as const) {
    const answer = await post(app, path, body, { 'Idempotency-Key': 'full' });
    expect([path, answer.status]).toEqual([path, 503]);
  }
  expect(await queue.tasks.countDocuments()).toBe(before);
  // Another lane is not concerned.
  expect((await post(app, '/api/task', { actor: 'any', payload: {} })).status).toBe(202);
});

test('once workers took some away there is room again, and a key that was refused is not used up', async () => {
  const { queue, content } = t;
  const app = createApp({ queue, content, maxBacklog: 12 });
  const keyed = { 'Idempotency-Key': 'patient' };
  expect((await post(app, '/api/task', media, keyed)).status).toBe(503);
  for (const held of (await claimAll(queue)).filter(({ actor }) => actor === 'media'))
    await completeTasks(queue, [{ task: held, result: null }]);
  const answer = await waitFor(async () => {
    const tried = await post(app, '/api/task', media, keyed);
    return tried.status === 202 ? tried : null;
  });
  expect(answer.headers.get('Idempotent-Replayed')).toBeNull();
  // Full again or not: what the key made is still its answer.
  await waitFor(async () => (await post(app, '/api/task', media)).status === 503);
  expect((await post(app, '/api/task', media, keyed)).headers.get('Idempotent-Replayed')).toBe('true');
});

test('work without a limit has one backlog, whatever lanes it is spread over; what others stored counts', async () => {
  const { queue, content } = t;
  const app = createApp({ queue, content, maxBacklog: 8 });
  const sleep = { actor: 'sleep', payload: { ms: 1 } };
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(await enqueue(queue, sleep));
  const statuses: number[] = [];
  for (let n = 0; n < 5; n++) statuses.push((await post(app, '/api/task', sleep)).status);
  expect(statuses).toEqual([202, 202, 202, 503, 503]);
  for (const id of ids) await cancelTask(queue, id);
  await waitFor(async () => (await post(app, '/api/task', sleep)).status === 202);
});

test('a deduplicated or replayed task takes no room', async () => {
  const { queue, content } = t;
  const app = createApp({ queue, content, maxBacklog: 1_000 });
  const once = { actor: 'any', payload: {}, dedupe_key: 'one' };
  const full = createApp({ queue, content, maxBacklog: (await queued('any')) + 2 });
  for (let n = 0; n < 10; n++) await post(app, '/api/task', once);
  for (let n = 0; n < 10; n++) expect((await post(full, '/api/task', once)).status).toBe(202);
});

test('with a rate limit each key may post so often a minute; looking is free', async () => {
  const { queue, content } = t;
  const keys = parseKeys('a:read+write:secret-a,b:read+write:secret-b,w:worker:secret-w');
  const app = createApp({ queue, content, keys, rateLimit: 3 });
  const as = (secret: string) => ({ Authorization: `Bearer ${secret}` });
  const ask = async (secret: string) => post(app, '/api/task', { actor: 'any', payload: {} }, as(secret));
  const answers = [await ask('secret-a'), await ask('secret-a'), await ask('secret-a')];
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
  expect(answers[2]!.headers.get('RateLimit')).toMatch(/^limit=3, remaining=0, reset=\d+$/);
  const refused = await ask('secret-a');
  expect([refused.status, refused.headers.get('content-type')]).toEqual([429, 'application/problem+json']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.headers.get('RateLimit-Policy')).toBe('3;w=60');
  expect(await bodyOf(refused)).toMatchObject({ type: 'urn:callsheet:problems/rate-limited', status: 429 });
  expect((await ask('secret-b')).status).toBe(202);
  expect((await app.request('/api/tasks', { headers: as('secret-a') })).status).toBe(200);
  const free = createApp({ queue, content });
  for (let n = 0; n < 10; n++) {
    const answer = await post(free, '/api/task', { actor: 'any', payload: {} });
    expect([answer.status, answer.headers.get('RateLimit')]).toEqual([202, null]);
  }
});

test('a worker outside says what becomes of its tasks as often as it must', async () => {
  const { queue, content } = t;
  const app = createApp({ queue, content, keys: parseKeys('w:worker:secret-w'), rateLimit: 2 });
  const joined = await post(
    app,
    '/api/v1/workers',
    { name: 'w', jobs: ['lab:modifiers:fit'], capacity: 1 },
    {
      Authorization: 'Bearer secret-w',
    },
  );
  expect(joined.status).toBe(201);
  const { worker_id, token } = (await joined.json()) as { worker_id: string; token: string };
  for (let n = 0; n < 6; n++) {
    const beat = await post(
      app,
      `/api/v1/workers/${worker_id}/heartbeat`,
      {},
      { Authorization: `Bearer ${token}` },
    );
    expect(beat.status).toBeLessThan(300);
  }
});
