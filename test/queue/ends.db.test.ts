// Tasks that ended as failed are counted as such, whatever their last attempt came to, and once however many count.
import { beforeEach, expect, test } from 'vitest';
import {
  addEnds,
  type ClaimedTask,
  countEnds,
  type Failure,
  failTask,
  figuresText,
  type Queue,
  readFigures,
  readMinutes,
  readStats,
  recoverStaleTasks,
} from '../../queue/index.ts';
import { claimAll, enqueueMany, testQueue } from '../helpers/queue.ts';

let queue: Queue;
beforeEach(async () => {
  queue = await testQueue();
  countEnds(queue);
});

async function claimed(task: { max_retries?: number } = {}): Promise<ClaimedTask> {
  await enqueueMany(queue, 1, task);
  const [held] = await claimAll(queue, { worker_id: 'w', want: 1 });
  return held!;
}

const error = { type: 'Odd', message: '', details: {}, stack_trace: '' };
const fail = async (failure: Omit<Failure, 'error'>) =>
  failTask(queue, await claimed(), { error, ...failure });

/** A task of a worker that fell silent. */
async function lose(task: { max_retries?: number }): Promise<void> {
  const { _id } = await claimed(task);
  await queue.tasks.updateOne({ _id }, [{ $set: { heartbeat_at: { $subtract: ['$$NOW', 60_000] } } }]);
  await recoverStaleTasks(queue, { lease_ms: 30_000 });
  await queue.tasks.deleteOne({ _id, status: 'queued' });
}

const told = async (actor?: string) => {
  const minutes = await readMinutes(queue, 5, actor);
  const sum = (key: 'failed' | 'retried') => minutes.reduce((all, one) => all + one[key], 0);
  const { failed } = await readStats(queue, actor);
  return { failed, lately: sum('failed'), retried: sum('retried') };
};

test('failed, out of time and lost: each of them failed, or is tried again', async () => {
  await fail({ retry: null });
  await fail({ retry: null, outcome: 'timed_out' });
  await lose({ max_retries: 0 });
  await fail({ retry: { delay_ms: 60_000 } });
  await fail({ retry: { delay_ms: 60_000 }, outcome: 'timed_out' });
  await lose({ max_retries: 1 });
  await addEnds(queue);
  expect(await told()).toEqual({ failed: 3, lately: 3, retried: 3 });
  expect(await told('echo')).toEqual({ failed: 3, lately: 3, retried: 3 });
  expect(await told('draw')).toEqual({ failed: 0, lately: 0, retried: 0 });
  const text = await figuresText(await readFigures(queue), 'callsheet_');
  expect(text).toContain('callsheet_tasks_dead_total{actor="echo"} 3');
  expect(text).toContain('callsheet_tasks_tried_again_total{actor="echo"} 3');
  expect(text).toContain('callsheet_tasks_recovered_total 2');
});

test('two parts of a process that share a queue count each end once', async () => {
  countEnds({ ...queue });
  await fail({ retry: null });
  await Promise.all([addEnds(queue), addEnds(queue)]);
  await addEnds(queue);
  expect(await told()).toEqual({ failed: 1, lately: 1, retried: 0 });
});
