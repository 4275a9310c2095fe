// The claim round: limits, races, order, other people's actors.
import { expect, test } from 'vitest';
import { completeTasks, countProcessing, failTask, releaseTasks, setLimit } from '../../queue/index.ts';
import {
  claimAll,
  claimRound,
  describeActor,
  enqueueMany,
  observedQueue,
  publish,
  testQueue,
} from '../helpers/queue.ts';

test('64 claimers racing for a limit of 3 end with exactly 3, every time', async () => {
  const queue = await testQueue();
  const claimers = await Promise.all(Array.from({ length: 4 }, () => observedQueue(queue)));
  let conflicts = 0;
  for (const { queue: one } of claimers)
    one.events.on('claim:contended', event => (conflicts += event.slot_conflicts));
  await enqueueMany(queue, 300, { actor: 'draw', payload: { key: 'a' } });
  for (let round = 0; round < 16; round++) {
    const rounds = await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        claimRound(claimers[index % 4]!.queue, { worker_id: `w${index}`, share: { index, of: 64 }, want: 5 }),
      ),
    );
    const won = rounds.flatMap(({ tasks }) => tasks);
    expect(won.length).toBeLessThanOrEqual(3);
    const more = won.length < 3 ? await claimAll(queue, { worker_id: 'late' }) : [];
    expect(await countProcessing(queue, 'a')).toBe(3);
    const held = [...won, ...more];
    expect(new Set(held.map(task => task.slot))).toEqual(new Set([0, 1, 2]));
    await completeTasks(
      queue,
      held.map(task => ({ task, result: null })),
    );
  }
  // The race was a race: without it this test would prove nothing.
  expect(conflicts).toBeGreaterThan(0);
});

test('a thousand tasks under sixteen claimers are each claimed once', async () => {
  const queue = await testQueue();
  const ids = await enqueueMany(queue, 1_000);
  const claimers = Array.from({ length: 16 }, (_, index) =>
    claimAll(queue, { worker_id: `w${index}`, want: 200, share: { index, of: 16 } }),
  );
  const won = (await Promise.all(claimers)).flat().map(task => task._id);
  const rest = await claimAll(queue, { want: 1_000 });
  expect([...won, ...rest.map(task => task._id)].toSorted()).toEqual(ids.toSorted());
});

test('a claim says who holds the task, in which slot, under which limit, since when', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'b' } });
  const [task] = (await claimRound(queue, { worker_id: '$worker' })).tasks;
  expect(task).toMatchObject({
    status: 'processing',
    worker_id: '$worker',
    slot: 0,
    concurrency_limit: 1,
    attempt: 1,
    rev: 2,
  });
  expect(task?.claim).toMatch(/^\$worker\./);
  expect(task?.started_at).toEqual(task?.heartbeat_at);
});

test('the validator refuses a limited running task without a slot, or with one at its limit', async () => {
  const queue = await testQueue();
  const [id] = await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'b' } });
  const run = (fields: object) =>
    queue.tasks.updateOne({ _id: id! }, { $set: { status: 'processing', ...fields } });
  await expect(run({})).rejects.toMatchObject({ code: 121 });
  await expect(run({ slot: 1, concurrency_limit: 1 })).rejects.toMatchObject({ code: 121 });
  await run({ slot: 0, concurrency_limit: 1 });
  await expect(queue.tasks.updateOne({ _id: id! }, { $set: { status: 'completed' } })).rejects.toMatchObject({
    code: 121,
  });
});

test('a saturated key with a deep backlog leaves the other keys of the same round their tasks', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 2_000, { actor: 'draw', payload: { key: 'a' }, priority: 5 });
  await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'b' } });
  await enqueueMany(queue, 1);
  const { tasks } = await claimRound(queue, { want: 10 });
  expect(new Set(tasks.map(task => task.lane.split('#')[0]))).toEqual(new Set(['a', 'b', 'echo']));
  expect(tasks).toHaveLength(5);
});

test('a lower limit never lets a new claim above it, whoever races', async () => {
  const queue = await testQueue();
  await setLimit(queue, 'many', 6, 'draw');
  await enqueueMany(queue, 200, { actor: 'draw', payload: { key: 'many' } });
  for (let turn = 0; turn < 10; turn++) {
    await setLimit(queue, 'many', 6, 'draw');
    const held = await claimAll(queue);
    expect(held).toHaveLength(6);
    await setLimit(queue, 'many', 2, 'draw');
    // Any slots may be the ones that stay: leave three holders, then two, then one.
    for (const keep of [3, 2, 1]) {
      const leaving = held.splice(0, held.length - keep);
      await completeTasks(
        queue,
        leaving.map(task => ({ task, result: null })),
      );
      const rounds = await Promise.all(
        Array.from({ length: 8 }, (_, index) => claimRound(queue, { worker_id: `w${index}` })),
      );
      const fresh = rounds.flatMap(({ tasks }) => tasks);
      expect(fresh.length).toBe(Math.max(0, 2 - keep));
      held.push(...fresh);
    }
    await completeTasks(
      queue,
      held.map(task => ({ task, result: null })),
    );
  }
});

test('a raised limit is there for the next round', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 10, { actor: 'draw', payload: { key: 'b' } });
  expect(await claimAll(queue)).toHaveLength(1);
  await setLimit(queue, 'b', 4, 'draw');
  expect(await claimAll(queue)).toHaveLength(3);
});

test('a key whose limit was taken away runs in slots, and spoils no claim of others', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 4, { actor: 'draw', payload: { key: 'b' } });
  await enqueueMany(queue, 2);
  await queue.lanes.updateOne({ _id: 'b' }, { $set: { limit: null } });
  const held = await claimAll(queue);
  const limited = held.filter(({ lane }) => lane === 'b');
  expect([limited.length, held.length]).toEqual([4, 6]);
  expect(new Set(limited.map(({ slot }) => slot)).size).toBe(4);
  // So a limit that is set again counts them.
  await setLimit(queue, 'b', 2, 'draw');
  await enqueueMany(queue, 2, { actor: 'draw', payload: { key: 'b' } });
  const end = (count: number) =>
    completeTasks(
      queue,
      limited.splice(0, count).map(task => ({ task, result: null })),
    );
  await end(2);
  expect(await claimAll(queue)).toEqual([]);
  await end(1);
  expect(await claimAll(queue)).toHaveLength(1);
});

test('a limit above the window of slots is exact too', async () => {
  const queue = await testQueue();
  await setLimit(queue, 'wide', 300, 'draw');
  await enqueueMany(queue, 400, { actor: 'draw', payload: { key: 'wide' } });
  const held = await claimAll(queue, { want: 400 });
  expect(held).toHaveLength(300);
  await completeTasks(
    queue,
    held.slice(0, 7).map(task => ({ task, result: null })),
  );
  expect(await claimAll(queue, { want: 400 })).toHaveLength(7);
});

test('higher priority goes first inside a lane, then first come', async () => {
  const queue = await testQueue();
  const key = { actor: 'draw', payload: { key: 'b' } };
  const [low] = await enqueueMany(queue, 1, key);
  const [high] = await enqueueMany(queue, 1, { ...key, priority: 10 });
  const [low2] = await enqueueMany(queue, 1, key);
  const order: string[] = [];
  for (let left = 3; left > 0; left--) {
    const [task] = await claimAll(queue);
    order.push(task!._id);
    await completeTasks(queue, [{ task: task!, result: null }]);
  }
  expect(order).toEqual([high, low, low2]);
});

test('a lane whose best task is gone falls back behind the others', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'b' }, priority: 9 });
  await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'b' }, priority: -5 });
  const [urgent] = await claimAll(queue, { want: 1 });
  await completeTasks(queue, [{ task: urgent!, result: null }]);
  await claimRound(queue, { want: 1 });
  expect(await queue.lanes.findOne({ _id: 'b' })).toMatchObject({ head: -5 });
});

test("a worker leaves other actors' tasks alone, also in a lane that both share", async () => {
  const queue = await testQueue(describeActor('paint', { key: '/key', limits: {}, default: 2 }));
  await enqueueMany(queue, 5, { actor: 'paint', payload: { key: 'shared' } });
  const [mine] = await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'shared' } });
  const won = await claimAll(queue, { actors: ['draw'] });
  expect(won.map(task => task._id)).toEqual([mine]);
  expect(await claimAll(queue, { actors: ['echo'] })).toEqual([]);
  expect(await claimAll(queue, { actors: ['draw'] })).toEqual([]);
  expect(await claimAll(queue, { actors: ['paint', 'draw'] })).toHaveLength(1);
});

test('every round leaves only lanes open in which something can be claimed', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 20);
  await enqueueMany(queue, 2, { actor: 'draw', payload: { key: 'b' } });
  const held = await claimAll(queue);
  expect(await queue.lanes.countDocuments({ open: true })).toBe(0);
  await releaseTasks(queue, held.slice(0, 1));
  expect(await queue.lanes.countDocuments({ open: true })).toBe(1);
});

test('a task that failed and waits for its retry holds no slot', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 2, { actor: 'draw', payload: { key: 'b' } });
  const [first] = await claimAll(queue);
  const error = { type: 'Error', message: 'x', details: {}, stack_trace: '' };
  expect(await failTask(queue, first!, { error, retry: { delay_ms: 60_000 } })).toBe('settled');
  expect(await claimAll(queue)).toHaveLength(1);
});

test('lanes beyond one page are all served in turn', async () => {
  const queue = await testQueue();
  await publish(queue, describeActor('wide', { key: '/key', limits: {}, default: 1 }));
  for (let key = 0; key < 150; key++)
    await enqueueMany(queue, 2, { actor: 'wide', payload: { key: `k${key}` } });
  const held = await claimAll(queue, { want: 1_000, actors: ['wide'] });
  expect(new Set(held.map(task => task.lane)).size).toBe(150);
});
