// Real answers against the description: each operation is asked for each answer that it is described with, and the bodies
// are checked by the document's own schemas, in which no field may be missing and none be too many.
import { beforeAll, expect, test } from 'vitest';
import { completeTasks, enqueueInRoom } from '../../../queue/index.ts';
import { createApp } from '../../../server/index.ts';
import { waitFor } from '../../helpers/wait.ts';
import { openStream, serve } from '../setup.ts';
import {
  type ApiDocument,
  answerOf,
  bodyCheck,
  type CheckBody,
  documentOf,
  operationsOf,
} from './document.ts';
import { openStage, picture, type Stage } from './stage.ts';

let s: Stage;
let api: ApiDocument;
let check: CheckBody;
let url: string;
beforeAll(async () => {
  s = await openStage();
  api = (await (await s.call('GET', '/openapi.json')).json()) as ApiDocument;
  check = bodyCheck(api);
  ({ url } = await serve(s));
});

type Ask = () => Promise<Response>;
const get =
  (path: string | (() => string), headers: Record<string, string> = {}) =>
  async () =>
    s.call('GET', typeof path === 'string' ? path : path(), undefined, headers);
const post = (path: string | (() => string), body?: object) => async () =>
  s.call('POST', typeof path === 'string' ? path : path(), body);
const asWorker = () => ({ authorization: `Bearer ${s.worker.token}` });
const media = () => `/workflow/run/media/${s.content_id}.png`;
const etagOf = async (path: string) => (await s.call('GET', path)).headers.get('etag') ?? '';
const dlq = '/api/v1/admin/dlq';
const schedules = '/api/v1/schedules';
const room = '/api/v1/rooms/lab';
const any = { actor: 'any', payload: {} };
const schedule = { cron: '0 9 * * *', ...any };
const wait = { Prefer: 'wait=20' };

/** How each described answer comes about, by operation and status. */
const asks: Record<string, Record<number, Ask>> = {
  createTask: {
    200: () => s.whileWorking(() => s.call('POST', '/api/task', any, wait)),
    202: post('/api/task', any),
  },
  createTasks: { 202: post('/api/tasks', { tasks: [any] }) },
  getTask: {
    200: get(() => `/api/task/${s.task_id}`),
    304: async () =>
      get(`/api/task/${s.job_id}`, { 'If-None-Match': await etagOf(`/api/task/${s.job_id}`) })(),
  },
  cancelTask: {
    200: async () => post(`/api/task/${await s.newTask()}/cancel?children=true`)(),
    202: async () => post(`/api/task/${(await s.claimed())._id}/cancel`)(),
  },
  retryTask: { 202: async () => post(`/api/task/${await s.newDead()}/retry`)() },
  listTasks: { 200: get('/api/tasks') },
  listTasksOfRun: { 200: get('/api/workflow/run/tasks') },
  actOnTasks: {
    200: post('/api/tasks/actions', { action: 'dismiss', filter: { actor: 'any' }, dry_run: true }),
  },
  listJobs: { 200: get('/api/v1/jobs') },
  getJob: { 200: get(() => `/api/v1/jobs/${s.job_id}`) },
  watchTask: {
    200: get(() => `/api/task/${s.task_id}/stream`),
    204: async () => get(`/api/task/${await s.newDead()}/stream?after=1000`)(),
  },
  watchTasks: { 200: get(() => `/api/tasks/stream?ids=${s.task_id}`) },
  listDeadLetters: {
    200: async () => {
      await s.newDead();
      return get(dlq)();
    },
  },
  retryDeadLetter: { 202: async () => post(`${dlq}/${await s.newDead()}/retry`)() },
  dismissDeadLetter: { 200: async () => post(`${dlq}/${await s.newDead()}/dismiss`)() },
  actOnDeadLetters: { 200: post(`${dlq}/actions`, { action: 'retry', filter: {}, dry_run: true }) },
  listSchedules: { 200: get(schedules) },
  createSchedule: { 201: post(schedules, schedule) },
  getSchedule: { 200: get(() => `${schedules}/${s.schedule_id}`) },
  changeSchedule: { 200: () => s.call('PATCH', `${schedules}/${s.schedule_id}`, { paused: true }) },
  deleteSchedule: { 204: async () => s.call('DELETE', `${schedules}/${await s.newSchedule()}`) },
  runSchedule: { 202: post(() => `${schedules}/${s.schedule_id}/run`) },
  listLanes: { 200: get('/api/v1/lanes') },
  getLane: { 200: get('/api/v1/lanes/any%23all') },
  changeLane: { 200: () => s.call('PATCH', '/api/v1/lanes/any%23all', { paused: false }) },
  listActors: { 200: get('/api/v1/actors') },
  getActor: { 200: get('/api/v1/actors/sleep') },
  listWorkers: { 200: get('/api/v1/workers') },
  getStats: { 200: get('/api/v1/stats') },
  listMinutes: { 200: get('/api/v1/stats/minutes') },
  getExtensionStats: { 200: get('/api/rooms/lab/extensions/lab/analysis/count/stats') },
  listRegisteredTasks: { 200: get('/api/v1/tasks') },
  getRegisteredTask: { 200: get('/api/v1/tasks/sleep') },
  executeTask: {
    200: () => s.whileWorking(post('/api/v1/tasks/any/$execute', { params: { a: 1 } })),
    202: () => s.call('POST', '/api/v1/tasks/any/$execute', {}, { Prefer: 'wait=0' }),
  },
  uploadPicture: {
    201: async () =>
      s.app.request('/api/v1/contents', {
        method: 'POST',
        headers: { 'content-type': 'image/png' },
        body: picture,
      }),
  },
  listContents: { 200: get('/api/v1/contents?workflow_run_id=run') },
  getContent: { 200: get(() => `/api/v1/contents/${s.content_id}`) },
  getMedia: {
    200: get(media),
    206: async () => get(media, { Range: 'bytes=0-3' })(),
    304: async () => get(media, { 'If-None-Match': await etagOf(media()) })(),
  },
  listGenerations: { 200: get('/api/v1/generations?status=completed') },
  getGeneration: { 200: get(() => `/api/v1/generations/${s.metadata_id}`) },
  listArtifacts: { 200: get(() => `/api/v1/artifacts?parent=${s.artifact_id}`) },
  getArtifact: { 200: get(() => `/api/v1/artifacts/${s.artifact_id}`) },
  expandArtifact: { 200: get(() => `/api/v1/artifacts/${s.artifact_id}/$expand`) },
  putInteraction: {
    200: () => s.call('PUT', '/api/workflow/run/interaction/i1', { b: 1 }),
    201: () => s.call('PUT', '/api/workflow/run/interaction/i2', { b: 1 }),
  },
  startSubAction: {
    202: post('/api/workflow/run/interaction/i1/sub-action', {
      provider: 'studio',
      action_type: 'txt2img',
      params: {},
    }),
  },
  putJob: {
    200: () => s.call('PUT', `${room}/jobs`, { category: 'analysis', name: 'count', schema: {} }),
    201: () => s.call('PUT', `${room}/jobs`, { category: 'analysis', name: 'other', schema: {} }),
  },
  listRoomJobs: { 200: get(`${room}/jobs`) },
  getRoomJob: { 200: get(() => `${room}/jobs/${s.full_name}`) },
  deleteRoomJob: {
    204: async () => {
      await s.call('PUT', `${room}/jobs`, { category: 'analysis', name: 'gone', schema: {} });
      return s.call('DELETE', `${room}/jobs/lab:analysis:gone`);
    },
  },
  listJobTasks: { 200: get(() => `${room}/jobs/${s.full_name}/tasks`) },
  createRoomTask: {
    200: () => s.whileWorking(() => s.call('POST', `${room}/tasks/${s.full_name}`, { payload: {} }, wait)),
    202: post(() => `${room}/tasks/${s.full_name}`, { payload: {} }),
  },
  joinAsWorker: { 201: async () => post('/api/v1/workers', { name: 'w2', jobs: [s.full_name] })() },
  getOwnWorker: { 200: async () => get(`/api/v1/workers/${s.worker.worker_id}`, asWorker())() },
  streamToWorker: {
    200: async () => fetch(`${url}/api/v1/workers/${s.worker.worker_id}/stream`, { headers: asWorker() }),
  },
  reportTask: { 200: () => report() },
  beatAsWorker: {
    200: () => s.call('POST', `/api/v1/workers/${s.worker.worker_id}/heartbeat`, {}, asWorker()),
  },
  leaveAsWorker: {
    204: async () => {
      const joined = await post('/api/v1/workers', { name: 'w3', jobs: [s.full_name] })();
      const { worker_id, token } = (await joined.json()) as Stage['worker'];
      return s.call('DELETE', `/api/v1/workers/${worker_id}`, undefined, {
        authorization: `Bearer ${token}`,
      });
    },
  },
  getSession: { 200: get('/api/session') },
  openSession: { 200: post('/api/session', { key: 'x' }) },
  closeSession: { 204: () => s.call('DELETE', '/api/session') },
  getHealth: { 200: get('/healthz') },
  getReadiness: { 200: get('/readyz'), 503: () => unready() },
  getMetrics: { 200: get('/metrics') },
  getDescription: {
    200: get('/openapi.json'),
    304: async () => get('/openapi.json', { 'If-None-Match': await etagOf('/openapi.json') })(),
  },
  getDocs: { 200: get('/docs') },
  getDocsFile: { 200: get('/docs/docs.js') },
};

/** The worker outside is given a task, and says that it is done. */
async function report(): Promise<Response> {
  const { worker_id } = s.worker;
  const stream = await openStream(`${url}/api/v1/workers/${worker_id}/stream`, asWorker());
  await enqueueInRoom(s.queue, 'lab', { actor: s.full_name, payload: {} });
  const { data } = await stream.next(({ event }) => event === 'job:assigned');
  expect(check({ $ref: '#/components/schemas/JobAssignedEvent' }, data)).toBeNull();
  const { task, claim } = data as unknown as { task: { task_id: string }; claim: string };
  const path = `/api/v1/workers/${worker_id}/tasks/${task.task_id}`;
  const answer = await s.call('PUT', path, { status: 'completed', result: 1, claim }, asWorker());
  stream.close();
  return answer;
}

function unready(): Promise<Response> {
  const db = Object.create(s.queue.db, { command: { value: () => Promise.reject(new Error('away')) } });
  const { content, hub } = s;
  return Promise.resolve(createApp({ queue: { ...s.queue, db }, content, hub }).request('/readyz'));
}

const operations = operationsOf(documentOf([]));
const own = [...operations].flatMap(([id, { said }]) =>
  Object.entries(said.responses).flatMap(([status, { $ref }]) =>
    $ref === undefined ? [[id, Number(status)] as const] : [],
  ),
);

test('it is said of every described answer how it comes about, and of no other', () => {
  const said = Object.entries(asks).flatMap(([id, by]) => Object.keys(by).map(status => `${id} ${status}`));
  expect(said.toSorted(), 'add it to `asks` above').toEqual(
    own.map(([id, status]) => `${id} ${status}`).toSorted(),
  );
});

test.each(own)('%s answers %i as it is described', async (id, status) => {
  const answer = await asks[id]![status]!();
  const text = id.startsWith('stream') || id.startsWith('watch') ? '' : await answer.text();
  expect(answer.status, text).toBe(status);
  const described = answerOf(api, operationsOf(api).get(id)!.said, status) ?? {};
  const [type] = Object.keys(described);
  const sent = answer.headers.get('content-type')?.split(';')[0] ?? null;
  if (type === undefined) expect(text).toBe('');
  else if (type !== '*/*') expect(sent).toBe(type);
  const schema = type === undefined ? undefined : described[type]?.schema;
  if (schema) expect(check(schema, JSON.parse(text)), text).toBeNull();
  for (const name of Object.keys(operationsOf(api).get(id)!.said.responses[status]!.headers ?? {}))
    if (!optional.includes(name)) expect([name, answer.headers.get(name)]).not.toEqual([name, null]);
  await answer.body?.cancel().catch(() => {});
});

/** Headers that come only where they have something to say. */
const optional = ['Deduplicated', 'Idempotent-Replayed', 'Preference-Applied', 'Link', 'Retry-After'];

test('events are what their named shapes say', async () => {
  const names = { progress: 'ProgressEvent', complete: 'CompleteEvent', error: 'ErrorEvent' };
  const done = await s.claimed();
  const stream = await openStream(
    `${url}/api/tasks/stream?ids=${done._id},${await s.newDead()},${await s.newTask()}`,
  );
  await completeTasks(s.queue, [{ task: done, result: { a: [1] } }]);
  await waitFor(() => new Set(stream.events.map(({ event }) => event)).size === 3);
  for (const { event, data } of stream.events)
    expect(check({ $ref: `#/components/schemas/${names[event as keyof typeof names]}` }, data)).toBeNull();
});

test('groups of dead letters, and problems, are what is described', async () => {
  await s.newDead();
  const groups = await get(`${dlq}?group=actor,error_type`)();
  const { said } = operationsOf(api).get('listDeadLetters')!;
  expect(check(answerOf(api, said, 200)!['application/json']!.schema!, await groups.json())).toBeNull();
  for (const answer of [await get('/api/task/none')(), await post('/api/task', { actor: 1, payload: 1 })()])
    expect(check({ $ref: '#/components/schemas/Problem' }, await answer.json())).toBeNull();
});
