// Ending attempts: outcomes, fences, lost answers.
import { expect, test } from 'vitest';
import {
  type ClaimedTask,
  cancelTask,
  claimTasks,
  completeTasks,
  failTask,
  getTask,
  LostClaim,
  promoteDueTasks,
  type Queue,
  recoverStaleTasks,
  releaseTasks,
  saveCheckpoint,
  setLimit,
  stopTask,
  updateHeartbeat,
  updateProgress,
  viewTask,
} from '../../queue/index.ts';
import { withFailPoint } from '../helpers/faults.ts';
import { claimAll, enqueueMany, observedQueue, testQueue } from '../helpers/queue.ts';

const error = { type: 'Boom', message: 'it broke', details: { $why: '$payload' }, stack_trace: 'at x' };

async function claimOne(queue: Queue, task = {}): Promise<ClaimedTask> {
  await enqueueMany(queue, 1, task);
  const [claimed] = await claimAll(queue);
  return claimed!;
}

test('a batch completes in one statement, each task with its own result', async () => {
  const queue = await testQueue();
  const { queue: observed, commands } = await observedQueue(queue);
  await enqueueMany(queue, 20);
  const held = await claimAll(queue);
  const evil = { $set: { status: 'failed' }, 'a.b': '$payload', n: 0 };
  expect(
    await completeTasks(
      observed,
      held.map((task, n) => ({ task, result: { ...evil, n } })),
    ),
  ).toEqual(held.map(() => 'settled'));
  expect(commands.map(({ commandName }) => commandName)).toEqual(['update']);
  for (const [n, task] of held.entries()) {
    const done = await getTask(queue, task._id);
    expect(done).toMatchObject({ status: 'completed', result: { ...evil, n }, attempt: 1, worker_id: 'w1' });
    expect(done?.attempts).toMatchObject([
      { attempt: 1, worker_id: 'w1', outcome: 'completed', error: null },
    ]);
    expect(done).not.toHaveProperty('slot');
    expect(done).not.toHaveProperty('heartbeat_at');
  }
});

test('a stale claim settles nothing, whatever it tries, and its batch mates are not touched by that', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 2);
  const [old, mate] = await claimAll(queue);
  await releaseTasks(queue, [old!]);
  const [fresh] = await claimAll(queue, { worker_id: 'w2' });
  expect(fresh?._id).toBe(old?._id);
  const results = await completeTasks(
    queue,
    [old!, mate!].map(task => ({ task, result: 'late' })),
  );
  expect(results).toEqual(['lost', 'settled']);
  expect(await failTask(queue, old!, { error, retry: null })).toBe('lost');
  expect(await failTask(queue, old!, { error, retry: { delay_ms: 0 } })).toBe('lost');
  expect(await releaseTasks(queue, [old!])).toEqual(['lost']);
  expect(await stopTask(queue, old!)).toBe('lost');
  expect(await updateProgress(queue, [{ task: old!, progress: { elapsed_ms: 1, message: 'late' } }])).toEqual(
    [old!._id],
  );
  await expect(saveCheckpoint(queue, old!, 'late')).rejects.toThrow(LostClaim);
  const { kept, lost } = await updateHeartbeat(queue, 'w1', [old!]);
  expect([[...kept], lost]).toEqual([[], [old!._id]]);
  expect(await getTask(queue, old!._id)).toEqual(fresh);
});

test('a failure with a retry waits, is promoted when due, and keeps its history', async () => {
  const queue = await testQueue();
  const task = await claimOne(queue);
  await failTask(queue, task, { error, retry: { delay_ms: 60_000 } });
  const waiting = await getTask(queue, task._id);
  expect(waiting).toMatchObject({
    status: 'scheduled',
    retry_count: 1,
    error,
    attempts: [{ outcome: 'retried', error }],
  });
  expect(waiting!.run_at!.getTime() - waiting!.attempts[0]!.ended_at.getTime()).toBe(60_000);
  const { promoted, next_in_ms } = await promoteDueTasks(queue);
  expect(promoted).toBe(0);
  expect(next_in_ms).toBeGreaterThan(50_000);
  await queue.tasks.updateOne({ _id: task._id }, [{ $set: { run_at: { $subtract: ['$$NOW', 1] } } }]);
  expect(await promoteDueTasks(queue)).toEqual({ promoted: 1, next_in_ms: null });
  const [again] = await claimAll(queue);
  expect(again).toMatchObject({ attempt: 2, retry_count: 1 });
  await completeTasks(queue, [{ task: again!, result: null }]);
  const done = await getTask(queue, task._id);
  expect(done?.attempts.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
    [1, 'retried'],
    [2, 'completed'],
  ]);
  expect(viewTask(done!)).toMatchObject({ state: 'completed', error: null, result: null });
});

test('a failure for good is a dead letter, and a timed-out attempt says so', async () => {
  const queue = await testQueue();
  const task = await claimOne(queue);
  expect(await failTask(queue, task, { error, retry: null, outcome: 'timed_out' })).toBe('settled');
  expect(await getTask(queue, task._id)).toMatchObject({
    status: 'failed',
    dead: true,
    error,
    attempts: [{ outcome: 'timed_out', error }],
  });
});

test('a release costs no retry and keeps the place in the lane', async () => {
  const queue = await testQueue();
  const key = { actor: 'draw', payload: { key: 'b' } };
  const task = await claimOne(queue, key);
  await enqueueMany(queue, 1, key);
  await releaseTasks(queue, [task]);
  const [next] = await claimAll(queue);
  expect(next).toMatchObject({
    _id: task._id,
    retry_count: 0,
    attempt: 2,
    attempts: [{ outcome: 'released' }],
  });
});

test('progress is stored with the database clock, marks the task begun, and is gone with the next claim', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 2);
  const [one, two] = await claimAll(queue);
  const progress = { elapsed_ms: 1_200, message: '$rev', fraction: 0.4 };
  expect(await updateProgress(queue, [{ task: one!, progress }, { task: two! }])).toEqual([]);
  const [first, second] = await Promise.all([getTask(queue, one!._id), getTask(queue, two!._id)]);
  expect(viewTask(first!)).toMatchObject({ state: 'running', progress, rev: 3 });
  expect(first!.progress!.updated_at).toBeInstanceOf(Date);
  expect(viewTask(second!)).toMatchObject({ state: 'running', progress: null });
  await releaseTasks(queue, [one!]);
  const [again] = await claimAll(queue);
  expect(viewTask(again!)).toMatchObject({ state: 'assigned', progress: null });
});

test('a checkpoint survives a retry', async () => {
  const queue = await testQueue();
  const task = await claimOne(queue);
  await saveCheckpoint(queue, task, { external_id: '$abc' });
  await releaseTasks(queue, [task]);
  expect((await claimAll(queue))[0]).toMatchObject({ state: { external_id: '$abc' } });
});

test('cancelling a running task is a request; the worker learns of it and ends it', async () => {
  const queue = await testQueue();
  const task = await claimOne(queue, { actor: 'draw', payload: { key: 'b' } });
  expect(await cancelTask(queue, task._id)).toEqual({ task_id: task._id, status: 'processing' });
  expect(await cancelTask(queue, task._id)).toEqual({ task_id: task._id, status: 'processing' });
  const { cancelled, kept } = await updateHeartbeat(queue, 'w1', [task]);
  expect([cancelled, [...kept]]).toEqual([[task._id], [task._id]]);
  expect(await stopTask(queue, task)).toBe('settled');
  expect(await getTask(queue, task._id)).toMatchObject({ status: 'cancelled', error: { type: 'Cancelled' } });
  await expect(cancelTask(queue, task._id)).rejects.toThrow('it is cancelled');
});

test('a pending task is cancelled at once and never claimed', async () => {
  const queue = await testQueue();
  const [id] = await enqueueMany(queue, 1);
  expect(await cancelTask(queue, id!)).toEqual({ task_id: id, status: 'cancelled' });
  expect(await claimAll(queue)).toEqual([]);
});

// What mongod says when it steps down, shuts down, is interrupted, or its majority is slow; and a broken connection.
const faults = [
  ['not primary', { errorCode: 10107 }],
  ['interrupted by a change of state', { errorCode: 11602 }],
  ['shutting down', { errorCode: 91 }],
  ['primary stepped down', { errorCode: 189 }],
  ['connection closed', { closeConnection: true }],
  [
    'applied, but the majority is unknown',
    { writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } },
  ],
] as const;

test.each(faults)('a completion whose answer is "%s" takes effect exactly once', async (_, fault) => {
  const queue = await testQueue();
  await enqueueMany(queue, 3, { actor: 'draw', payload: { key: 'a' } });
  const held = await claimAll(queue);
  const outcomes = await withFailPoint(queue.db, { failCommands: ['update'], times: 2, ...fault }, () =>
    completeTasks(
      queue,
      held.map(task => ({ task, result: 'once' })),
    ),
  );
  expect(outcomes).toEqual(['settled', 'settled', 'settled']);
  for (const { _id } of held)
    expect(await getTask(queue, _id)).toMatchObject({
      status: 'completed',
      rev: 3,
      attempts: [{ outcome: 'completed' }],
    });
});

test.each(faults)('a claim whose answer is "%s" is known by its read-back', async (_, fault) => {
  const queue = await testQueue();
  await enqueueMany(queue, 3, { actor: 'draw', payload: { key: 'a' } });
  const request = { worker_id: 'w1', actors: new Set(['draw']), want: 10, share: { index: 0, of: 1 } };
  const { tasks } = await withFailPoint(
    queue.db,
    { failCommands: ['update'], times: 2, namespace: `${queue.db.databaseName}.task_queue`, ...fault },
    () => claimTasks(queue, request),
  );
  const held = await queue.tasks.find({ status: 'processing' }).toArray();
  expect(tasks.map(task => task._id).toSorted()).toEqual(held.map(task => task._id).toSorted());
  // Not applied is fine as well, as long as nothing is lost: the next round has them.
  expect([...tasks, ...(await claimAll(queue))]).toHaveLength(3);
});

test('tasks of a silent worker are recovered, failed when their retries are used up, and cancelled if asked', async () => {
  const queue = await testQueue();
  const [again, last, unwanted, alive] = await Promise.all([
    claimOne(queue, { actor: 'draw', payload: { key: 'b' } }),
    claimOne(queue, { max_retries: 0 }),
    claimOne(queue),
    claimOne(queue),
  ]).then(async () => {
    const rows = await queue.tasks.find({ status: 'processing' }).toArray();
    return [
      rows.find(task => task.lane === 'b'),
      rows.find(task => task.max_retries === 0),
      ...rows.filter(task => task.lane !== 'b' && task.max_retries > 0),
    ] as ClaimedTask[];
  });
  await cancelTask(queue, unwanted!._id);
  const silent = [again, last, unwanted].map(task => task!._id);
  await queue.tasks.updateMany({ _id: { $in: silent } }, [
    { $set: { heartbeat_at: { $subtract: ['$$NOW', 31_000] } } },
  ]);
  const recovered = await recoverStaleTasks(queue, { lease_ms: 30_000 });
  expect(new Map(recovered.map(({ task_id, outcome }) => [task_id, outcome]))).toEqual(
    new Map([
      [again!._id, 'queued'],
      [last!._id, 'failed'],
      [unwanted!._id, 'cancelled'],
    ]),
  );
  expect(await getTask(queue, again!._id)).toMatchObject({
    status: 'queued',
    retry_count: 1,
    attempts: [{ outcome: 'lost' }],
  });
  expect(await getTask(queue, last!._id)).toMatchObject({
    dead: true,
    error: { type: 'MaxRetriesExceeded' },
  });
  expect(await getTask(queue, alive!._id)).toMatchObject({ status: 'processing' });
  expect((await claimAll(queue)).map(task => task._id)).toEqual([again!._id]);
  expect(await completeTasks(queue, [{ task: again!, result: 'late' }])).toEqual(['lost']);
});

test('a heartbeat between the look and the recovery wins', async () => {
  const queue = await testQueue();
  for (let turn = 0; turn < 100; turn++) {
    const task = await claimOne(queue);
    await queue.tasks.updateOne({ _id: task._id }, [
      { $set: { heartbeat_at: { $subtract: ['$$NOW', 31_000] } } },
    ]);
    const [recovered, { kept }] = await Promise.all([
      recoverStaleTasks(queue, { lease_ms: 30_000 }),
      updateHeartbeat(queue, 'w1', [task]),
    ]);
    const [outcome] = await completeTasks(queue, [{ task, result: null }]);
    // Either side may win; both at once would be a second owner.
    expect([recovered.length, outcome]).toEqual(recovered.length === 1 ? [1, 'lost'] : [0, 'settled']);
    if (recovered.length === 0) expect(kept.has(task._id)).toBe(true);
    else
      await completeTasks(
        queue,
        (await claimAll(queue)).map(again => ({ task: again, result: null })),
      );
  }
});

test('an attempt remembers the slot and the limit of its claim, and does not show them', async () => {
  const queue = await testQueue();
  const task = await claimOne(queue, { actor: 'draw', payload: { key: 'b' } });
  await releaseTasks(queue, [task]);
  const stored = await getTask(queue, task._id);
  expect(stored?.attempts).toMatchObject([{ slot: 0, limit: 1 }]);
  expect(Object.keys(viewTask(stored!).attempts[0]!).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    'attempt',
    'ended_at',
    'error',
    'outcome',
    'started_at',
    'worker_id',
  ]);
  await enqueueMany(queue, 1);
  const [free] = await claimAll(queue, { actors: ['echo'] });
  await completeTasks(queue, [{ task: free!, result: null }]);
  const done = await getTask(queue, free!._id);
  expect(done?.attempts[0]).not.toHaveProperty('slot');
});

test('whatever an attempt comes to, a task that somebody cancelled meanwhile ends as cancelled', async () => {
  const queue = await testQueue();
  const completed: string[] = [];
  queue.events.on('task:completed', ({ task_id }) => completed.push(task_id));
  await enqueueMany(queue, 4, { actor: 'draw', payload: { key: 'many' } });
  await enqueueMany(queue, 2);
  await setLimit(queue, 'many', 10, 'draw');
  const [done, other, failing, releasing, ...free] = await claimAll(queue);
  for (const task of [done!, failing!, releasing!]) await cancelTask(queue, task._id);
  expect(
    await completeTasks(
      queue,
      [done!, other!].map(task => ({ task, result: 'late' })),
    ),
  ).toEqual(['cancelled', 'settled']);
  expect(await failTask(queue, failing!, { error, retry: { delay_ms: 0 } })).toBe('cancelled');
  expect(await releaseTasks(queue, [releasing!, free[0]!])).toEqual(['cancelled', 'settled']);
  for (const { _id } of [done!, failing!, releasing!])
    expect(await getTask(queue, _id)).toMatchObject({
      status: 'cancelled',
      error: { type: 'Cancelled' },
      attempts: [{ outcome: 'cancelled' }],
    });
  expect(completed).toEqual([other!._id]);
});
