// The soft time limit of a task outside: its worker is told, and what it says after that has run out of its time.
import { beforeAll, expect, test } from 'vitest';
import { cancelTask, enqueueInRoom, getTask, openQueue, type Queue } from '../../queue/index.ts';
import { jobSoftTimeout } from '../../server/openapi/shapes/remote.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { publishJob, startRemoteServer, TestWorker } from './remote-worker.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

const timeouts = { soft_ms: 400, hard_ms: 60_000 };

async function assign(name: string, about: Parameters<typeof publishJob>[2] = {}) {
  const server = await startRemoteServer(queue);
  const job = await publishJob(queue, name, { timeouts, ...about });
  const { task_id } = await enqueueInRoom(queue, 'lab', { actor: job, payload: {} });
  const worker = await TestWorker.join(server.url, [job]);
  const assigned = await worker.nth();
  await worker.report(assigned, { status: 'processing' });
  return { server, job, task_id, worker, assigned };
}

const told = (worker: TestWorker, count = 1) =>
  waitFor(() => worker.softTimeouts.length >= count, { timeoutMs: 5_000, everyMs: 5 });

test('a worker is told once that the soft limit has passed, and a result may still come', async () => {
  const { task_id, worker, assigned } = await assign('Slow');
  await told(worker);
  const { started_at, heartbeat_at } = (await getTask(queue, task_id))!;
  expect((await queue.clock.now()).getTime() - started_at!.getTime()).toBeGreaterThanOrEqual(400);
  expect(worker.softTimeouts).toEqual([{ task_id, claim: assigned.claim, soft_ms: 400, hard_ms: 60_000 }]);
  expect(jobSoftTimeout.parse(worker.softTimeouts[0])).toEqual(worker.softTimeouts[0]);
  // Also after heartbeats and looks.
  await waitFor(async () => (await getTask(queue, task_id))!.heartbeat_at! > heartbeat_at!);
  await worker.report(assigned, { status: 'processing', progress: { message: 'nearly' } });
  expect((await worker.complete(assigned, 'late, not too late')).status).toBe(200);
  expect(worker.softTimeouts).toHaveLength(1);
  expect(worker.changes).toEqual([]);
  expect(await getTask(queue, task_id)).toMatchObject({ attempts: [{ outcome: 'completed' }] });
});

test('a failure after the soft limit has run out of its time, and is tried again while retries are left', async () => {
  const { task_id, worker, assigned } = await assign('Fails', {
    timeouts: { soft_ms: 1_500, hard_ms: 60_000 },
    retry: { max_retries: 1, base_ms: 1, jitter: false },
  });
  await told(worker);
  const said = { status: 'failed', error: { type: 'TimeoutError', message: 'gave up' } };
  expect((await worker.report(assigned, said)).status).toBe(200);
  // Another attempt has a time of its own.
  const again = await worker.nth(1);
  await worker.report(again, { status: 'failed', error: 'at once' });
  expect(await getTask(queue, task_id)).toMatchObject({
    status: 'failed',
    attempts: [
      { outcome: 'timed_out', error: { type: 'TimeoutError' } },
      { outcome: 'failed', error: { message: 'at once' } },
    ],
  });
  expect(worker.softTimeouts.map(({ claim }) => claim)).toEqual([assigned.claim]);
});

test('the hard limit ends the task all the same', async () => {
  const { task_id, worker, assigned } = await assign('Deaf', { timeouts: { soft_ms: 200, hard_ms: 600 } });
  await worker.change(change => change.task_id === task_id && change.status === 'failed');
  expect(worker.softTimeouts).toEqual([{ task_id, claim: assigned.claim, soft_ms: 200, hard_ms: 600 }]);
  expect(await getTask(queue, task_id)).toMatchObject({
    error: { type: 'HardTimeout' },
    attempts: [{ outcome: 'timed_out' }],
  });
});

test('a stream that was away when the limit passed is told when it comes back, and one that was told is told anew', async () => {
  const { task_id, worker, assigned } = await assign('Away');
  worker.disconnect();
  await worker.ended;
  const { started_at } = (await getTask(queue, task_id))!;
  await waitFor(async () => (await queue.clock.now()).getTime() - started_at!.getTime() > 500);
  expect(worker.softTimeouts).toEqual([]);
  await worker.connect();
  await told(worker);
  // What the last stream carried may be lost.
  await worker.connect();
  await told(worker, 2);
  expect((await worker.complete(assigned)).status).toBe(200);
  expect(worker.softTimeouts.map(({ claim }) => claim)).toEqual([assigned.claim, assigned.claim]);
});

test('a task that is to stop anyway, or has ended, is not told of its time', async () => {
  const { job, task_id, worker } = await assign('Unwanted', {
    timeouts: { soft_ms: 1_500, hard_ms: 60_000 },
  });
  await cancelTask(queue, task_id);
  await worker.change(change => change.cancel_requested === true);
  const { started_at } = (await getTask(queue, task_id))!;
  await waitFor(async () => (await queue.clock.now()).getTime() - started_at!.getTime() > 1_600);
  const server = await startRemoteServer(queue);
  const quick = await TestWorker.join(server.url, [job]);
  await enqueueInRoom(queue, 'lab', { actor: job, payload: {} });
  const began = performance.now();
  await quick.complete(await quick.nth());
  await waitFor(() => performance.now() - began > 1_700);
  expect([worker.softTimeouts, quick.softTimeouts]).toEqual([[], []]);
});
