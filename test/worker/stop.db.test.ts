// Stopping a worker: what runs finishes, or goes back to the queue; nothing is lost.
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { enqueueTask, enqueueTasks, getTasks, openQueue, type Queue } from '../../queue/index.ts';
import { type Actor, defineActor } from '../../worker/actors/actor.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { deferred, startTestWorker, taskEnd, taskWhen } from './start.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

/** A worker that has begun one task of `execute`. */
async function busyWorker(name: string, execute: Actor['execute'], drain_ms: number) {
  const begun = deferred();
  const actor = defineActor({
    name,
    concurrency: { limit: 1 },
    execute(payload, context) {
      begun.resolve();
      return execute(payload, context);
    },
  });
  const worker = await startTestWorker(queue, [actor], { drain_ms });
  const { task_id } = await enqueueTask(queue, { actor: name, payload: {} });
  await begun.promise;
  return { worker, task_id };
}

test('a stop lets a running task finish and claims nothing more', async () => {
  const gate = deferred();
  const { worker, task_id } = await busyWorker('finishes', () => gate.promise.then(() => 'done'), 10_000);
  const stopping = worker.stop();
  const { task_id: next } = await enqueueTask(queue, { actor: 'finishes', payload: {} });
  gate.resolve();
  await stopping;
  expect(await taskWhen(queue, task_id, () => true)).toMatchObject({ status: 'completed', result: 'done' });
  expect(await taskWhen(queue, next, () => true)).toMatchObject({ status: 'queued', attempt: 0 });
});

test('a task that does not finish in time is aborted with Shutdown and given back, no retry counted', async () => {
  const reason = deferred<unknown>();
  const execute: Actor['execute'] = (_, { signal }) =>
    pause(60_000, undefined, { signal }).catch((error: unknown) => {
      reason.resolve(signal.reason);
      throw error;
    });
  const { worker, task_id } = await busyWorker('aborted', execute, 50);
  await worker.stop();
  expect(await reason.promise).toMatchObject({ name: 'Shutdown' });
  expect(await taskWhen(queue, task_id, () => true)).toMatchObject({
    status: 'queued',
    retry_count: 0,
    attempts: [{ outcome: 'released' }],
  });
});

test('an actor that ignores the shutdown does not keep its task', async () => {
  const { worker, task_id } = await busyWorker('ignores', () => new Promise(() => {}), 50);
  const began = performance.now();
  await worker.stop();
  expect(performance.now() - began).toBeLessThan(3_000);
  expect(await taskWhen(queue, task_id, () => true)).toMatchObject({ status: 'queued', retry_count: 0 });
});

test('a second stop releases at once', async () => {
  const { worker, task_id } = await busyWorker('hurried', () => new Promise(() => {}), 60_000);
  const stopping = worker.stop();
  await pause(20);
  const began = performance.now();
  await worker.stop({ release: true });
  await stopping;
  expect(performance.now() - began).toBeLessThan(1_500);
  expect(await taskWhen(queue, task_id, () => true)).toMatchObject({ status: 'queued' });
});

test('what was given back runs at once elsewhere', async () => {
  const { worker, task_id } = await busyWorker('moves', () => new Promise(() => {}), 0);
  const other = await startTestWorker(queue, [
    defineActor({ name: 'moves', concurrency: { limit: 1 }, execute: () => 'elsewhere' }),
  ]);
  await worker.stop();
  expect(await taskEnd(queue, task_id, 5_000)).toMatchObject({
    result: 'elsewhere',
    worker_id: other.worker_id,
  });
});

test('a worker that stops leaves no row and no lease, and no task in its hands', async () => {
  const actor = defineActor({ name: 'many', execute: () => pause(5) });
  const worker = await startTestWorker(queue, [actor], { capacity: 50, drain_ms: 5_000 });
  const tasks = Array.from({ length: 300 }, () => ({ actor: 'many', payload: {} }));
  const ids = (await enqueueTasks(queue, tasks)).map(({ task_id }) => task_id);
  await worker.stop();
  const statuses = new Set((await getTasks(queue, ids)).map(({ status }) => status));
  expect(statuses.has('processing')).toBe(false);
  expect(await queue.workers.countDocuments({ _id: worker.worker_id })).toBe(0);
  expect(await queue.leases.countDocuments({ holder: worker.worker_id })).toBe(0);
});
