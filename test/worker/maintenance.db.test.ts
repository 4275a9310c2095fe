// The chores of the queue, done by whichever worker holds the lease.
import { beforeAll, expect, test } from 'vitest';
import { getGeneration, openContent, startGeneration } from '../../content/index.ts';
import {
  cancelTask,
  createSchedule,
  enqueueTask,
  getSchedule,
  openQueue,
  type Queue,
  registerWorker,
} from '../../queue/index.ts';
import { defineActor } from '../../worker/actors/actor.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { claimAll, enqueueMany } from '../helpers/queue.ts';
import { waitFor } from '../helpers/wait.ts';
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

test('a schedule makes its task when it is due, and the task runs', async () => {
  await startTestWorker(queue, [actor], quick);
  const every = { cron: '* * * * * *', actor: 'kept', payload: { by: 'the clock' } };
  const { _id } = await createSchedule(queue, every);
  const task_id = await waitFor(async () => (await getSchedule(queue, _id)).last_task_id);
  expect(await taskEnd(queue, task_id)).toMatchObject({ status: 'completed', payload: every.payload });
  await queue.schedules.deleteMany({});
});

test('rows of dead workers, generations of ended tasks and bytes without record are swept up; those of the living stay', async () => {
  const content = await openContent(queue.db);
  const task = { actor: 'kept', payload: {}, delay_ms: 3_600_000 };
  const { task_id: live } = await enqueueTask(queue, task);
  const { task_id: ended } = await enqueueTask(queue, task);
  await cancelTask(queue, ended);
  const request = {
    workflow_run_id: 'run',
    interaction_id: null,
    provider: 'studio',
    prompt_id: null,
    operation: 'txt2img',
    request_params: {},
    source_data: null,
    attempt: 1,
  };
  const [kept, orphan] = [
    await startGeneration(content, { ...request, task_id: live }),
    await startGeneration(content, { ...request, task_id: ended }),
  ];
  for (const _id of ['dead', 'slow'])
    await registerWorker(queue, { _id, host: 'h', pid: 1, version: '1', actors: [], capacity: 1 });
  const longAgo = { $subtract: ['$$NOW', 3_600_000] };
  await queue.workers.updateOne({ _id: 'dead' }, [{ $set: { heartbeat_at: longAgo } }]);
  // The bytes of a process that died before it could write their record.
  await content.blobs.put('gc_lost', pieces(), { content_type: 'video/mp4' });
  await content.unfinished.insertOne({
    _id: 'gc_lost',
    doing: 'storing',
    store: 'gridfs',
    since: new Date(0),
  });
  const worker = await startTestWorker(queue, [actor], quick);
  await waitFor(async () => (await getGeneration(content, orphan))?.status === 'failed');
  await waitFor(async () => (await content.blobs.stat('gc_lost')) === null);
  expect(await getGeneration(content, kept)).toMatchObject({ status: 'processing' });
  const rows = await queue.workers.find({}).toArray();
  expect(rows.map(({ _id }) => _id).toSorted()).toEqual([worker.worker_id, 'slow'].toSorted());
});

async function* pieces(): AsyncGenerator<Buffer> {
  yield Buffer.from('half a film');
}

test('ten thousand tasks of a dead worker are back in the queue within its lease and ten seconds', async () => {
  await queue.tasks.deleteMany({});
  await startTestWorker(queue, [actor], { serves: [] }).then(publisher => publisher.stop());
  await enqueueMany(queue, 10_000, { actor: 'kept' });
  await claimAll(queue, { worker_id: 'gone', want: 10_000, actors: ['kept'] });
  await queue.tasks.updateMany({}, { $currentDate: { heartbeat_at: true } });
  const diedAt = performance.now();
  const lease_ms = 1_500;
  const worker = await startTestWorker(queue, [actor], { serves: [], heartbeat_ms: 300, lease_ms });
  const held = () => queue.tasks.countDocuments({ status: 'processing' }, { hint: 'live' });
  expect(await held()).toBe(10_000);
  await waitFor(async () => (await held()) === 0, { timeoutMs: 20_000, everyMs: 100 });
  expect(performance.now() - diedAt).toBeLessThan(lease_ms + 10_000);
  expect(await queue.tasks.countDocuments({ status: 'queued', retry_count: 1 })).toBe(10_000);
  expect(worker.counters().tasks_recovered_total).toBe(10_000);
});
