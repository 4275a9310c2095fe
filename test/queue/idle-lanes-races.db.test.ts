// The removal of idle lanes against those who need them at that very moment.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { enqueueTasks, openQueue, type Queue } from '../../queue/index.ts';
import { claimAll, claimRound, describeActor, enqueueMany, finish, testQueue } from '../helpers/queue.ts';
import { nobodyWaits, of, prune } from './idle-lanes.ts';

/** Another process, which has stored tasks in these lanes and believes that they are there. */
async function otherProcess(queue: Queue, keys: readonly string[]): Promise<Queue> {
  const other = await openQueue(queue.db, { ensureSchema: false });
  await enqueueTasks(other, keys.map(of));
  await finish(queue, await claimAll(queue));
  await claimAll(queue);
  return other;
}

/** Lanes whose flags deny a task that waits in them: there must be none while nobody is at work. */
async function findStranded(queue: Queue): Promise<string[]> {
  const waiting = await queue.tasks.distinct('lane', { status: 'queued' });
  const right = {
    _id: { $in: waiting },
    open: true,
    waiting: 'draw',
    actors: 'draw',
    idle_at: { $exists: false },
  };
  const told = new Set((await queue.lanes.find(right).toArray()).map(({ _id }) => _id));
  return waiting.filter(lane => !told.has(lane));
}

test('a thousand races of an enqueue with the removal of its lane strand nothing', async () => {
  const queue = await testQueue();
  const keys = Array.from({ length: 8 }, (_, index) => `k${index}`);
  const other = await otherProcess(queue, keys);
  let removed = 0;
  let survived = 0;
  let walkMs = 10;
  for (let turn = 0; turn < 125; turn++) {
    await queue.lanes.updateMany({ _id: { $in: keys } }, { $set: { ...nobodyWaits, idle_at: new Date(0) } });
    const began = performance.now();
    const pruned = prune(queue);
    const enqueued = keys.map(async (key, index) => {
      // Spread over the time of a walk, so that some fall between its look and its delete.
      await pause((((turn + index) % 12) / 8) * walkMs);
      await enqueueMany(other, 1, of(key));
    });
    const gone = await pruned;
    walkMs = performance.now() - began;
    await Promise.all(enqueued);
    removed += gone;
    survived += keys.length - gone;
    expect({ turn, stranded: await findStranded(queue) }).toEqual({ turn, stranded: [] });
    const tasks = await claimAll(queue);
    expect(tasks).toHaveLength(keys.length);
    await finish(queue, tasks);
    await claimAll(queue);
  }
  // Both ways it went, or this would prove nothing.
  expect({ removed: removed > 100, survived: survived > 100 }).toEqual({ removed: true, survived: true });
}, 180_000);

test('a claimer in the middle of its round is not misled by a lane that goes and comes back', async () => {
  const queue = await testQueue();
  const keys = Array.from({ length: 8 }, (_, index) => `k${index}`);
  const other = await otherProcess(queue, keys);
  let removed = 0;
  for (let turn = 0; turn < 60; turn++) {
    await queue.lanes.updateMany(
      { _id: { $in: keys } },
      { $set: { ...(turn % 2 ? nobodyWaits : { open: true, waiting: ['draw'] }), idle_at: new Date(0) } },
    );
    const rounds = [claimRound(queue), claimRound(other, { worker_id: 'w2' })];
    const pruned = prune(queue);
    const enqueued = keys.map(async (key, index) => {
      await pause(2 * ((turn + index) % 12));
      await enqueueMany(other, 1, of(key));
    });
    const [gone] = await Promise.all([pruned, ...enqueued]);
    removed += gone;
    for (const { tasks } of await Promise.all(rounds)) await finish(queue, tasks);
    expect({ turn, stranded: await findStranded(queue) }).toEqual({ turn, stranded: [] });
    await finish(queue, await claimAll(queue));
    await claimAll(queue);
  }
  expect(removed).toBeGreaterThan(10);
}, 180_000);

test('two actors that find their lane gone at once are both known where it is made anew', async () => {
  const rule = { key: '/key', limits: {}, default: 2 };
  const queue = await testQueue(describeActor('paint', rule));
  const actors = ['draw', 'paint'];
  const keys = Array.from({ length: 8 }, (_, index) => `k${index}`);
  const processes = [await otherProcess(queue, keys), await otherProcess(queue, keys)];
  for (const [n, actor] of actors.entries())
    await enqueueTasks(
      processes[n]!,
      keys.map(key => ({ ...of(key), actor })),
    );
  for (let turn = 0; turn < 40; turn++) {
    await queue.tasks.deleteMany({});
    await queue.lanes.deleteMany({ _id: { $in: keys } });
    await Promise.all(
      keys.flatMap(key => actors.map((actor, n) => enqueueMany(processes[n]!, 1, { ...of(key), actor }))),
    );
    const lanes = await queue.lanes.find({ _id: { $in: keys } }).toArray();
    const unsaid = lanes.filter(lane => !lane.open || new Set(lane.waiting).size < 2).map(({ _id }) => _id);
    expect({ turn, count: lanes.length, unsaid }).toEqual({ turn, count: keys.length, unsaid: [] });
  }
});
