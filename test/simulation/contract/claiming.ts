// What a claim takes, in which order, and how many at once: of every store.
// A file that imports this one runs its tests.
import { beforeEach, expect, test } from 'vitest';
import type { Store } from '../../../worker/store.ts';
import { type ContractBench, claim, claimNew, openBench } from './bench.ts';

const at = expect.any(Date);

let bench: ContractBench;
let store: Store;
beforeEach(async () => {
  bench = await openBench();
  store = bench.store;
});

test('a claim takes a queued task once, with a slot of its lane', async () => {
  const task_id = await bench.enqueue({ lane: 'b', priority: 5, max_retries: 2 });
  const [task] = await claim(bench, 'w1');
  expect(task).toEqual({
    _id: task_id,
    actor: 'draw',
    lane: 'b',
    concurrency_identifier: 'b',
    concurrency_limit: 1,
    status: 'processing',
    priority: 5,
    payload: expect.any(Object),
    created_at: at,
    ready_at: at,
    attempt: 1,
    retry_count: 0,
    max_retries: 2,
    rev: 2,
    attempts: [],
    worker_id: 'w1',
    claim: expect.stringMatching(/^w1\./),
    slot: 0,
    started_at: at,
    heartbeat_at: at,
  });
  expect(await bench.get(task_id)).toEqual(task);
  expect(await claim(bench, 'w2')).toEqual([]);
});

test('a task without a limit holds no slot', async () => {
  const task = await claimNew(bench);
  expect(task).toMatchObject({ concurrency_identifier: null, concurrency_limit: null });
  expect(task).not.toHaveProperty('slot');
});

test('a lane runs no more than its limit, and again when a slot is free', async () => {
  for (let n = 0; n < 5; n++) await bench.enqueue({ lane: 'a' });
  const running = await claim(bench);
  expect(new Set(running.map(task => task.slot))).toEqual(new Set([0, 1, 2]));
  await store.completeTasks([{ task: running[0]!, result: null }]);
  expect(await claim(bench, 'w2')).toMatchObject([{ slot: running[0]!.slot }]);
  expect(await claim(bench, 'w3')).toEqual([]);
});

test('a lowered limit lets nobody start until enough have ended, a raised one at once', async () => {
  for (let n = 0; n < 6; n++) await bench.enqueue({ lane: 'a' });
  const running = (await claim(bench)).toSorted((one, other) => one.slot! - other.slot!);
  await bench.setLimit('a', 1);
  await store.completeTasks(running.slice(0, 2).map(task => ({ task, result: null })));
  expect(await claim(bench)).toEqual([]);
  await store.releaseTasks([running[2]!]);
  expect(await claim(bench)).toMatchObject([{ slot: 0, concurrency_limit: 1 }]);
  await bench.setLimit('a', 2);
  expect(await claim(bench)).toMatchObject([{ slot: 1, concurrency_limit: 2 }]);
});

test('the best comes first: by priority, then by age', async () => {
  const ids = [];
  for (const priority of [0, 7, 0, 3]) ids.push(await bench.enqueue({ lane: 'b', priority }));
  const order = [];
  for (let n = 0; n < 4; n++) {
    const [task] = await claim(bench);
    order.push(task!._id);
    await store.completeTasks([{ task: task!, result: null }]);
  }
  expect(order).toEqual([ids[1], ids[3], ids[0], ids[2]]);
});

test('a lane that rests is not claimed from until its rest is over', async () => {
  const task = await claimNew(bench, { lane: 'b' });
  await store.coolLane(task, new Date((await bench.now()) + 1_300));
  await store.coolLane(task, new Date((await bench.now()) + 1_100));
  await store.releaseTasks([task]);
  const other = await bench.enqueue();
  expect(await claim(bench)).toMatchObject([{ _id: other }]);
  await bench.elapse(1_320);
  expect(await claim(bench)).toMatchObject([{ _id: task._id, retry_count: 0 }]);
});
