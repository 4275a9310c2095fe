// Lane hints: no lost wake-ups, and the janitor's repair after a crash.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { completeTasks, coolLane, reopenStrandedLanes, setLimit } from '../../queue/index.ts';
import { claimAll, claimRound, describeActor, enqueueMany, publish, testQueue } from '../helpers/queue.ts';

test('a thousand races of an enqueue with a claimer that finds its lane empty lose no wake-up', async () => {
  const queue = await testQueue();
  const keys = Array.from({ length: 8 }, (_, index) => `k${index}`);
  for (const key of keys) await enqueueMany(queue, 1, { actor: 'draw', payload: { key } });
  const drain = async () =>
    completeTasks(
      queue,
      (await claimAll(queue)).map(task => ({ task, result: null })),
    );
  for (let turn = 0; turn < 125; turn++) {
    await drain();
    await queue.lanes.updateMany({ _id: { $in: keys } }, { $set: { open: true } });
    const claimed = claimRound(queue, { want: 100 });
    const enqueued = keys.map(async (key, index) => {
      // Spread over the few milliseconds of a round, so that some fall between its look and its close.
      await pause((turn + index) % 6);
      await enqueueMany(queue, 1, { actor: 'draw', payload: { key } });
    });
    await Promise.all([claimed, ...enqueued]);
    const { tasks } = await claimed;
    await completeTasks(
      queue,
      tasks.map(task => ({ task, result: null })),
    );
    const waiting = await queue.tasks.distinct('lane', { status: 'queued' });
    const closed = await queue.lanes.find({ _id: { $in: waiting }, open: false }).toArray();
    expect({ turn, closed: closed.map(lane => lane._id) }).toEqual({ turn, closed: [] });
  }
}, 180_000);

test('racing enqueuers and workers of a lane with one slot get everything done without a janitor', async () => {
  const queue = await testQueue();
  const total = 200;
  let done = 0;
  const enqueued = enqueueOneByOne(total);
  async function enqueueOneByOne(left: number): Promise<void> {
    for (; left > 0; left--) await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'b' } });
  }
  const workers = Array.from({ length: 4 }, async (_, index) => {
    while (done < total) {
      const { tasks } = await claimRound(queue, { worker_id: `w${index}` });
      await completeTasks(
        queue,
        tasks.map(task => ({ task, result: null })),
      );
      done += tasks.length;
    }
  });
  await Promise.all([enqueued, ...workers]);
  expect(done).toBe(total);
  expect(await reopenStrandedLanes(queue)).toEqual([]);
}, 180_000);

test('the janitor reopens what a crash between insert and poke left behind, and nothing else', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 5, { actor: 'draw', payload: { key: 'b' } });
  await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'a' } });
  const held = await claimAll(queue);
  expect(held).toHaveLength(2);
  await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'a' } });
  await queue.lanes.updateMany({}, { $set: { open: false } });
  // b is full, so its closed flag is right.
  expect(await reopenStrandedLanes(queue)).toEqual(['a']);
  expect(await reopenStrandedLanes(queue)).toEqual([]);
  expect(await claimAll(queue)).toHaveLength(1);
});

test('two actors that name one key with different limits: the smaller holds, and both are told', async () => {
  const queue = await testQueue();
  const { publishLimits, publishActors } = await import('../../queue/index.ts');
  const other = describeActor('paint', { key: '/key', limits: { a: 2 }, default: 1 });
  await publishActors(queue, [other]);
  const conflict = {
    identifier: 'a',
    limits: [
      { actor: 'draw', limit: 3 },
      { actor: 'paint', limit: 2 },
    ],
  };
  expect(await publishLimits(queue, [other])).toEqual([conflict]);
  expect(await queue.lanes.findOne({ _id: 'a' })).toMatchObject({ limit: 2 });
  await publish(queue, describeActor('paint', { key: '/key', limits: { a: 3 }, default: 1 }));
  expect(await queue.lanes.findOne({ _id: 'a' })).toMatchObject({ limit: 3 });
});

test('a limit outside 1 to 10,000 is refused', async () => {
  const queue = await testQueue();
  for (const limit of [0, -1, 1.5, 10_001, Number.NaN])
    await expect(setLimit(queue, 'x', limit, 'draw')).rejects.toThrow('whole number from 1 to 10,000');
});

test('a lane that rests is left alone until its moment, and a longer rest is not cut short', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 2, { actor: 'draw', payload: { key: 'a' } });
  const [free] = await enqueueMany(queue, 1);
  const [task] = await claimAll(queue, { want: 1, actors: ['draw'] });
  const now = (await queue.clock.now()).getTime();
  await coolLane(queue, task!, new Date(now + 60_000));
  await coolLane(queue, task!, new Date(now + 1_000));
  expect((await claimAll(queue)).map(({ _id }) => _id)).toEqual([free]);
  const rested = await queue.lanes.findOne({ _id: 'a' });
  expect(rested?.cooldown_until).toEqual(new Date(now + 60_000));
  await coolLane(queue, task!, new Date(now + 1e12));
  const capped = (await queue.lanes.findOne({ _id: 'a' }))!.cooldown_until!.getTime() - now;
  expect(capped).toBeLessThan(25 * 3_600_000);
  await queue.lanes.updateOne({ _id: 'a' }, [{ $set: { cooldown_until: { $subtract: ['$$NOW', 1] } } }]);
  expect(await claimAll(queue)).toHaveLength(1);
});

test('the rest of an unlimited task is that of all lanes of its actor', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 20);
  const [task] = await claimAll(queue, { want: 1 });
  await coolLane(queue, task!, new Date((await queue.clock.now()).getTime() + 60_000));
  expect(await claimAll(queue)).toEqual([]);
});
