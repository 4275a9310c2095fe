// History that the queue really made, under everything at once, is clean; also while it is being made.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  type ClaimedTask,
  cancelTask,
  completeTasks,
  failTask,
  promoteDueTasks,
  type Queue,
  recoverStaleTasks,
  releaseTasks,
  retryTask,
  setLimit,
  stopTask,
} from '../../queue/index.ts';
import type { VerifyReport } from '../../queue/verify/report.ts';
import { verifyHistory } from '../../queue/verify/verify.ts';
import { claimRound, enqueueMany, observedQueue, testQueue } from '../helpers/queue.ts';

const error = { type: 'E', message: '', details: {}, stack_trace: '' };

/** Ends a task in one of the ways that attempts end. */
async function end(queue: Queue, task: ClaimedTask, way: number): Promise<void> {
  if (way === 0) await releaseTasks(queue, [task]);
  else if (way === 1) await failTask(queue, task, { error, retry: { delay_ms: 1 } });
  else if (way === 2) await failAndRevive(queue, task);
  else if (way === 3) await lose(queue, task);
  else if (way === 4) await stop(queue, task);
  else await completeTasks(queue, [{ task, result: null }]);
}

/** It dies, and somebody wants it after all. */
async function failAndRevive(queue: Queue, task: ClaimedTask): Promise<void> {
  await failTask(queue, task, { error, retry: null });
  if (task.attempt < 5) await retryTask(queue, task._id);
}

/** Its worker falls silent, somebody takes it back, and the late result is dropped. */
async function lose(queue: Queue, task: ClaimedTask): Promise<void> {
  const silent = { $set: { heartbeat_at: { $subtract: ['$$NOW', 31_000] } } };
  await queue.tasks.updateOne({ _id: task._id, claim: task.claim }, [silent]);
  await recoverStaleTasks(queue, { lease_ms: 30_000 });
  expect(await completeTasks(queue, [{ task, result: 'late' }])).toEqual(['lost']);
}

async function stop(queue: Queue, task: ClaimedTask): Promise<void> {
  await cancelTask(queue, task._id);
  await stopTask(queue, task);
}

/** Claims and ends tasks until none is left. */
async function work(queue: Queue, index: number, left: () => Promise<number>): Promise<void> {
  const share = { index, of: 4 };
  while ((await left()) > 0) {
    const { tasks } = await claimRound(queue, { worker_id: `w${index}`, want: 8, share });
    await pause(Math.random() * 10);
    await Promise.all(tasks.map((task, nth) => end(queue, task, (task.attempt + nth + index) % 9)));
  }
}

test('claims, completions, retries, recoveries, cancellations and live limits by four workers leave a clean history', async () => {
  const queue = await testQueue();
  const queues = await Promise.all([0, 1, 2, 3].map(async () => (await observedQueue(queue)).queue));
  for (const key of ['a', 'b', 'c']) await enqueueMany(queue, 60, { actor: 'draw', payload: { key } });
  await enqueueMany(queue, 20);
  const left = () => queue.tasks.countDocuments({ status: { $in: ['queued', 'scheduled', 'processing'] } });
  const reports: VerifyReport[] = [];
  const beside = async (round: () => Promise<unknown>, everyMs: number) => {
    while ((await left()) > 0) {
      await round();
      await pause(everyMs);
    }
  };
  const keys = ['a', 'b', 'c'];
  let turn = 0;
  await Promise.all([
    ...queues.map((one, index) => work(one, index, left)),
    beside(() => promoteDueTasks(queue), 5),
    beside(() => setLimit(queue, keys[turn % 3]!, 1 + ((turn++ * 5) % 6), 'draw'), 40),
    beside(async () => reports.push(await verifyHistory(queue)), 100),
  ]);
  reports.push(await verifyHistory(queue));
  expect(reports.flatMap(report => report.findings)).toEqual([]);
  const { checked } = reports.at(-1)!;
  expect(checked).toMatchObject({ tasks: 200, limited_lanes: 3 });
  expect(checked.limited_attempts).toBeGreaterThan(250);
  const outcomes = await queue.tasks.distinct('attempts.outcome');
  expect(new Set(outcomes)).toEqual(
    new Set(['cancelled', 'completed', 'failed', 'lost', 'released', 'retried']),
  );
});
