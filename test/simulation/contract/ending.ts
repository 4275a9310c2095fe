// How attempts end, and who may end them: of every store.
// A file that imports this one runs its tests.
import { beforeEach, expect, test } from 'vitest';
import type { ClaimedTask, TaskError } from '../../../queue/index.ts';
import type { Store } from '../../../worker/store.ts';
import { type ContractBench, claim, claimNew, openBench } from './bench.ts';

const error: TaskError = { type: 'Odd', message: 'no luck', details: { n: 1 }, stack_trace: '' };
const at = expect.any(Date);

let bench: ContractBench;
let store: Store;
beforeEach(async () => {
  bench = await openBench();
  store = bench.store;
});

/** Another worker holds it by now. */
async function taken(): Promise<ClaimedTask> {
  const task = await claimNew(bench, { lane: 'b' });
  await bench.elapse(60);
  expect(await store.recoverStaleTasks({ lease_ms: 50 })).toMatchObject([{ outcome: 'queued' }]);
  expect(await claim(bench, 'w2')).toMatchObject([{ _id: task._id, attempt: 2 }]);
  return task;
}

test('a completion stores the result and how the attempt ended; a repeated one changes nothing', async () => {
  const task = await claimNew(bench, { lane: 'b' });
  const result = { $set: '$x', list: [1] };
  expect(await store.completeTasks([{ task, result }])).toEqual(['settled']);
  const done = await bench.get(task._id);
  const { slot: _, heartbeat_at: __, ...kept } = task;
  expect(done).toEqual({
    ...kept,
    status: 'completed',
    rev: 3,
    result,
    completed_at: at,
    attempts: [
      {
        attempt: 1,
        worker_id: 'w1',
        started_at: task.started_at,
        ended_at: at,
        outcome: 'completed',
        error: null,
        slot: 0,
        limit: 1,
      },
    ],
  });
  expect(await store.completeTasks([{ task, result }])).toEqual(['settled']);
  // What says something else of the attempt is told that it did not happen.
  expect(await store.completeTasks([{ task, result: 'other' }])).toEqual(['lost']);
  expect(await store.failTask(task, { error, retry: null })).toBe('lost');
  expect(await bench.get(task._id)).toEqual(done);
});

test('a failure is retried when it is due and not before, holding no slot meanwhile', async () => {
  const task = await claimNew(bench, { lane: 'b' });
  expect(await store.failTask(task, { error, retry: { delay_ms: 250 } })).toBe('settled');
  const waiting = await bench.get(task._id);
  expect(waiting).toMatchObject({
    status: 'scheduled',
    retry_count: 1,
    error,
    attempts: [{ outcome: 'retried', error }],
  });
  for (const gone of ['slot', 'heartbeat_at', 'worker_id']) expect(waiting).not.toHaveProperty(gone);
  expect(waiting.run_at!.getTime() - waiting.attempts[0]!.ended_at.getTime()).toBe(250);
  const first = await store.promoteDueTasks();
  expect(first.promoted).toBe(0);
  expect(first.next_in_ms).toBeGreaterThan(0);
  expect(first.next_in_ms).toBeLessThanOrEqual(250);
  await bench.elapse(260);
  expect(await store.promoteDueTasks()).toEqual({ promoted: 1, next_in_ms: null });
  expect(await bench.get(task._id)).not.toHaveProperty('run_at');
  expect(await claim(bench, 'w2')).toMatchObject([{ _id: task._id, attempt: 2, slot: 0, retry_count: 1 }]);
});

test('a failure without a retry is a dead letter, whose time may have been up', async () => {
  const task = await claimNew(bench, { lane: 'b' });
  expect(await store.failTask(task, { error, retry: null, outcome: 'timed_out' })).toBe('settled');
  const dead = await bench.get(task._id);
  expect(dead).toMatchObject({
    status: 'failed',
    dead: true,
    completed_at: at,
    retry_count: 0,
    error,
    worker_id: 'w1',
    attempts: [{ outcome: 'timed_out' }],
  });
  expect(dead).not.toHaveProperty('slot');
});

test('what is given back keeps its place and costs no retry', async () => {
  const task = await claimNew(bench, { lane: 'b' });
  await bench.enqueue({ lane: 'b' });
  expect(await store.releaseTasks([task])).toEqual(['settled']);
  const back = await bench.get(task._id);
  expect(back).toMatchObject({ status: 'queued', retry_count: 0, attempts: [{ outcome: 'released' }] });
  expect(back.ready_at).toEqual(task.ready_at);
  for (const gone of ['slot', 'heartbeat_at', 'worker_id']) expect(back).not.toHaveProperty(gone);
  expect(await claim(bench, 'w2')).toMatchObject([{ _id: task._id, attempt: 2 }]);
});

test('nothing that is written under an old claim takes effect', async () => {
  const old = await taken();
  const now = await bench.get(old._id);
  expect(await store.completeTasks([{ task: old, result: 'late' }])).toEqual(['lost']);
  expect(await store.failTask(old, { error, retry: { delay_ms: 0 } })).toBe('lost');
  expect(await store.failTask(old, { error, retry: null })).toBe('lost');
  expect(await store.releaseTasks([old])).toEqual(['lost']);
  expect(await store.stopTask(old)).toBe('lost');
  const said = { elapsed_ms: 1, message: 'late' };
  expect(await store.updateProgress([{ task: old, progress: said }])).toEqual([old._id]);
  await expect(store.saveCheckpoint(old, 'late')).rejects.toThrow('was lost');
  expect(await store.updateHeartbeat('w1', [old])).toEqual({
    kept: new Set(),
    lost: [old._id],
    cancelled: [],
  });
  expect(await bench.get(old._id)).toEqual(now);
});

test('a recovered task that nobody has claimed yet is not its old holder’s either', async () => {
  const task = await claimNew(bench);
  await bench.elapse(60);
  await store.recoverStaleTasks({ lease_ms: 50 });
  const back = await bench.get(task._id);
  expect(back).toMatchObject({ status: 'queued', retry_count: 1, error: { type: 'LeaseLost' } });
  expect(back).not.toHaveProperty('claim');
  expect(await store.completeTasks([{ task, result: 'late' }])).toEqual(['lost']);
  expect(await bench.get(task._id)).toEqual(back);
});

test('a pending task is cancelled at once, and is neither claimed nor promoted after', async () => {
  const queued = await bench.enqueue();
  const scheduled = await bench.enqueue({ delay_ms: 50 });
  for (const id of [queued, scheduled]) await bench.cancel(id);
  await bench.elapse(60);
  expect(await store.promoteDueTasks()).toEqual({ promoted: 0, next_in_ms: null });
  expect(await claim(bench)).toEqual([]);
  for (const id of [queued, scheduled]) {
    const task = await bench.get(id);
    expect(task).toMatchObject({ status: 'cancelled', attempts: [], error: { type: 'Cancelled' } });
    expect(task).not.toHaveProperty('run_at');
  }
});

test('a running task is told to cancel, and ends so, whatever it came to', async () => {
  const [one, other, third] = [await claimNew(bench), await claimNew(bench), await claimNew(bench)];
  const all = [one, other, third];
  for (const task of all) await bench.cancel(task._id);
  await bench.cancel(one._id);
  expect(await bench.get(one._id)).toMatchObject({ status: 'processing', cancel_requested: true, rev: 3 });
  const { cancelled } = await store.updateHeartbeat('w1', all);
  expect(new Set(cancelled)).toEqual(new Set(all.map(task => task._id)));
  expect(await store.stopTask(one)).toBe('settled');
  expect(await store.completeTasks([{ task: other, result: 1 }])).toEqual(['cancelled']);
  expect(await store.failTask(third, { error, retry: { delay_ms: 0 } })).toBe('cancelled');
  for (const { _id } of all) {
    const task = await bench.get(_id);
    expect(task).toMatchObject({ status: 'cancelled', attempts: [{ outcome: 'cancelled' }] });
    for (const gone of ['result', 'cancel_requested', 'slot']) expect(task).not.toHaveProperty(gone);
  }
});
