// One limit for all: workers of ours and workers outside on one key; and what ends jobs of ours that run too long.
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import {
  claimTasks,
  enqueueTask,
  enqueueTasks,
  failOverdueInternal,
  getTask,
  openQueue,
  publishActors,
  publishLimits,
  type Queue,
  verifyHistory,
} from '../../queue/index.ts';
import { ActorRegistry } from '../../worker/actors/registry.ts';
import { defineActor, startWorker } from '../../worker/index.ts';
import { withFailPoint } from '../helpers/faults.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { type Assigned, publishJob, startRemoteServer, TestWorker } from './remote-worker.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

/** Counts who calls the provider at once. */
function newGauge() {
  const gauge = { now: 0, most: 0, calls: new Map<string, number>() };
  return {
    gauge,
    call: async (who: string): Promise<void> => {
      gauge.most = Math.max(gauge.most, ++gauge.now);
      gauge.calls.set(who, (gauge.calls.get(who) ?? 0) + 1);
      await pause(5 + Math.random() * 10);
      gauge.now -= 1;
    },
  };
}

test('workers of ours and workers outside share one limit, and all of it is used', async () => {
  const { gauge, call } = newGauge();
  const rule = { key: '/provider', limits: { shared: 3 }, default: 1 };
  const own = defineActor({
    name: 'own',
    concurrency: rule,
    execute: () => call('ours'),
  });
  const job = await publishJob(queue, 'Draw', { concurrency: rule });
  const ours = await Promise.all([1, 2].map(() => startWorker({ queue, actors: [own], poll_ms: 50 })));
  const servers = [await startRemoteServer(queue), await startRemoteServer(queue)];
  const outside = await Promise.all(
    servers.map(server => TestWorker.join(server.url, [job], { capacity: 5 })),
  );
  let stopped = false;
  const working = outside.map(async worker => {
    const finish = async (assigned: Assigned) => {
      await call('outside');
      expect((await worker.complete(assigned)).status).toBe(200);
    };
    const all: Promise<void>[] = [];
    for (let next = 0; !stopped; await pause(1))
      for (; next < worker.assigned.length; next++) all.push(finish(worker.assigned[next]!));
    await Promise.all(all);
  });
  const tasks = Array.from({ length: 120 }, (_, n) => ({
    actor: n % 2 === 0 ? 'own' : job,
    payload: { provider: 'shared' },
  }));
  const ids = (await enqueueTasks(queue, tasks)).map(({ task_id }) => task_id);
  const done = () => queue.tasks.countDocuments({ _id: { $in: ids }, status: 'completed' });
  await waitFor(async () => (await done()) === ids.length, { timeoutMs: 40_000, everyMs: 100 });
  stopped = true;
  await Promise.all(working);
  await Promise.all(ours.map(worker => worker.stop()));
  expect(gauge.most).toBe(3);
  expect(Object.fromEntries(gauge.calls)).toEqual({ ours: 60, outside: 60 });
  expect((await verifyHistory(queue)).findings).toEqual([]);
});

test('a job of @internal that runs for longer than an hour fails with the words of old', async () => {
  const registry = new ActorRegistry([
    defineActor({ name: 'Forever', category: 'analysis', execute: () => null }),
  ]);
  await publishActors(queue, registry.describe());
  await publishLimits(queue, registry.describe());
  const names = ['@internal:analysis:Forever', '@internal:analysis:Forever', 'Forever'];
  const ids = (
    await enqueueTasks(
      queue,
      names.map(actor => ({ actor, payload: {} })),
    )
  ).map(({ task_id }) => task_id);
  const claimed = await claimTasks(queue, {
    worker_id: 'w',
    actors: new Set(names),
    want: 3,
    share: { index: 0, of: 1 },
  });
  expect(claimed.tasks).toHaveLength(3);
  expect(await failOverdueInternal(queue)).toBe(0);
  const twoHoursAgo = new Date(Date.now() - 2 * 3_600_000);
  const [late, young, plain] = [ids[0]!, ids[1]!, ids[2]!];
  await queue.tasks.updateMany({ _id: { $in: [late, plain] } }, { $set: { started_at: twoHoursAgo } });
  expect(await failOverdueInternal(queue)).toBe(1);
  const failed = await getTask(queue, late);
  expect(failed).toMatchObject({
    status: 'failed',
    dead: true,
    error: { message: 'Internal worker timeout' },
    attempts: [{ outcome: 'timed_out' }],
  });
  expect([failed?.claim, failed?.slot]).toEqual([undefined, undefined]);
  for (const id of [young, plain]) expect((await getTask(queue, id))?.status).toBe('processing');
  // One that somebody asked to cancel is cancelled.
  await queue.tasks.updateOne({ _id: young }, { $set: { started_at: twoHoursAgo, cancel_requested: true } });
  expect(await failOverdueInternal(queue)).toBe(1);
  expect((await getTask(queue, young))?.status).toBe('cancelled');
});

test('a hard time limit holds also where it could not be read when the task was claimed', async () => {
  const job = await publishJob(queue, 'Slow', { timeouts: { hard_ms: 300, soft_ms: 300 } });
  // By another process: this one has not read the job lately.
  const elsewhere = await openQueue(queue.db, { ensureSchema: false });
  const { task_id } = await enqueueTask(elsewhere, { actor: job, payload: {} });
  const here = await openQueue(queue.db, { ensureSchema: false });
  const troubles: string[] = [];
  here.events.on('queue:trouble', ({ doing }) => troubles.push(doing));
  const server = await startRemoteServer(here, { heartbeat_ms: 300, lease_ms: 30_000 });
  const worker = await TestWorker.join(server.url, [job], { stream: false });
  const namespace = `${queue.db.databaseName}.actors`;
  await withFailPoint(queue.db, { failCommands: ['find'], times: 1, namespace, errorCode: 8 }, async () => {
    await worker.connect();
    await worker.nth();
    await waitFor(() => troubles.length > 0);
  });
  expect(troubles).toEqual(['setting a time limit']);
  const ended = async () => {
    const task = await getTask(queue, task_id);
    return task?.attempts[0] ?? null;
  };
  expect(await waitFor(ended, { timeoutMs: 10_000 })).toMatchObject({ outcome: 'timed_out' });
});

test('a task that another server claimed for a worker just as its stream moved is not lost to it', async () => {
  const job = await publishJob(queue, 'Moved', { max_retries: 0 });
  const server = await startRemoteServer(queue, { heartbeat_ms: 300, lease_ms: 2_000 });
  const worker = await TestWorker.join(server.url, [job], { capacity: 1 });
  const [first, second] = await enqueueTasks(
    queue,
    [1, 2].map(() => ({ actor: job, payload: {} })),
  );
  // It has no room for the second, which the server that held its stream before claims in its name all the same.
  const held = await worker.nth();
  const share = { index: 0, of: 1 };
  const request = { worker_id: worker.worker_id, actors: new Set([job]), want: 1, share };
  const [claimed] = await waitFor(async () => {
    const { tasks } = await claimTasks(queue, request);
    return tasks.length > 0 ? tasks : null;
  });
  const sent = await worker.nth(1);
  expect(sent).toMatchObject({ claim: claimed!.claim, task: { task_id: claimed!._id, attempt: 1 } });
  for (const assigned of [held, sent]) expect((await worker.complete(assigned)).status).toBe(200);
  for (const { task_id } of [first!, second!])
    expect(await getTask(queue, task_id)).toMatchObject({ status: 'completed', attempt: 1 });
  expect(worker.assigned).toHaveLength(2);
});
