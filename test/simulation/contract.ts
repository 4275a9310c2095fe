// What every store must do, whatever it is made of: run on the database and on the store in memory, so that what is
// found out on the one holds for the other. A file that imports this one runs its tests.
import { beforeEach, expect, test } from 'vitest';
import type { ClaimedTask, TaskError } from '../../queue/index.ts';
import type { Store } from '../../worker/store.ts';
import { type ContractBench, openBench } from './contract-bench.ts';

const error: TaskError = { type: 'Odd', message: 'no luck', details: { n: 1 }, stack_trace: '' };
const at = expect.any(Date);

let bench: ContractBench;
let store: Store;
beforeEach(async () => {
  bench = await openBench();
  store = bench.store;
});

async function claim(worker_id = 'w1', want = 10): Promise<ClaimedTask[]> {
  const share = { index: 0, of: 1 };
  const actors = new Set(['echo', 'draw']);
  const tasks: ClaimedTask[] = [];
  for (let again = true; again && tasks.length < want; ) {
    const round = await store.claimTasks({ worker_id, actors, want: want - tasks.length, share });
    tasks.push(...round.tasks);
    again = round.again;
  }
  return tasks;
}

async function claimNew(...args: Parameters<ContractBench['enqueue']>): Promise<ClaimedTask> {
  const task_id = await bench.enqueue(...args);
  const task = (await claim()).find(({ _id }) => _id === task_id);
  return task!;
}

/** Another worker holds it by now. */
async function taken(): Promise<ClaimedTask> {
  const task = await claimNew({ lane: 'b' });
  await bench.elapse(60);
  expect(await store.recoverStaleTasks({ lease_ms: 50 })).toMatchObject([{ outcome: 'queued' }]);
  expect(await claim('w2')).toMatchObject([{ _id: task._id, attempt: 2 }]);
  return task;
}

test('a claim takes a queued task once, with a slot of its lane', async () => {
  const task_id = await bench.enqueue({ lane: 'b', priority: 5, max_retries: 2 });
  const [task] = await claim('w1');
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
  expect(await claim('w2')).toEqual([]);
});

test('a task without a limit holds no slot', async () => {
  const task = await claimNew();
  expect(task).toMatchObject({ concurrency_identifier: null, concurrency_limit: null });
  expect(task).not.toHaveProperty('slot');
});

test('a lane runs no more than its limit, and again when a slot is free', async () => {
  for (let n = 0; n < 5; n++) await bench.enqueue({ lane: 'a' });
  const running = await claim();
  expect(new Set(running.map(task => task.slot))).toEqual(new Set([0, 1, 2]));
  await store.completeTasks([{ task: running[0]!, result: null }]);
  expect(await claim('w2')).toMatchObject([{ slot: running[0]!.slot }]);
  expect(await claim('w3')).toEqual([]);
});

test('a lowered limit lets nobody start until enough have ended, a raised one at once', async () => {
  for (let n = 0; n < 6; n++) await bench.enqueue({ lane: 'a' });
  const running = (await claim()).toSorted((one, other) => one.slot! - other.slot!);
  await bench.setLimit('a', 1);
  await store.completeTasks(running.slice(0, 2).map(task => ({ task, result: null })));
  expect(await claim()).toEqual([]);
  await store.releaseTasks([running[2]!]);
  expect(await claim()).toMatchObject([{ slot: 0, concurrency_limit: 1 }]);
  await bench.setLimit('a', 2);
  expect(await claim()).toMatchObject([{ slot: 1, concurrency_limit: 2 }]);
});

test('the best comes first: by priority, then by age', async () => {
  const ids = [];
  for (const priority of [0, 7, 0, 3]) ids.push(await bench.enqueue({ lane: 'b', priority }));
  const order = [];
  for (let n = 0; n < 4; n++) {
    const [task] = await claim();
    order.push(task!._id);
    await store.completeTasks([{ task: task!, result: null }]);
  }
  expect(order).toEqual([ids[1], ids[3], ids[0], ids[2]]);
});

test('a completion stores the result and how the attempt ended; a repeated one changes nothing', async () => {
  const task = await claimNew({ lane: 'b' });
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
  expect(await store.completeTasks([{ task, result: 'other' }])).toEqual(['settled']);
  expect(await bench.get(task._id)).toEqual(done);
});

test('a failure is retried when it is due and not before, holding no slot meanwhile', async () => {
  const task = await claimNew({ lane: 'b' });
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
  expect(await claim('w2')).toMatchObject([{ _id: task._id, attempt: 2, slot: 0, retry_count: 1 }]);
});

test('a failure without a retry is a dead letter, whose time may have been up', async () => {
  const task = await claimNew({ lane: 'b' });
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
  const task = await claimNew({ lane: 'b' });
  await bench.enqueue({ lane: 'b' });
  expect(await store.releaseTasks([task])).toEqual(['settled']);
  const back = await bench.get(task._id);
  expect(back).toMatchObject({ status: 'queued', retry_count: 0, attempts: [{ outcome: 'released' }] });
  expect(back.ready_at).toEqual(task.ready_at);
  for (const gone of ['slot', 'heartbeat_at', 'worker_id']) expect(back).not.toHaveProperty(gone);
  expect(await claim('w2')).toMatchObject([{ _id: task._id, attempt: 2 }]);
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
  const task = await claimNew();
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
  expect(await claim()).toEqual([]);
  for (const id of [queued, scheduled]) {
    const task = await bench.get(id);
    expect(task).toMatchObject({ status: 'cancelled', attempts: [], error: { type: 'Cancelled' } });
    expect(task).not.toHaveProperty('run_at');
  }
});

test('a running task is told to cancel, and ends so, whatever it came to', async () => {
  const [one, other, third] = [await claimNew(), await claimNew(), await claimNew()];
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

test('a heartbeat keeps the tasks that it names, and no others of its worker', async () => {
  const [named, forgotten] = [await claimNew(), await claimNew({ max_retries: 0 })];
  const unwanted = await claimNew();
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
  const task = await claimNew();
  expect(await store.updateProgress([{ task }])).toEqual([]);
  expect(await bench.get(task._id)).toMatchObject({ begun: true, rev: 3 });
  const said = { elapsed_ms: 5, message: 'half', fraction: 0.5 };
  await store.updateProgress([{ task, progress: said }]);
  await store.saveCheckpoint(task, { job: 'j' });
  expect(await bench.get(task._id)).toMatchObject({ progress: { ...said, updated_at: at }, rev: 4 });
  await store.failTask(task, { error, retry: { delay_ms: 0 } });
  await bench.elapse(5);
  await store.promoteDueTasks();
  const [again] = await claim('w2');
  expect(again).toMatchObject({ state: { job: 'j' }, attempt: 2 });
  for (const gone of ['progress', 'begun']) expect(again).not.toHaveProperty(gone);
});

test('a lane that rests is not claimed from until its rest is over', async () => {
  const task = await claimNew({ lane: 'b' });
  await store.coolLane(task, new Date((await bench.now()) + 1_300));
  await store.coolLane(task, new Date((await bench.now()) + 1_100));
  await store.releaseTasks([task]);
  const other = await bench.enqueue();
  expect(await claim()).toMatchObject([{ _id: other }]);
  await bench.elapse(1_320);
  expect(await claim()).toMatchObject([{ _id: task._id, retry_count: 0 }]);
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
  await claim();
  const ids = [live, scheduled, running, ended, 'tq_never'];
  expect(await store.findLive(ids)).toEqual(new Set([live, scheduled, running]));
});
