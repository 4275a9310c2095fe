// What the client can ask against what the server describes: every operation has a call, and every call asks for an operation
// with the parameters and the body that are described.
import { expect, test } from 'vitest';
import { type Client, createClient } from '../../client/index.ts';
import { bodyCheck, type Described, documentOf } from '../server/openapi/document.ts';

/** Operations that no call reaches, and why. */
const without: Record<string, string> = {
  listTasksOfRun: 'listTasks({ workflow_run_id }) lists the same, page by page',
  getExtensionStats: 'for the programs that came before; getStats({ actor: full_name }) says it and more',
  getHealth: 'for whoever restarts the process; readiness() says more',
  getMetrics: 'text for Prometheus',
  getDescription: 'for programs that write clients',
  getDocs: 'a page for people',
  getDocsFile: 'a file of that page',
};

const task = { actor: 'any', payload: {} };
const worker = { worker_id: 'w', token: 't' };
const picture = { workflow_run_id: 'run', content_id: 'gc_1', extension: 'png' };
const tenth = '2026-12-31T18:00:00Z';

async function readAll(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

/** Each call by its name, with everything that it takes. */
const calls: Record<string, (client: Client) => Promise<unknown>> = {
  createTask: c => c.createTask({ ...task, run_at: new Date(tenth), tags: ['a'] }, { idempotency_key: 'k' }),
  createTasks: c => c.createTasks([task], { idempotency_key: 'k' }),
  getTask: c => c.getTask('tq_1'),
  listTasks: c =>
    c
      .listTasks(
        {
          status: ['failed'],
          actor: 'a',
          workflow_run_id: 'r',
          concurrency_identifier: 'c',
          tag: ['x', 'y'],
          worker_id: 'w',
        },
        { limit: 5 },
      )
      .page('next'),
  listJobs: c => c.listJobs({ parent_id: 'tq_1', status: 'queued' }, { limit: 1 }).page('next'),
  getJob: c => c.getJob({ task_id: 'tq_1' }),
  watch: c => readAll(c.watch('tq_1', { after: 4 })),
  watchMany: c => readAll(c.watchMany({ ids: ['a', 'b'] }, { after: 'x' })),
  waitFor: c => c.waitFor('tq_1'),
  cancelTask: c => c.cancelTask('tq_1', { children: true }),
  retryTask: c => c.retryTask('tq_1'),
  actOnTasks: c => c.actOnTasks('cancel', { filter: { actor: 'a' } }, { dry_run: true, children: true }),
  listActors: c => c.listActors({ limit: 1 }).page('next'),
  getActor: c => c.getActor('a/b'),
  listWorkers: c => c.listWorkers({ limit: 1 }).page('next'),
  execute: c => c.execute('a', { x: 1 }, { waitSeconds: 5, idempotency_key: 'k' }),
  getStats: c => c.getStats({ actor: 'a' }),
  listMinutes: c => c.listMinutes({ actor: 'a', last: 5 }),
  readiness: c => c.readiness(),
  'registry.list': c => c.registry.list({ tag: ['a', 'b'] }),
  'registry.get': c => c.registry.get('a'),
  'dlq.list': c => c.dlq.list({ actor: 'a', error_type: 'Boom' }, { limit: 1 }).page('next'),
  'dlq.groups': c => c.dlq.groups({ actor: 'a' }, { limit: 1 }),
  'dlq.retry': c => c.dlq.retry('tq_1'),
  'dlq.dismiss': c => c.dlq.dismiss('tq_1'),
  'dlq.act': c => c.dlq.act('retry', { filter: { error_type: 'Boom' } }, { dry_run: true }),
  'lanes.list': c => c.lanes.list({ limit: 1 }).page('next'),
  'lanes.get': c => c.lanes.get('a#all'),
  'lanes.change': c => c.lanes.change('a', { limit: 'default', paused: true, cooldown_until: tenth }),
  'schedules.list': c => c.schedules.list({ limit: 1 }).page('next'),
  'schedules.get': c => c.schedules.get('s'),
  'schedules.create': c =>
    c.schedules.create({ cron: '0 9 * * *', ...task, time_zone: 'UTC', priority: 1, paused: true }),
  'schedules.change': c => c.schedules.change('s', { paused: false, cron: '0 9 * * *' }),
  'schedules.delete': c => c.schedules.delete('s'),
  'schedules.run': c => c.schedules.run('s', { idempotency_key: 'k' }),
  'contents.list': c => c.contents.list('run', { limit: 1 }).page('next'),
  'contents.get': c => c.contents.get('gc_1'),
  'contents.upload': c => c.contents.upload(new Blob(['x'], { type: 'image/png' }), { workflow_run_id: 'r' }),
  'contents.open': c => c.contents.open(picture, { thumbnail: true }),
  // No call, but the address of one.
  'contents.urlOf': c => c.send(c.contents.urlOf(picture, { thumbnail: true }).slice(c.url.length)),
  'contents.listGenerations': c =>
    c.contents.listGenerations({ workflow_run_id: 'r', status: 'failed' }, { limit: 1 }).page('next'),
  'contents.getGeneration': c => c.contents.getGeneration('g'),
  'interactions.put': c => c.interactions.put('run', 'i', { any: 1 }),
  'interactions.startSubAction': c =>
    c.interactions.startSubAction(
      { workflow_run_id: 'run', interaction_id: 'i' },
      { provider: 'studio', action_type: 'txt2img', prompt_id: 'p', params: {}, source_data: null },
      { idempotency_key: 'k' },
    ),
  'artifacts.list': c => c.artifacts.list({ parent: 'a' }, { limit: 1 }).page('next'),
  'artifacts.get': c => c.artifacts.get('a'),
  'artifacts.expand': c => c.artifacts.expand('a', { depth: 2, limit: 5 }),
  'rooms.listJobs': c => c.rooms.listJobs('lab', { limit: 1 }).page('next'),
  'rooms.getJob': c => c.rooms.getJob('lab', 'lab:analysis:count'),
  'rooms.putJob': c =>
    c.rooms.putJob(
      'lab',
      {
        category: 'analysis',
        name: 'count',
        schema: {},
        description: 'd',
        tags: ['a'],
        max_retries: 1,
        concurrency: { key: '/a', limits: { x: 1 }, default: 1 },
        timeouts: { soft_ms: 1_000, hard_ms: 2_000 },
        retry: { base_ms: 1_000, jitter: false },
      },
      { replace: true },
    ),
  'rooms.deleteJob': c => c.rooms.deleteJob('lab', 'lab:analysis:count'),
  'rooms.listTasks': c => c.rooms.listTasks('lab', 'lab:analysis:count', { limit: 1 }).page('next'),
  'rooms.createTask': c =>
    c.rooms.createTask('lab', 'lab:analysis:count', { payload: {} }, { idempotency_key: 'k' }),
  'remote.join': c => c.remote.join({ name: 'w', jobs: ['lab:analysis:count'], capacity: 2 }),
  'remote.get': c => c.remote.get(worker),
  'remote.watch': c => readAll(c.remote.watch(worker)),
  'remote.report': c =>
    c.remote.report(worker, 'tq_1', {
      status: 'processing',
      claim: 'c',
      progress: { elapsed_ms: 1, message: 'm', fraction: 0.5 },
      result: { a: 1 },
      error: { type: 'Boom', message: 'it broke', details: {}, stack_trace: '' },
    }),
  'remote.beat': c => c.remote.beat(worker),
  'remote.leave': c => c.remote.leave(worker),
  'session.get': c => c.session.get(),
  'session.open': c => c.session.open('secret'),
  'session.close': c => c.session.close(),
};

/** Calls whose arguments exclude each other, the other way. */
const otherwise: [string, (client: Client) => Promise<unknown>][] = [
  ['watchMany of a run', c => readAll(c.watchMany({ workflow_run_id: 'r' }))],
  ['watchMany of all', c => readAll(c.watchMany({ all: true }))],
  ['artifacts.list of a task', c => c.artifacts.list({ task_id: 'tq_1' }).page()],
];

const api = documentOf([]);
const check = bodyCheck(api);
const operations = Object.entries(api.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, said]) => ({ method: method.toUpperCase(), path, said })),
);

/** The functions of a client by their names; those of `send` and `url` are no calls of their own. */
function namesOf(client: object, before = ''): string[] {
  return Object.entries(client).flatMap(([name, value]): string[] => {
    if (typeof value === 'function') return before + name === 'send' ? [] : [before + name];
    return typeof value === 'object' ? namesOf(value, `${before}${name}.`) : [];
  });
}

interface Asked {
  method: string;
  url: URL;
  headers: Headers;
  body: unknown;
}

/** The first request that a call makes. Everything is refused, so that nothing is asked twice. */
async function requestOf(call: (client: Client) => Promise<unknown>): Promise<Asked> {
  const asked: Asked[] = [];
  const refuse: typeof fetch = async (input, { method = 'GET', headers, body } = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    asked.push({
      method,
      url,
      headers: new Headers(headers),
      body: typeof body === 'string' ? JSON.parse(body) : body,
    });
    return Response.json({ title: 'no' }, { status: 404 });
  };
  await expect(call(createClient({ url: 'http://server', fetch: refuse }))).rejects.toMatchObject({
    status: 404,
  });
  expect(asked).toHaveLength(1);
  return asked[0]!;
}

/** The operation of a request; a path with fewer parameters comes first, as in the server. */
function operationOf({ method, url }: Asked): Described | undefined {
  const names = url.pathname.split('/');
  const matching = operations.filter(one => one.method === method && isAt(one.path.split('/'), names));
  return matching.toSorted((a, b) => a.said.parameters.length - b.said.parameters.length)[0]?.said;
}

const isAt = (pattern: string[], names: string[]) =>
  pattern.length === names.length &&
  pattern.every((part, n) => (part.startsWith('{') ? names[n] !== '' : part === names[n]));

const inPlace = ({ parameters }: Described, place: string) =>
  new Set(parameters.filter(one => one.in === place).map(one => one.name.toLowerCase()));

test('every call of the client is tried here', () => {
  const names = namesOf(createClient({ url: 'http://server' }));
  expect(Object.keys(calls).toSorted()).toEqual(names.toSorted());
});

/** The names in the queries of all calls, by operation. */
const queries = new Map<string, Set<string>>();

test.each([...Object.entries(calls), ...otherwise])(
  '%s asks for what the server describes',
  async (_, call) => {
    const asked = await requestOf(call);
    const said = operationOf(asked);
    expect(said, `${asked.method} ${asked.url.pathname} is not described`).toBeDefined();
    const { operationId, requestBody } = said!;
    queries.set(
      operationId,
      new Set([...(queries.get(operationId) ?? []), ...asked.url.searchParams.keys()]),
    );
    const query = inPlace(said!, 'query');
    expect([...asked.url.searchParams.keys()].filter(one => !query.has(one))).toEqual([]);
    const usual = new Set(['accept', 'authorization', 'content-type', ...inPlace(said!, 'header')]);
    expect([...asked.headers.keys()].filter(one => !usual.has(one))).toEqual([]);
    const schema = requestBody?.content['application/json']?.schema;
    if (schema) expect(check(schema, asked.body)).toBeNull();
    else expect(asked.body instanceof Blob).toBe(requestBody !== undefined);
  },
);

test('every operation has a call, or a reason why it has none', () => {
  const ids = operations.map(({ said }) => said.operationId);
  expect(ids.filter(id => !queries.has(id) && !(id in without))).toEqual([]);
  expect(Object.keys(without).filter(id => queries.has(id) || !ids.includes(id))).toEqual([]);
});

test('every parameter of a query can be said', () => {
  const unsaid = operations.flatMap(({ said }) => {
    const { operationId } = said;
    if (operationId in without) return [];
    const names = queries.get(operationId);
    return [...inPlace(said, 'query')]
      .filter(name => !names?.has(name))
      .map(name => `${operationId} ${name}`);
  });
  expect(unsaid).toEqual([]);
});
