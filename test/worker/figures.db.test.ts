// What workers count is added up in the database, over all of them and beyond their lives.
import { expect, test } from 'vitest';
import {
  addFigures,
  enqueueTask,
  type FigureRecord,
  openQueue,
  type Queue,
  readFigures,
  readMinutes,
  readStats,
} from '../../queue/index.ts';
import { PermanentError } from '../../worker/actors/errors.ts';
import { startWorker } from '../../worker/worker.ts';
import { testQueue } from '../helpers/queue.ts';
import { waitFor } from '../helpers/wait.ts';
import { taskEnd, taskWhen } from './start.ts';

const quick = { name: 'quick', execute: () => null };
const broken = {
  name: 'broken',
  execute() {
    throw new PermanentError('never');
  },
};

const figure = async (queue: Queue, id: string): Promise<FigureRecord | undefined> =>
  (await readFigures(queue)).find(({ _id }) => _id === id);

/** Runs one task of an actor by a worker of its own, which then stops. */
async function runOne(queue: Queue, actor: 'quick' | 'broken'): Promise<void> {
  const own = await openQueue(queue.db, { ensureSchema: false });
  const worker = await startWorker({ queue: own, actors: [quick, broken] });
  const { task_id } = await enqueueTask(queue, { actor, payload: {} });
  await taskEnd(queue, task_id);
  await worker.stop();
}

test('the figures of workers that are gone are still there, added up', async () => {
  const queue = await testQueue();
  await runOne(queue, 'quick');
  await runOne(queue, 'quick');
  await runOne(queue, 'broken');
  const done = await figure(queue, 'task_execution_seconds quick completed');
  expect(done).toMatchObject({ count: 2, actor: 'quick', outcome: 'completed' });
  expect(Object.values(done!.counts).reduce((sum, count) => sum + count)).toBe(2);
  expect(await figure(queue, 'task_execution_seconds broken failed')).toMatchObject({ count: 1 });
  expect(await figure(queue, 'task_queue_delay_seconds quick')).toMatchObject({ count: 2 });
  expect(await figure(queue, 'tasks_claimed_total')).toMatchObject({ count: 3 });
  expect(await figure(queue, 'tasks_dead_total broken')).toMatchObject({ count: 1, actor: 'broken' });
  // And by minutes, which may have turned meanwhile.
  const minutes = await readMinutes(queue, 5);
  const sum = (key: 'completed' | 'failed') => minutes.reduce((all, one) => all + one[key], 0);
  expect([sum('completed'), sum('failed')]).toEqual([2, 1]);
  expect(minutes.some(({ delay_ms }) => delay_ms.p50 !== null)).toBe(true);
});

test('a task that ran out of its time failed, and one that is tried again did not', async () => {
  const queue = await testQueue();
  const own = await openQueue(queue.db, { ensureSchema: false });
  const slow = { name: 'slow', execute: () => new Promise(() => {}) };
  const worker = await startWorker({ queue: own, actors: [slow] });
  const task = { actor: 'slow', payload: {}, timeouts: { soft_ms: 10, hard_ms: 30 } };
  const { task_id } = await enqueueTask(queue, { ...task, max_retries: 0 });
  const again = await enqueueTask(queue, { ...task, max_retries: 1 });
  expect(await taskEnd(queue, task_id)).toMatchObject({
    status: 'failed',
    attempts: [{ outcome: 'timed_out' }],
  });
  await taskWhen(queue, again.task_id, ({ attempts }) => attempts.length > 0);
  await worker.stop();
  expect(await readStats(queue, 'slow')).toMatchObject({ failed: 1, dead: 1 });
  const minutes = await readMinutes(queue, 5, 'slow');
  expect(minutes.reduce((all, { failed }) => all + failed, 0)).toBe(1);
  expect(minutes.reduce((all, { retried }) => all + retried, 0)).toBe(1);
});

test('a running worker tells within seconds, each thing once', async () => {
  const queue = await testQueue();
  const worker = await startWorker({ queue, actors: [quick] });
  const { task_id } = await enqueueTask(queue, { actor: 'quick', payload: {} });
  await taskEnd(queue, task_id);
  const told = () => figure(queue, 'task_execution_seconds quick completed');
  await waitFor(told, { timeoutMs: 10_000 });
  await worker.stop();
  expect(await told()).toMatchObject({ count: 1 });
});

test('two who add at the same moment both count', async () => {
  const queue = await testQueue();
  const one = { name: 'tasks_dead_total' as const, count: 1, sum: 0, counts: [] };
  await Promise.all(Array.from({ length: 50 }, () => addFigures(queue, [one])));
  expect(await figure(queue, 'tasks_dead_total')).toMatchObject({ count: 50 });
});
