// Lane hints: no lost wake-ups, and the janitor's repair after a crash.
import { expect, test } from 'vitest';
import { completeTasks, reopenStrandedLanes, setLimit } from '../../queue/index.ts';
import { claimAll, claimRound, describeActor, enqueueMany, publish, testQueue } from '../helpers/queue.ts';

test('a thousand races of enqueue, claim and completion leave no claimable task behind a closed lane', async () => {
  const queue = await testQueue();
  let done = 0;
  for (let turn = 0; turn < 125; turn++) {
    // Eight racers a turn, over one lane with one slot: the tightest case there is.
    const enqueuers = Array.from({ length: 4 }, () =>
      enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'b' } }),
    );
    const workers = Array.from({ length: 4 }, async (_, index) => {
      const { tasks } = await claimRound(queue, { worker_id: `w${index}` });
      await completeTasks(
        queue,
        tasks.map(task => ({ task, result: null })),
      );
      return tasks.length;
    });
    await Promise.all(enqueuers);
    for (const count of await Promise.all(workers)) done += count;
    const waiting = await queue.tasks.countDocuments({ status: 'queued', lane: 'b' });
    const lane = await queue.lanes.findOne({ _id: 'b' });
    // Nothing is running now: waiting work must stand behind an open flag, without any janitor.
    expect({ turn, open: lane?.open }).toEqual({ turn, open: waiting > 0 ? true : expect.any(Boolean) });
  }
  for (let tasks = await claimAll(queue); tasks.length > 0; tasks = await claimAll(queue)) {
    done += tasks.length;
    await completeTasks(
      queue,
      tasks.map(task => ({ task, result: null })),
    );
  }
  expect(done).toBe(500);
  expect(await reopenStrandedLanes(queue)).toEqual([]);
});

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
