// Lanes changed by hand under real workers: in force at their next round, awake at once, and kept over a restart.
import { expect, test } from 'vitest';
import { changeLane, enqueueTask, findLaneView, openQueue, type Queue } from '../../queue/index.ts';
import { enqueueMany, testQueue } from '../helpers/queue.ts';
import { waitFor } from '../helpers/wait.ts';
import { deferred, startTestWorker, taskEnd } from './start.ts';

const running = (queue: Queue, lane: string) => queue.tasks.countDocuments({ lane, status: 'processing' });

/** An actor whose tasks run until they are let go. */
function gated(limit: number) {
  const gate = deferred();
  const name = 'gated';
  return { gate, actor: { name, concurrency: { limit }, execute: () => gate.promise } };
}

test('a limit set by hand holds for a worker that restarts and for one that comes later', async () => {
  const queue = await testQueue();
  const { gate, actor } = gated(1);
  const own = await openQueue(queue.db, { ensureSchema: false });
  const first = await startTestWorker(own, [actor], { poll_ms: 60_000 });
  await enqueueMany(queue, 8, { actor: 'gated' });
  await waitFor(async () => (await running(queue, 'gated')) === 1);
  // It sleeps for a minute unless it is woken.
  await changeLane(queue, 'gated', { limit: 4 });
  await waitFor(async () => (await running(queue, 'gated')) === 4);
  await first.stop({ release: true });
  await startTestWorker(queue, [actor], { poll_ms: 60_000 });
  await startTestWorker(queue, [{ ...actor, concurrency: { limit: 2 } }]);
  await waitFor(async () => (await running(queue, 'gated')) === 4);
  expect(await findLaneView(queue, 'gated')).toMatchObject({ limit: 4, default_limit: 2, limit_set: true });
  await changeLane(queue, 'gated', { limit: 'default' });
  gate.resolve();
  const ended = () => queue.tasks.countDocuments({ status: 'completed' });
  await waitFor(async () => (await ended()) === 8);
});

test('the end of a pause and the end of a rest wake an idle worker at once', async () => {
  const queue = await testQueue();
  const quick = { name: 'quick', execute: () => null };
  const keyed = { name: 'keyed', concurrency: { limit: 2 }, execute: () => null };
  await startTestWorker(queue, [quick, keyed], { poll_ms: 60_000 });
  const later = () => new Date(Date.now() + 3_600_000);
  const rests = [
    ['keyed', 'keyed', { paused: true }, { paused: false }],
    ['keyed', 'keyed', { cooldown_until: later() }, { cooldown_until: null }],
    ['quick#all', 'quick', { paused: true }, { paused: false }],
    ['quick#all', 'quick', { cooldown_until: later() }, { cooldown_until: null }],
  ] as const;
  for (const [lane, actor, rest, end] of rests) {
    await changeLane(queue, lane, rest);
    const { task_id } = await enqueueTask(queue, { actor, payload: {} });
    await new Promise(resolve => setTimeout(resolve, 150));
    expect(await queue.tasks.findOne({ _id: task_id })).toMatchObject({ status: 'queued' });
    const began = performance.now();
    await changeLane(queue, lane, end);
    await taskEnd(queue, task_id);
    expect(performance.now() - began).toBeLessThan(2_000);
  }
});
