// What keeps claims, leases and workers alive, and what is said meanwhile: of every store.
// A file that imports this one runs its tests.
import { beforeEach, expect, test } from 'vitest';
import type { TaskError } from '../../../queue/index.ts';
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

test('a heartbeat keeps the tasks that it names, and no others of its worker', async () => {
  const [named, forgotten] = [await claimNew(bench), await claimNew(bench, { max_retries: 0 })];
  const unwanted = await claimNew(bench);
  await bench.cancel(unwanted._id);
  await bench.elapse(60);
  const { kept } = await store.updateHeartbeat('w1', [named]);
  expect(kept).toEqual(new Set([named._id]));
  const recovered = await store.recoverStaleTasks({ lease_ms: 50 });
  expect(new Map(recovered.map(({ task_id, outcome }) => [task_id, outcome]))).toEqual(
    new Map([
      [forgotten._id, 'failed'],
      [unwanted._id, 'cancelled'],
    ]),
  );
  expect(await bench.get(named._id)).toMatchObject({ status: 'processing', rev: 2 });
  expect(await bench.get(forgotten._id)).toMatchObject({
    dead: true,
    error: { type: 'MaxRetriesExceeded' },
    attempts: [{ outcome: 'lost' }],
  });
  expect(await bench.get(unwanted._id)).toMatchObject({ status: 'cancelled' });
});

test('progress is the latest value and marks the beginning; a checkpoint survives a retry', async () => {
  const task = await claimNew(bench);
  expect(await store.updateProgress([{ task }])).toEqual([]);
  expect(await bench.get(task._id)).toMatchObject({ begun: true, rev: 3 });
  const said = { elapsed_ms: 5, message: 'half', fraction: 0.5 };
  await store.updateProgress([{ task, progress: said }]);
  await store.saveCheckpoint(task, { job: 'j' });
  expect(await bench.get(task._id)).toMatchObject({ progress: { ...said, updated_at: at }, rev: 4 });
  await store.failTask(task, { error, retry: { delay_ms: 0 } });
  await bench.elapse(5);
  await store.promoteDueTasks();
  const [again] = await claim(bench, 'w2');
  expect(again).toMatchObject({ state: { job: 'j' }, attempt: 2 });
  for (const gone of ['progress', 'begun']) expect(again).not.toHaveProperty(gone);
});

test('a lease has one holder, who may renew it and give it back, and it ends', async () => {
  expect(await store.holdLease('x', 'w1', 100)).toBe(true);
  expect(await store.holdLease('x', 'w2', 100)).toBe(false);
  expect(await store.holdLease('x', 'w1', 100)).toBe(true);
  await store.dropLease('x', 'w2');
  expect(await store.holdLease('x', 'w2', 100)).toBe(false);
  await store.dropLease('x', 'w1');
  expect(await store.holdLease('x', 'w2', 100)).toBe(true);
  await bench.elapse(110);
  expect(await store.holdLease('x', 'w1', 100)).toBe(true);
});

test('rows of workers come, beat, are listed while they live, and go', async () => {
  const row = { host: 'h', pid: 1, version: '1', actors: ['echo'], capacity: 2 };
  for (const _id of ['w2', 'w1', 'w3']) await store.registerWorker({ _id, ...row });
  expect(await store.beatWorker('nobody', 1, false)).toBe(false);
  await store.deregisterWorker('w3');
  const ids = async (ms: number) => (await store.listLiveWorkers(ms)).map(({ _id }) => _id);
  expect(await ids(60_000)).toEqual(['w1', 'w2']);
  await bench.elapse(400);
  expect(await store.beatWorker('w1', 2, true)).toBe(true);
  expect(await store.listLiveWorkers(300)).toMatchObject([{ _id: 'w1', running: 2, draining: true }]);
  expect(await store.forgetDeadWorkers(300)).toBe(1);
  expect(await ids(60_000)).toEqual(['w1']);
});

test('the live are told from those that ended or never were', async () => {
  const [live, scheduled, running] = [
    await bench.enqueue({ lane: 'b' }),
    await bench.enqueue({ delay_ms: 60_000 }),
    await bench.enqueue({ lane: 'b' }),
  ];
  const ended = await bench.enqueue();
  await bench.cancel(ended);
  await claim(bench);
  const ids = [live, scheduled, running, ended, 'tq_never'];
  expect(await store.findLive(ids)).toEqual(new Set([live, scheduled, running]));
});
