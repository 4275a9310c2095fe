// Taking back tasks: what is told of it, clocks that go back, and many at once.
import { beforeAll, expect, test } from 'vitest';
import {
  cancelTask,
  findLive,
  getTask,
  type Queue,
  recoverStaleTasks,
  updateHeartbeat,
} from '../../queue/index.ts';
import { claimAll, enqueueMany, testQueue } from '../helpers/queue.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await testQueue();
});

const lease = { lease_ms: 30_000 };

/** A claimed task whose latest heartbeat lies so far from now. */
async function heldSince(ms: number, task: { max_retries?: number } = {}): Promise<string> {
  const [task_id] = await enqueueMany(queue, 1, task);
  await claimAll(queue, { worker_id: 'gone', want: 1 });
  await queue.tasks.updateOne({ _id: task_id! }, [{ $set: { heartbeat_at: { $add: ['$$NOW', ms] } } }]);
  return task_id!;
}

test('a heartbeat from before the clock went back counts as silence, one within a lease does not', async () => {
  const before = await heldSince(3_600_000);
  const alive = await heldSince(20_000);
  expect(await recoverStaleTasks(queue, lease)).toMatchObject([{ task_id: before, outcome: 'queued' }]);
  expect(await getTask(queue, alive)).toMatchObject({ status: 'processing' });
});

test('each end is told once by its own name', async () => {
  const told: [string, object][] = [];
  for (const name of ['task:recovered', 'task:dead', 'task:cancelled'] as const)
    queue.events.on(name, (event: object) => told.push([name, event]));
  await queue.tasks.deleteMany({});
  const again = await heldSince(-60_000);
  const dead = await heldSince(-60_000, { max_retries: 0 });
  const cancelled = await heldSince(-60_000);
  await cancelTask(queue, cancelled);
  await recoverStaleTasks(queue, lease);
  const of = (task_id: string) => told.filter(([, event]) => 'task_id' in event && event.task_id === task_id);
  expect(of(again)).toMatchObject([['task:recovered', { outcome: 'queued', worker_id: 'gone' }]]);
  expect(of(dead)).toMatchObject([
    ['task:recovered', { outcome: 'failed' }],
    ['task:dead', { worker_id: 'gone', error: { type: 'MaxRetriesExceeded' } }],
  ]);
  expect(of(cancelled)).toMatchObject([
    ['task:recovered', { outcome: 'cancelled' }],
    ['task:cancelled', {}],
  ]);
  expect(await findLive(queue, [again, dead, cancelled, 'tq_none'])).toEqual(new Set([again]));
});

test('of many at once, exactly those are taken back whose heartbeat did not come first', async () => {
  for (let turn = 0; turn < 20; turn++) {
    await queue.tasks.deleteMany({});
    await enqueueMany(queue, 30);
    const tasks = await claimAll(queue, { worker_id: 'slow' });
    await queue.tasks.updateMany({}, [{ $set: { heartbeat_at: { $subtract: ['$$NOW', 60_000] } } }]);
    const [recovered, { kept }] = await Promise.all([
      recoverStaleTasks(queue, lease),
      updateHeartbeat(queue, 'slow', tasks.slice(turn)),
    ]);
    const taken = recovered.map(({ task_id }) => task_id);
    expect(taken.filter(id => kept.has(id))).toEqual([]);
    expect(taken.length + kept.size).toBe(30);
    expect(await queue.tasks.countDocuments({ status: 'queued', retry_count: 1 })).toBe(taken.length);
  }
});
