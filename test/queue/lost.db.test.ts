// Lanes whose documents were lost: whoever touches one makes it anew, with its limit.
import { expect, test } from 'vitest';
import {
  completeTasks,
  type Queue,
  releaseTasks,
  reopenStrandedLanes,
  rerouteTasks,
  setLimit,
} from '../../queue/index.ts';
import { pokeLanes } from '../../queue/lanes/poke.ts';
import { claimAll, describeActor, enqueueMany, observedQueue, publish, testQueue } from '../helpers/queue.ts';

const of = (key: string) => ({ actor: 'draw', payload: { key } });

const limitOf = async (queue: Queue, lane: string) => (await queue.lanes.findOne({ _id: lane }))?.limit;

test('an enqueue in a process that believes the lane exists makes it anew', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 2, of('a'));
  await enqueueMany(queue, 2, of('other'));
  await enqueueMany(queue, 9);
  await queue.lanes.deleteMany({});
  await enqueueMany(queue, 2, of('a'));
  await enqueueMany(queue, 2, of('other'));
  await enqueueMany(queue, 40);
  expect([await limitOf(queue, 'a'), await limitOf(queue, 'other')]).toEqual([3, 2]);
  expect(await limitOf(queue, 'echo#0')).toBeNull();
  expect(await claimAll(queue)).toHaveLength(3 + 2 + 49);
  // And knows again that it is there.
  const { commands, queue: other } = await observedQueue(queue);
  await enqueueMany(other, 1, of('a'));
  commands.length = 0;
  await enqueueMany(other, 1, of('a'));
  expect(commands.filter(({ command }) => command.update === 'lanes')).toHaveLength(1);
});

test('the janitor makes lanes anew in which tasks wait, and no others', async () => {
  const queue = await testQueue(describeActor('paint', { key: '/key', limits: {}, default: 4 }));
  await enqueueMany(queue, 5, of('a'));
  await enqueueMany(queue, 5, of('b'));
  await enqueueMany(queue, 2, { actor: 'paint', payload: { key: 'b' } });
  await enqueueMany(queue, 1, of('done'));
  await enqueueMany(queue, 1);
  const held = await claimAll(queue);
  await completeTasks(
    queue,
    held.filter(({ lane }) => lane === 'done').map(task => ({ task, result: null })),
  );
  await queue.lanes.deleteMany({});
  expect(new Set(await reopenStrandedLanes(queue))).toEqual(new Set(['a', 'b']));
  expect(await reopenStrandedLanes(queue)).toEqual([]);
  expect([await limitOf(queue, 'a'), await limitOf(queue, 'b')]).toEqual([3, 1]);
  expect((await queue.lanes.findOne({ _id: 'b' }))!.actors.toSorted()).toEqual(['draw', 'paint']);
  // Those that run hold their slots, whatever happened to the lane.
  expect(await claimAll(queue, { actors: ['echo', 'draw', 'paint'] })).toEqual([]);
  await releaseTasks(
    queue,
    held.filter(({ lane }) => lane === 'b'),
  );
  expect(await claimAll(queue, { actors: ['echo', 'draw', 'paint'] })).toHaveLength(1);
});

test('the limit is what the catalog says now, also where the task was stored under another', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 1, of('other'));
  await enqueueMany(queue, 1, of('a'));
  await queue.lanes.deleteMany({});
  await publish(queue, describeActor('draw', { key: '/key', limits: { b: 1 }, default: 7 }));
  await queue.lanes.deleteMany({});
  await publish(queue, describeActor('paint', { key: '/key', limits: { a: 5 }, default: 9 }));
  await enqueueMany(queue, 1, { actor: 'paint', payload: { key: 'other' } });
  await queue.lanes.deleteMany({});
  await reopenStrandedLanes(queue);
  expect([await limitOf(queue, 'other'), await limitOf(queue, 'a')]).toEqual([7, 5]);
  const both = { lane: 'other', priority: 0 };
  await queue.lanes.deleteMany({});
  await pokeLanes(queue, [
    { ...both, actor: 'paint' },
    { ...both, actor: 'draw' },
  ]);
  expect(await limitOf(queue, 'other')).toBe(7);
});

test('a lane without a limit stays without, whatever its actor says now', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 20);
  await publish(queue, describeActor('echo', { key: '/key', limits: {}, default: 1 }));
  await queue.lanes.deleteMany({});
  await reopenStrandedLanes(queue);
  expect(await claimAll(queue)).toHaveLength(20);
});

test('the limit of a lane that only code names is that of its tasks', async () => {
  const queue = await testQueue(describeActor('coded', { code: true }));
  const route = async () => rerouteTasks(queue, 'coded', () => ['mine', 3]);
  await enqueueMany(queue, 2, { actor: 'coded', payload: {} });
  expect(await route()).toBe(2);
  await queue.lanes.deleteMany({});
  await reopenStrandedLanes(queue);
  expect(await limitOf(queue, 'mine')).toBe(3);
  await enqueueMany(queue, 1, { actor: 'coded', payload: {} });
  await queue.lanes.deleteMany({});
  await route();
  expect(await limitOf(queue, 'mine')).toBe(3);
  expect(await claimAll(queue, { actors: ['coded'] })).toHaveLength(3);
});

test('setting a limit makes a lost lane anew', async () => {
  const queue = await testQueue();
  await setLimit(queue, 'a', 2, 'draw');
  await queue.lanes.deleteMany({});
  await setLimit(queue, 'a', 2, 'draw');
  expect(await limitOf(queue, 'a')).toBe(2);
});
