// Rooms, workers outside, the registry and interactions by the client, against a real server.
import { beforeAll, expect, test } from 'vitest';
import { type Client, createClient, type WorkerEvent } from '../../client/index.ts';
import { addMinutes, publishActors } from '../../queue/index.ts';
import { createApp, parseKeys } from '../../server/index.ts';
import { startRemoteServer } from '../server/remote-worker.ts';
import { describeActor, openApp, serve, type TestApp } from '../server/setup.ts';

let t: TestApp;
let client: Client;
beforeAll(async () => {
  t = await openApp();
  client = createClient({ url: (await serve(t)).url });
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const item of items) read.push(item);
  return read;
}

const count = { category: 'analysis', name: 'count', schema: { type: 'object' } };

test('a job is published, asked for, done by a worker outside, and deleted', async () => {
  const { rooms, remote, getTask } = client;
  const job = await rooms.putJob('desk', { ...count, max_retries: 2 });
  expect(job).toMatchObject({ full_name: 'desk:analysis:count', max_retries: 2, workers: [] });
  await expect(rooms.putJob('desk', { ...count, schema: {} })).rejects.toMatchObject({
    kind: 'schema-conflict',
  });
  expect(await rooms.putJob('desk', { ...count, schema: {} }, { replace: true })).toMatchObject({
    schema: {},
  });
  const me = await remote.join({ name: 'w', jobs: [job.full_name] });
  const events = remote.watch(me);
  const ask = () =>
    rooms.createTask('desk', job.full_name, { payload: { a: 1 } }, { idempotency_key: 'one' });
  const { task_id } = await ask();
  expect(await ask()).toMatchObject({ task_id });
  const { value } = await events.next();
  const { task, claim } = value as Extract<WorkerEvent, { event: 'job:assigned' }>;
  expect(task).toMatchObject({ task_id, payload: { a: 1 }, room: 'desk' });
  expect(await remote.beat(me)).toMatchObject({
    tasks: [{ task_id, claim, state: 'assigned', cancel_requested: false }],
  });
  const progress = { message: 'half', fraction: 0.5 };
  expect(await remote.report(me, task_id, { status: 'processing', claim, progress })).toMatchObject({
    state: 'running',
  });
  expect(await remote.get(me)).toMatchObject({ name: 'w', tasks: [{ claim }] });
  await client.cancelTask(task_id);
  expect(await events.next()).toMatchObject({
    value: { event: 'job:state_changed', task_id, cancel_requested: true },
  });
  await expect(remote.report(me, task_id, { status: 'completed', claim, result: 1 })).rejects.toMatchObject({
    status: 409,
    kind: 'task-cancelled',
  });
  expect(await getTask(task_id)).toMatchObject({ status: 'cancelled' });
  expect(await all(rooms.listTasks('desk', job.full_name))).toMatchObject([{ task_id }]);
  await events.return();
  expect(await remote.leave(me)).toBeUndefined();
  await expect(remote.beat(me)).rejects.toMatchObject({ kind: 'worker-not-found' });
  expect(await rooms.deleteJob('desk', job.full_name)).toBeUndefined();
  expect(await all(rooms.listJobs('desk'))).toEqual([]);
});

test('a worker that comes back to another server is given again what it had not begun', async () => {
  const first = await startRemoteServer(t.queue);
  const { rooms } = client;
  const { full_name } = await rooms.putJob('lab', { ...count, name: 'again' });
  const { remote } = createClient({ url: first.url });
  const me = await remote.join({ name: 'w', jobs: [full_name] });
  const { task_id } = await rooms.createTask('lab', full_name, { payload: {} });
  const events = remote.watch(me, { patienceMs: 500 });
  expect(await events.next()).toMatchObject({ value: { event: 'job:assigned', task: { task_id } } });
  const lost = events.next().catch((error: unknown) => error);
  await first.stop();
  expect(await lost).toMatchObject({ name: 'Unreachable' });
  const second = createClient({ url: (await startRemoteServer(t.queue)).url }).remote.watch(me);
  expect(await second.next()).toMatchObject({ value: { task: { task_id } } });
  await second.return();
});

test("a worker speaks by its own token, whatever the client's key", async () => {
  const { queue, content, hub } = t;
  const { url } = await serve({
    app: createApp({ queue, content, hub, keys: parseKeys('w:worker:SECRET') }),
  });
  const { rooms, remote } = createClient({ url, key: 'SECRET' });
  const { full_name } = await rooms.putJob('lab', { ...count, name: 'keyed' });
  const me = await remote.join({ name: 'w', jobs: [full_name] });
  expect(await remote.beat(me)).toEqual({ worker_id: me.worker_id, tasks: [] });
  await expect(remote.beat({ ...me, token: 'SECRET' })).rejects.toMatchObject({ status: 403 });
});

test('the registry says what can be called, and with what', async () => {
  const input = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
  await publishActors(t.queue, [describeActor('greet', { input, tags: ['a', 'b'] })]);
  expect((await client.registry.list({ tag: ['a', 'b'] })).map(({ name }) => name)).toEqual(['greet']);
  expect(await client.registry.list({ tag: ['a', 'c'] })).toEqual([]);
  expect(await client.registry.get('greet')).toMatchObject({
    parameters: [{ name: 'name', annotation: 'string', required: true }],
  });
  await expect(client.registry.get('nobody')).rejects.toMatchObject({ kind: 'unknown-actor' });
});

test('media are asked for from an interaction', async () => {
  const place = { workflow_run_id: 'run', interaction_id: 'i 1' };
  const action = { provider: 'studio', action_type: 'txt2img', params: { width: 64 } };
  await expect(client.interactions.startSubAction(place, action)).rejects.toMatchObject({ status: 404 });
  expect(await client.interactions.put('run', 'i 1', { any: 1 })).toEqual(place);
  const { task_id } = await client.interactions.startSubAction(place, action);
  expect(await client.getTask(task_id)).toMatchObject({ actor: 'media', payload: { ...place, ...action } });
});

test('the last minutes are told, the oldest first', async () => {
  await addMinutes(t.queue, [
    {
      name: 'task_execution_seconds',
      actor: 'sleep',
      outcome: 'completed',
      count: 4,
      sum: 1,
      counts: [4],
    },
  ]);
  const minutes = await client.listMinutes({ actor: 'sleep', last: 3 });
  expect(minutes).toHaveLength(3);
  expect(minutes.map(({ at }) => at)).toEqual(minutes.map(({ at }) => at).toSorted());
  expect(minutes.reduce((sum, { completed }) => sum + completed, 0)).toBe(4);
});
