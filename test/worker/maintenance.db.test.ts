// The chores of the queue, done by whichever worker holds the lease.
import { beforeAll, expect, test } from 'vitest';
import { enqueueTask, openQueue, type Queue } from '../../queue/index.ts';
import { defineActor } from '../../worker/actors/actor.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { startTestWorker, taskEnd } from './start.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

const actor = defineActor({ name: 'kept', execute: () => 'done' });
const quick = { heartbeat_ms: 100, lease_ms: 1_000 } as const;

/** A task that a worker claimed which then fell silent. */
async function orphan(): Promise<string> {
  const { task_id } = await enqueueTask(queue, { actor: 'kept', payload: {}, delay_ms: 3_600_000 });
  const silent = new Date(Date.now() - 60_000);
  await queue.tasks.updateOne(
    { _id: task_id },
    {
      $set: {
        status: 'processing',
        worker_id: 'gone',
        claim: 'gone.1',
        attempt: 1,
        started_at: silent,
        heartbeat_at: silent,
      },
      $unset: { run_at: 1 },
    },
  );
  return task_id;
}

test('a delayed task starts soon after its time', async () => {
  await startTestWorker(queue, [actor]);
  const { task_id, status } = await enqueueTask(queue, { actor: 'kept', payload: {}, delay_ms: 700 });
  expect(status).toBe('scheduled');
  const task = await taskEnd(queue, task_id);
  const lateness = task.started_at!.getTime() - task.created_at.getTime() - 700;
  expect(lateness).toBeGreaterThanOrEqual(0);
  expect(lateness).toBeLessThan(1_000);
});

test('the task of a silent worker is taken back, by any of the live ones', async () => {
  await startTestWorker(queue, [actor], quick);
  const task_id = await orphan();
  expect(await taskEnd(queue, task_id, 5_000)).toMatchObject({
    status: 'completed',
    attempt: 2,
    retry_count: 1,
    attempts: [{ outcome: 'lost', worker_id: 'gone' }, { outcome: 'completed' }],
  });
});

test('when the leader is gone without a word, another does its work', async () => {
  const until = new Date(Date.now() + 1_000);
  await queue.leases.updateOne({ _id: 'maintenance' }, { $set: { holder: 'dead', until } }, { upsert: true });
  const worker = await startTestWorker(queue, [actor], quick);
  const task_id = await orphan();
  await taskEnd(queue, task_id, 6_000);
  expect(await queue.leases.findOne({ _id: 'maintenance' })).toMatchObject({ holder: worker.worker_id });
});

test('a closed lane with work behind it is opened again', async () => {
  const { task_id } = await enqueueTask(queue, { actor: 'kept', payload: {} });
  await queue.lanes.updateMany({}, { $set: { open: false } });
  await startTestWorker(queue, [actor]);
  expect(await taskEnd(queue, task_id)).toMatchObject({ status: 'completed' });
});
