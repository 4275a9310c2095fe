// Rooms: who sees which jobs, who may publish them, and what is refused.
import { beforeAll, expect, test } from 'vitest';
import { claimTasks, getTask, publishActors, publishLimits, registerWorker } from '../../queue/index.ts';
import { parseKeys } from '../../server/index.ts';
import { ActorRegistry } from '../../worker/actors/registry.ts';
import { defineActor, startWorker } from '../../worker/index.ts';
import { waitFor } from '../helpers/wait.ts';
import { json, openApp, type TestApp } from './setup.ts';

let t: TestApp;
const keys = parseKeys(
  'admin:admin:S-admin,worker:worker:S-worker,writer:write:S-writer,reader:read:S-reader',
);
beforeAll(async () => {
  t = await openApp({}, { keys });
});

type Who = 'admin' | 'worker' | 'writer' | 'reader';
interface Answer {
  status: number;
  headers: Headers;
  // Answers of many forms: each test names what it reads.
  body: Record<string, unknown> & { items: Record<string, unknown>[]; errors: { pointer: string }[] };
}

async function as(who: Who | null, path: string, init: RequestInit = {}): Promise<Answer> {
  const headers = new Headers(init.headers);
  if (who) headers.set('authorization', `Bearer S-${who}`);
  const answer = await t.app.request(path, { ...init, headers });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) };
}

const bases = ['/api/v1', '/v1/joblib'];
const put = (room: string, job: object, who: Who = 'worker', query = '', base = bases[0]) =>
  as(who, `${base}/rooms/${room}/jobs${query}`, json(job, 'PUT'));
const submit = (room: string, full_name: string, body: object = { payload: {} }, base = bases[0]) =>
  as('writer', `${base}/rooms/${room}/tasks/${encodeURIComponent(full_name)}`, json(body));

const schema = { type: 'object', properties: { angle: { type: 'number' } }, required: ['angle'] };

test.each(bases)('a job is published, listed, asked for and hidden under %s', async base => {
  const room = base === bases[0] ? 'one' : 'two';
  const job = { category: 'modifiers', name: 'Rotate', schema, max_retries: 2, description: 'turns things' };
  const made = await put(room, job, 'worker', '', base);
  const full_name = `${room}:modifiers:Rotate`;
  expect(made.status).toBe(201);
  expect(made.headers.get('location')).toBe(`${base}/rooms/${room}/jobs/${encodeURIComponent(full_name)}`);
  expect(made.body).toMatchObject({
    full_name,
    room,
    category: 'modifiers',
    name: 'Rotate',
    schema,
    max_retries: 2,
    workers: [],
  });
  expect((await put(room, job, 'worker', '', base)).status).toBe(200);
  const listed = await as('reader', `${base}/rooms/${room}/jobs`);
  expect(listed.body.items.map(item => item.full_name)).toContain(full_name);
  expect((await as('reader', made.headers.get('location')!)).body).toMatchObject({ full_name, schema });

  const asked = await submit(room, full_name, { payload: { angle: 90 }, tags: ['x'] }, base);
  expect([asked.status, asked.headers.get('retry-after')]).toEqual([202, '1']);
  expect(asked.headers.get('location')).toBe(`/api/task/${String(asked.body.task_id)}`);
  expect(asked.body).toMatchObject({ status: 'queued', queue: { blocked_by: 'no_worker' } });
  const shown = await as('reader', asked.headers.get('location')!);
  expect(shown.body).toMatchObject({ actor: full_name, room, max_retries: 2, state: 'pending', tags: ['x'] });

  const wrong = await submit(room, full_name, { payload: {} }, base);
  expect([wrong.status, wrong.body.errors[0]?.pointer]).toEqual([422, '/payload/angle']);

  const history = await as('reader', `${made.headers.get('location')}/tasks`);
  expect(history.body.items.map(item => item.task_id)).toEqual([asked.body.task_id]);

  expect((await as('worker', made.headers.get('location')!, { method: 'DELETE' })).status).toBe(204);
  const gone = await submit(room, full_name, { payload: { angle: 1 } }, base);
  expect([gone.status, gone.body.type]).toEqual([404, '/v1/problems/job-not-found']);
  expect(
    (await as('reader', `${base}/rooms/${room}/jobs`)).body.items.map(item => item.full_name),
  ).not.toContain(full_name);
  // It is brought back as it is published again, also with another schema: nobody uses it now.
  const back = await put(room, { ...job, schema: {} }, 'worker', '', base);
  expect([back.status, back.body.schema]).toEqual([200, {}]);
});

test('another schema is a conflict unless it is to replace; of many at once one wins', async () => {
  const job = { category: 'analysis', name: 'Count', schema };
  await put('conflict', job);
  const reordered = { required: ['angle'], properties: { angle: { type: 'number' } }, type: 'object' };
  expect((await put('conflict', { ...job, schema: reordered })).status).toBe(200);
  const refused = await put('conflict', { ...job, schema: {} });
  expect([refused.status, refused.body.type]).toEqual([409, '/v1/problems/schema-conflict']);
  expect((await put('conflict', { ...job, schema: {} }, 'worker', '?replace=1')).body.schema).toEqual({});
  const racing = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      put('race', { category: 'analysis', name: 'Race', schema: { title: `version ${n}` } }),
    ),
  );
  expect(racing.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    201,
    ...Array.from({ length: 11 }, () => 409),
  ]);
});

test('jobs of all rooms are seen everywhere and changed by admins alone', async () => {
  for (const scope of ['@global', '@internal']) {
    const job = { category: 'modifiers', name: 'Shared', schema: {} };
    const refused = await put(scope, job);
    expect([refused.status, refused.body.type]).toEqual([403, '/v1/problems/forbidden']);
    expect((await put(scope, job, 'admin')).status).toBe(201);
    const path = `/api/v1/rooms/anywhere/jobs/${encodeURIComponent(`${scope}:modifiers:Shared`)}`;
    expect((await as('reader', path)).status).toBe(200);
    expect((await as('worker', path, { method: 'DELETE' })).status).toBe(403);
  }
  const seen = (await as('reader', '/api/v1/rooms/anywhere/jobs')).body.items.map(item => item.full_name);
  expect(seen).toEqual(expect.arrayContaining(['@global:modifiers:Shared', '@internal:modifiers:Shared']));
  const own = (await as('reader', '/api/v1/rooms/@global/jobs')).body.items.map(item => item.room);
  expect(new Set(own)).toEqual(new Set(['@global']));
  const asked = await submit('anywhere', '@global:modifiers:Shared');
  expect(asked.status).toBe(202);
  expect(await getTask(t.queue, String(asked.body.task_id))).toMatchObject({ room: 'anywhere' });
  const elsewhere = '/api/v1/rooms/elsewhere/jobs/@global:modifiers:Shared/tasks';
  expect((await as('reader', elsewhere)).body.items).toEqual([]);
  // Its history across rooms.
  const more = await submit('elsewhere', '@global:modifiers:Shared');
  const all = await as('reader', `/api/tasks?actor=${encodeURIComponent('@global:modifiers:Shared')}`);
  const ids = [more, asked].map(({ body }) => body.task_id);
  expect(all.body.items.map(item => item.task_id)).toEqual(ids);
});

test('a job of another room is not there', async () => {
  await put('mine', { category: 'modifiers', name: 'Secret', schema: {} });
  for (const answer of [
    await submit('yours', 'mine:modifiers:Secret'),
    await submit('@global', 'mine:modifiers:Secret'),
    await as('reader', '/api/v1/rooms/yours/jobs/mine:modifiers:Secret'),
    await as('worker', '/api/v1/rooms/yours/jobs/mine:modifiers:Secret', { method: 'DELETE' }),
    await submit('mine', 'modifiers:Secret'),
    await submit('mine', 'mine:modifiers:Nothing'),
  ])
    expect([answer.status, answer.body.type]).toEqual([404, '/v1/problems/job-not-found']);
});

test('an @internal job that nobody executes is 503 and nothing is stored', async () => {
  await put('@internal', { category: 'modifiers', name: 'Nobody', schema: {} }, 'admin');
  const before = await t.queue.tasks.countDocuments();
  for (const base of bases) {
    const refused = await submit('r', '@internal:modifiers:Nobody', { payload: {} }, base);
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({
      type: '/v1/problems/internal-job-not-configured',
      title: 'Service Unavailable',
      detail: expect.stringContaining('@internal:modifiers:Nobody'),
    });
  }
  expect(await t.queue.tasks.countDocuments()).toBe(before);
  const row = { _id: 'w-internal', host: 'here', pid: 1, version: '0', capacity: 1 };
  await registerWorker(t.queue, { ...row, actors: ['@internal:modifiers:Nobody'] });
  expect((await submit('r', '@internal:modifiers:Nobody')).status).toBe(202);
});

test('an actor of ours with a category is executed under both names, within one limit', async () => {
  const running = new Map<string, () => void>();
  const actor = defineActor({
    name: 'Twice',
    category: 'modifiers',
    concurrency: { limit: 1 },
    execute: (_payload, { task_id }) =>
      new Promise(resolve => running.set(task_id, () => resolve({ done: task_id }))),
  });
  const worker = await startWorker({ queue: t.queue, actors: [actor], poll_ms: 50 });
  try {
    const asked = await submit('lab', '@internal:modifiers:Twice');
    const direct = await as('writer', '/api/task', json({ actor: 'Twice', payload: {} }));
    expect([asked.status, direct.status]).toEqual([202, 202]);
    const ids = [String(asked.body.task_id), String(direct.body.task_id)];
    for (const round of [1, 2]) {
      await waitFor(() => running.size === round);
      expect(await t.queue.tasks.countDocuments({ lane: 'Twice', status: 'processing' })).toBe(1);
      for (const finish of running.values()) finish();
    }
    for (const id of ids)
      await waitFor(async () => (await getTask(t.queue, id))?.status === 'completed', { timeoutMs: 5_000 });
    const listed = (await as('reader', '/api/v1/rooms/lab/jobs')).body.items;
    expect(listed.find(item => item.full_name === '@internal:modifiers:Twice')).toMatchObject({
      workers: [worker.worker_id],
    });
    const catalog = await as('reader', '/api/v1/actors');
    expect(catalog.body.items.map(item => item.name)).not.toContain('@internal:modifiers:Twice');
  } finally {
    await worker.stop({ release: true });
  }
});

test('a room may be called as our own lanes are: its tasks are claimed all the same', async () => {
  for (const [name, concurrency] of [
    ['free', undefined],
    ['limited', { limit: 1 }],
  ] as const) {
    await put('route', { category: 'modifiers', name, schema: {}, concurrency });
    const asked = await submit('route', `route:modifiers:${name}`);
    const claimed = await claimTasks(t.queue, {
      worker_id: 'w',
      actors: new Set([`route:modifiers:${name}`]),
      want: 1,
      share: { index: 0, of: 1 },
    });
    expect(claimed.tasks.map(({ _id }) => _id)).toEqual([asked.body.task_id]);
  }
});

test('the limit of a job is brought to its lane; of two that name one key the smaller holds', async () => {
  const registry = new ActorRegistry([
    defineActor({
      name: 'Draw',
      concurrency: { key: '/provider', limits: { shared: 5 }, default: 1 },
      execute: () => null,
    }),
  ]);
  await publishActors(t.queue, registry.describe());
  await publishLimits(t.queue, registry.describe());
  await put('limits', {
    category: 'modifiers',
    name: 'Draw',
    schema: {},
    concurrency: { key: '/provider', limits: { shared: 2 }, default: 1 },
  });
  expect(await t.queue.lanes.findOne({ _id: 'shared' })).toMatchObject({ limit: 2 });
});

const job = { category: 'modifiers', name: 'Rotate', schema: {} };
test.each<[string, () => Promise<Answer>, number, string, string?]>([
  ['a room with a colon', () => put('a:b', job), 422, '/v1/problems/invalid-room-id', '/room'],
  ['a room with an at', () => put('@room', job), 422, '/v1/problems/invalid-room-id', '/room'],
  ['a long room', () => put('r'.repeat(65), job), 422, '/v1/problems/invalid-room-id', '/room'],
  [
    'a wrong category',
    () => put('r', { ...job, category: 'No' }),
    422,
    '/v1/problems/invalid-category',
    '/category',
  ],
  [
    'a wrong name',
    () => put('r', { ...job, name: 'a:b' }),
    422,
    'urn:callsheet:problems/validation',
    '/name',
  ],
  [
    'a schema that is none',
    () => put('r', { ...job, schema: { type: 'nothing' } }),
    422,
    'urn:callsheet:problems/validation',
    '/schema',
  ],
  [
    'a schema that is a list',
    () => put('r', { ...job, schema: [] }),
    422,
    'urn:callsheet:problems/validation',
    '/schema',
  ],
  [
    'an unknown field',
    () => put('r', { ...job, colour: 1 }),
    422,
    'urn:callsheet:problems/validation',
    '/colour',
  ],
  [
    'a limit that is none',
    () => put('r', { ...job, concurrency: { limit: 0 } }),
    422,
    'urn:callsheet:problems/validation',
  ],
  [
    'an actor in the body of a request',
    () => submit('r', '@global:modifiers:Shared', { actor: 'any', payload: {} }),
    422,
    'urn:callsheet:problems/validation',
    '/actor',
  ],
  [
    'replace=2',
    () => put('r', job, 'worker', '?replace=2'),
    422,
    'urn:callsheet:problems/validation',
    '/replace',
  ],
  ['a key that may not', () => put('r', job, 'writer'), 403, 'urn:callsheet:problems/forbidden'],
  [
    'a worker of an unknown job',
    () => as('worker', '/api/v1/workers', json({ name: 'w', jobs: ['r:modifiers:None'], capacity: 1 })),
    404,
    '/v1/problems/job-not-found',
  ],
  [
    'a worker of what is no job',
    () => as('worker', '/api/v1/workers', json({ name: 'w', jobs: ['any'], capacity: 1 })),
    422,
    'urn:callsheet:problems/validation',
    '/jobs/0',
  ],
  [
    'a worker outside for a job of ours',
    () => as('worker', '/api/v1/workers', json({ name: 'w', jobs: ['@internal:modifiers:Shared'] })),
    403,
    '/v1/problems/forbidden',
  ],
  [
    'a worker without room',
    () =>
      as('worker', '/api/v1/workers', json({ name: 'w', jobs: ['@global:modifiers:Shared'], capacity: 0 })),
    422,
    'urn:callsheet:problems/validation',
    '/capacity',
  ],
  [
    'joining with a key that may not',
    () => as('writer', '/api/v1/workers', json({ name: 'w', jobs: ['@global:modifiers:Shared'] })),
    403,
    'urn:callsheet:problems/forbidden',
  ],
])('%s is refused', async (_what, request, status, type, pointer) => {
  const { status: answered, headers, body } = await request();
  expect([answered, body.type]).toEqual([status, type]);
  expect(headers.get('content-type')).toBe('application/problem+json');
  if (pointer) expect(body.errors[0]?.pointer).toBe(pointer);
});

test('a token is good for its own worker alone, and no other key is one', async () => {
  const join = () => as('worker', '/api/v1/workers', json({ name: 'w', jobs: ['@global:modifiers:Shared'] }));
  const [mine, other] = [(await join()).body, (await join()).body];
  const ask = async (token: string | null, worker = mine, path = '/heartbeat') => {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const at = `/v1/joblib/workers/${String(worker.worker_id)}${path}`;
    return (await t.app.request(at, { method: 'POST', headers })).status;
  };
  expect(await ask(String(mine.token))).toBe(200);
  expect(await ask(String(other.token))).toBe(401);
  expect(await ask(null)).toBe(401);
  expect(await ask('S-writer')).toBe(403);
  expect(await ask('S-admin')).toBe(200);
  expect(await ask(String(mine.token), { ...mine, worker_id: 'rw_none' })).toBe(404);
  const elsewhere = await t.app.request('/api/tasks', {
    headers: { authorization: `Bearer ${String(mine.token)}` },
  });
  expect(elsewhere.status).toBe(401);
  const row = await t.queue.workers.findOne({ _id: String(mine.worker_id) });
  expect(JSON.stringify(row)).not.toContain(String(mine.token));
  const shown = await as('reader', '/api/v1/workers');
  expect(JSON.stringify(shown.body)).not.toMatch(/token|hash/);
  expect(shown.body.items.find(item => item.worker_id === mine.worker_id)).toMatchObject({ remote: true });
});

test.each<[string, object, string]>([
  ['no claim', { status: 'completed' }, '/claim'],
  ['an unknown status', { status: 'done', claim: 'x' }, '/status'],
  ['a result that cannot be stored', { status: 'completed', claim: 'x', result: { a: '\ud800' } }, '/result'],
  [
    'progress beyond its end',
    { status: 'processing', claim: 'x', progress: { fraction: 2 } },
    '/progress/fraction',
  ],
  ['an error that is a number', { status: 'failed', claim: 'x', error: 5 }, '/error'],
  ['an unknown field', { status: 'completed', claim: 'x', colour: 1 }, '/colour'],
])('a report with %s is refused by its field', async (_what, said, pointer) => {
  const joined = await as(
    'worker',
    '/api/v1/workers',
    json({ name: 'w', jobs: ['@global:modifiers:Shared'] }),
  );
  const { worker_id, token } = joined.body;
  const task_id = 'tq_01a2071a-cf56-7000-8000-01c713f55ac4';
  const headers = { authorization: `Bearer ${String(token)}`, 'content-type': 'application/json' };
  const report = (body: object) =>
    t.app.request(`/api/v1/workers/${String(worker_id)}/tasks/${task_id}`, {
      method: 'PUT',
      headers,
      body: JSON.stringify(body),
    });
  const answer = await report(said);
  const { errors } = (await answer.json()) as Answer['body'];
  expect([answer.status, errors[0]?.pointer]).toEqual([422, pointer]);
  expect((await report({ status: 'completed', claim: 'x' })).status).toBe(404);
});
