// Keeping claims: heartbeats, cancellation, lost claims, the fence, and the share of each worker.
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { cancelTask, enqueueTask, listLiveWorkers, openQueue, type Queue } from '../../queue/index.ts';
import { type ActorContext, defineActor } from '../../worker/actors/actor.ts';
import type { WorkerOptions } from '../../worker/worker.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { deferred, startTestWorker, taskEnd, taskWhen } from './start.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

const quick = { heartbeat_ms: 100, lease_ms: 2_000 } as const;

/** A task that runs until its signal aborts, or for ever. */
async function longTask(name: string, options: Partial<WorkerOptions> = {}) {
  const context = deferred<ActorContext>();
  const stopped = deferred<unknown>();
  const actor = defineActor({
    name,
    async execute(_, given) {
      context.resolve(given);
      await new Promise(resolve => given.signal.addEventListener('abort', resolve));
      stopped.resolve(given.signal.reason);
      return 'too late';
    },
  });
  const worker = await startTestWorker(queue, [actor], { ...quick, ...options });
  const { task_id } = await enqueueTask(queue, { actor: name, payload: {} });
  return { worker, task_id, context: await context.promise, stopped: stopped.promise };
}

test('a task that runs stays alive beyond its lease', async () => {
  const { task_id } = await longTask('long', { lease_ms: 400 });
  const first = await taskWhen(queue, task_id, task => task.status === 'processing');
  const later = await taskWhen(
    queue,
    task_id,
    task => task.heartbeat_at!.getTime() > first.heartbeat_at!.getTime() + 1_000,
  );
  expect(later).toMatchObject({ status: 'processing', attempt: 1 });
});

test('a cancelled task is stopped, and a result that comes later is dropped', async () => {
  const { task_id, stopped } = await longTask('cancelled');
  expect(await cancelTask(queue, task_id)).toMatchObject({ status: 'processing' });
  expect(await stopped).toMatchObject({ name: 'Cancelled' });
  const task = await taskEnd(queue, task_id);
  expect(task).toMatchObject({
    status: 'cancelled',
    error: { type: 'Cancelled' },
    attempts: [{ outcome: 'cancelled' }],
  });
  expect(task.result).toBeUndefined();
});

test('a task that was taken away is aborted, and what it returns is dropped', async () => {
  const { worker, task_id, stopped } = await longTask('taken');
  const dropped = deferred<{ task_id: string; outcome: string }>();
  worker.events.once('attempt:ended', dropped.resolve);
  await queue.tasks.updateOne({ _id: task_id }, { $set: { claim: 'somebody else' } });
  expect(await stopped).toMatchObject({ name: 'LostClaim' });
  expect(await dropped.promise).toMatchObject({ task_id, outcome: 'lost' });
  expect(await taskWhen(queue, task_id, () => true)).toMatchObject({
    status: 'processing',
    claim: 'somebody else',
  });
  expect(worker.running()).toBe(0);
});

test('live workers share the candidates by rank', async () => {
  const actor = defineActor({ name: 'shared', execute: () => pause(1) });
  const workers = [];
  for (const worker_id of ['a', 'b', 'c'])
    workers.push(await startTestWorker(queue, [actor], { ...quick, worker_id }));
  const ids = async () => (await listLiveWorkers(queue, 2_000)).map(({ _id }) => _id);
  expect(await ids()).toEqual(expect.arrayContaining(['a', 'b', 'c']));
  await workers[1]!.stop();
  expect(await ids()).not.toContain('b');
});

test('a worker whose row was removed comes back', async () => {
  const actor = defineActor({ name: 'row', execute: () => null });
  const { worker_id } = await startTestWorker(queue, [actor], quick);
  await queue.workers.deleteOne({ _id: worker_id });
  await waitFor(() => queue.workers.findOne({ _id: worker_id }));
});
