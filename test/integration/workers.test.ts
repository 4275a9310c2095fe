// Several worker processes on one queue: limits, death, freezing, stopping.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { enqueueTask, enqueueTasks, getTask, openQueue, type Queue, type Task } from '../../queue/index.ts';
import { testDatabase, testUri } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { taskEnd, taskWhen } from '../worker/start.ts';
import { emptyDirectory, outsideModule, startedWorker, startOutside } from './worker-process.ts';

const lease_ms = 3_000;

let queue: Queue;
let uri: string;
beforeAll(async () => {
  const db = await testDatabase();
  queue = await openQueue(db);
  const url = new URL(testUri());
  url.pathname = `/${db.databaseName}`;
  uri = url.href;
});

async function workerEnv(more: Record<string, string> = {}) {
  return { env: { MONGODB_URI: uri, CALLSHEET_ACTORS: await outsideModule(), ...more } };
}

test('three processes with limits 3 and 1 never have more calls open outside, and lose none', async () => {
  const outside = await startOutside(25);
  const options = await workerEnv({ LOG_LEVEL: 'info' });
  await Promise.all([1, 2, 3].map(() => startedWorker(options)));
  const tasks = Array.from({ length: 120 }, (_, n) => ({
    actor: 'outside',
    payload: { key: n % 4 ? 'three' : 'one', url: outside.url },
  }));
  const ids = (await enqueueTasks(queue, tasks)).map(({ task_id }) => task_id);
  const ended = [];
  for (const id of ids) ended.push(await taskEnd(queue, id, 30_000));
  expect(Object.fromEntries(outside.most)).toEqual({ three: 3, one: 1 });
  expect(outside.calls.map(call => call.task_id).sort()).toEqual(ids.toSorted());
  expect(ended.every(task => task.status === 'completed' && task.attempt === 1)).toBe(true);
  expect(new Set(ended.map(task => task.worker_id)).size).toBeGreaterThan(1);
});

test('the task of a killed worker runs again within its lease and 5 s, and completes once', async () => {
  const outside = await startOutside();
  const options = await workerEnv();
  const doomed = await startedWorker(options);
  const { task_id } = await enqueueTask(queue, {
    actor: 'outside',
    payload: { key: 'kill', url: outside.url },
  });
  await outside.nextCall();
  const heir = await startedWorker(options);
  doomed.kill('SIGKILL');
  const killedAt = performance.now();
  const second = await outside.nextCall();
  expect(performance.now() - killedAt).toBeLessThan(lease_ms + 5_000);
  second.answer('from the heir');
  expect(await taskEnd(queue, task_id)).toMatchObject({
    status: 'completed',
    result: { answer: 'from the heir', attempt: 2 },
    retry_count: 1,
    attempts: [{ outcome: 'lost' }, { outcome: 'completed' }],
  });
  expect(outside.calls).toHaveLength(2);
  expect(heir.lines.join('\n')).toContain('taken back from a silent worker');
});

test('the late result of a worker that was frozen past its lease is dropped', async () => {
  const outside = await startOutside();
  const options = await workerEnv();
  const frozen = await startedWorker(options);
  const { task_id } = await enqueueTask(queue, {
    actor: 'outside',
    payload: { key: 'stop', url: outside.url },
  });
  const first = await outside.nextCall();
  await startedWorker(options);
  frozen.kill('SIGSTOP');
  const second = await outside.nextCall();
  expect(second).toMatchObject({ task_id, attempt: 2 });
  first.answer('too late');
  frozen.kill('SIGCONT');
  await frozen.waitForLine(entry => entry.task_id === task_id && String(entry.msg).startsWith('claim lost'));
  expect(await getTask(queue, task_id)).toMatchObject({ status: 'processing', attempt: 2 });
  second.answer('in time');
  const task = await taskEnd(queue, task_id);
  expect(task).toMatchObject({
    result: { answer: 'in time', attempt: 2 },
    attempts: [{ outcome: 'lost' }, { outcome: 'completed' }],
  });
  expect(frozen.lines.join('\n')).not.toContain('task completed');
});

test('SIGTERM lets what runs finish, and ends with 0', async () => {
  const outside = await startOutside();
  const worker = await startedWorker(await workerEnv());
  const task = { actor: 'outside', payload: { key: 'drain', url: outside.url } };
  const both = await enqueueTasks(queue, [task, task]);
  const call = await outside.nextCall();
  const waiting = both.find(({ task_id }) => task_id !== call.task_id);
  worker.kill('SIGTERM');
  await worker.waitForLine(/claims nothing more/);
  call.answer('finished');
  expect(await worker.exited).toMatchObject({ code: 0 });
  expect(await taskEnd(queue, call.task_id)).toMatchObject({ result: { answer: 'finished' } });
  expect(await getTask(queue, waiting!.task_id)).toMatchObject({ status: 'queued', attempt: 0 });
  expect(await queue.workers.countDocuments({ pid: worker.pid })).toBe(0);
});

test('what does not finish while draining goes back to the queue, no retry counted', async () => {
  const outside = await startOutside();
  const worker = await startedWorker(await workerEnv({ DRAIN_MS: '200' }));
  const { task_id } = await enqueueTask(queue, {
    actor: 'outside',
    payload: { key: 'release', url: outside.url },
  });
  await outside.nextCall();
  worker.kill('SIGINT');
  expect(await worker.exited).toMatchObject({ code: 0 });
  expect(await getTask(queue, task_id)).toMatchObject({
    status: 'queued',
    retry_count: 0,
    attempts: [{ outcome: 'released' }],
  });
});

test('a second signal releases at once and ends with 1', async () => {
  const outside = await startOutside();
  const worker = await startedWorker(await workerEnv());
  const { task_id } = await enqueueTask(queue, {
    actor: 'outside',
    payload: { key: 'hurry', url: outside.url },
  });
  await outside.nextCall();
  worker.kill('SIGTERM');
  await worker.waitForLine(/claims nothing more/);
  worker.kill('SIGTERM');
  const signalled = performance.now();
  expect(await worker.exited).toMatchObject({ code: 1 });
  expect(performance.now() - signalled).toBeLessThan(3_000);
  expect(await taskWhen(queue, task_id, () => true)).toMatchObject({ status: 'queued', retry_count: 0 });
});

test('the leader that dies is followed: its tasks come back, and due ones are promoted', async () => {
  const outside = await startOutside(5);
  const options = await workerEnv();
  const leader = await startedWorker(options);
  const holds = async (pid: number) => {
    const lease = await queue.leases.findOne({ _id: 'maintenance' });
    const worker = lease && (await queue.workers.findOne({ _id: lease.holder }));
    return worker?.pid === pid;
  };
  await waitFor(() => holds(leader.pid));
  const heir = await startedWorker(options);
  leader.kill('SIGKILL');
  const { task_id } = await enqueueTask(queue, {
    actor: 'outside',
    payload: { key: 'due', url: outside.url },
    delay_ms: 100,
  });
  expect(await taskEnd(queue, task_id, lease_ms + 5_000)).toMatchObject({ status: 'completed' });
  expect(await holds(heir.pid)).toBe(true);
});

const spinner = `
export default {
  name: 'spinner',
  isolated: true,
  execute(_, { progress }) {
    void progress(0, 'spinning');
    for (;;);
  },
};
`;

test('an isolated actor that never lets go holds up neither heartbeats nor a stop', async () => {
  const outside = await startOutside();
  const path = join(await emptyDirectory(), 'spinner.mjs');
  await writeFile(path, spinner);
  const { env } = await workerEnv({ DRAIN_MS: '200' });
  const worker = await startedWorker({
    env: { ...env, CALLSHEET_ACTORS: `${env.CALLSHEET_ACTORS},${path}` },
  });
  const { task_id } = await enqueueTask(queue, {
    actor: 'outside',
    payload: { key: 'beside', url: outside.url },
  });
  await outside.nextCall();
  const { task_id: spinning } = await enqueueTask(queue, { actor: 'spinner', payload: {} });
  const first = await taskWhen(queue, spinning, ({ progress }) => progress?.message === 'spinning');
  const later = (task: Task) => task.heartbeat_at!.getTime() > first.heartbeat_at!.getTime() + 1_500;
  for (const id of [task_id, spinning]) await taskWhen(queue, id, later);
  worker.kill('SIGTERM');
  const signalled = performance.now();
  expect(await worker.exited).toMatchObject({ code: 0 });
  expect(performance.now() - signalled).toBeLessThan(6_000);
  for (const id of [task_id, spinning])
    expect(await getTask(queue, id)).toMatchObject({ status: 'queued', retry_count: 0, attempt: 1 });
});
