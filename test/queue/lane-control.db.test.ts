// Lanes changed by hand while work goes on: limits that outlive the code's, pauses, rests, and what people see of them.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  changeLane,
  coolLane,
  findLaneView,
  listLanes,
  publishLimits,
  type Queue,
  setLimit,
  verifyHistory,
} from '../../queue/index.ts';
import {
  claimAll,
  claimRound,
  describeActor,
  enqueueMany,
  finish,
  publish,
  testQueue,
} from '../helpers/queue.ts';

const draw = (limits: Record<string, number>, other = 2) =>
  describeActor('draw', { key: '/key', limits, default: other });
const key = (name: string) => ({ actor: 'draw', payload: { key: name } });
const limitsOf = async (queue: Queue, name: string) => {
  const { limit, default_limit, limit_set } = (await findLaneView(queue, name))!;
  return [limit, default_limit, limit_set];
};

test('a limit set by hand outlives what the code says, until the code is asked for again', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 10, key('a'));
  await enqueueMany(queue, 10, key('c'));
  expect(await changeLane(queue, 'a', { limit: 5 })).toMatchObject({
    limit: 5,
    default_limit: 3,
    queued: 10,
  });
  await changeLane(queue, 'c', { limit: 1 });
  // A worker that starts with other limits: named ones, and another default.
  await publish(queue, draw({ a: 2, b: 1 }, 4));
  expect(await limitsOf(queue, 'a')).toEqual([5, 2, true]);
  expect(await limitsOf(queue, 'c')).toEqual([1, 4, true]);
  expect(await claimAll(queue)).toHaveLength(6);
  await setLimit(queue, 'a', 7, 'draw');
  expect(await limitsOf(queue, 'a')).toEqual([5, 7, true]);
  await changeLane(queue, 'a', { limit: 'default' });
  await changeLane(queue, 'c', { limit: 'default' });
  expect(await limitsOf(queue, 'a')).toEqual([7, 7, false]);
  expect(await limitsOf(queue, 'c')).toEqual([4, 4, false]);
  expect(await claimAll(queue)).toHaveLength(2 + 3);
  await publish(queue, draw({ a: 3 }));
  expect(await limitsOf(queue, 'a')).toEqual([3, 3, false]);
});

test('a limit set by hand twice, and to nothing, still knows what the code says', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 30, key('b'));
  await changeLane(queue, 'b', { limit: 9 });
  await changeLane(queue, 'b', { limit: null });
  expect(await limitsOf(queue, 'b')).toEqual([null, 1, true]);
  const held = await claimAll(queue);
  expect(held).toHaveLength(30);
  await publishLimits(queue, [draw({ a: 3, b: 1 })]);
  expect(await limitsOf(queue, 'b')).toEqual([null, 1, true]);
  await changeLane(queue, 'b', { limit: 'default' });
  await changeLane(queue, 'b', { limit: 'default' });
  expect(await limitsOf(queue, 'b')).toEqual([1, 1, false]);
  await enqueueMany(queue, 3, key('b'));
  await finish(queue, held.splice(0, 29));
  expect(await claimAll(queue)).toEqual([]);
  await finish(queue, held);
  expect(await claimAll(queue)).toHaveLength(1);
  expect(await verifyHistory(queue)).toMatchObject({ violations: 0 });
});

test('limits changed by hand at random never let a claim above them, and history proves it', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 400, key('a'));
  let rounds = 0;
  let done = 0;
  // The gauge: rounds that begin after a change was answered must leave at most that many holders.
  const calm: Promise<void> = Promise.resolve();
  const busy = new Set<Promise<unknown>>();
  async function work(worker_id: string): Promise<void> {
    while (done < 400) {
      await calm;
      const round = claimRound(queue, { worker_id, want: 8 });
      busy.add(round);
      const { tasks } = await round.finally(() => busy.delete(round));
      rounds++;
      if (tasks.length > 0) await pause(Math.random() * 8);
      await finish(queue, tasks);
      done += tasks.length;
    }
  }
  const workers = Array.from({ length: 4 }, (_, n) => work(`w${n}`));
  const seen: number[] = [];
  for (let turn = 0; done < 400; turn++) {
    const limit = 1 + ((turn * 5) % 6);
    await changeLane(queue, 'a', { limit });
    // Those that had read the old limit end; then nobody goes above the new one or what ran already.
    const old = [...busy];
    await Promise.allSettled(old);
    const running = () => queue.tasks.countDocuments({ lane: 'a', slot: { $gte: 0 } });
    let before = await running();
    for (let look = 0; look < 3 && done < 400; look++) {
      await pause(4);
      const now = await running();
      seen.push(now);
      expect(now).toBeLessThanOrEqual(Math.max(limit, before));
      before = now;
    }
  }
  await Promise.all(workers);
  expect(rounds).toBeGreaterThan(20);
  expect(new Set(seen).size).toBeGreaterThan(2);
  const report = await verifyHistory(queue);
  expect(report.findings).toEqual([]);
  expect(report.checked.limited_attempts).toBe(400);
  expect(new Set(await queue.tasks.distinct('attempts.limit')).size).toBeGreaterThan(3);
});

test('nobody claims from a paused lane nor from one that rests, and both end by hand', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 6, key('a'));
  expect(await changeLane(queue, 'a', { paused: true })).toMatchObject({ paused: true, queued: 6 });
  expect(await claimAll(queue)).toEqual([]);
  await publish(queue, draw({ a: 3 }));
  expect(await claimAll(queue)).toEqual([]);
  await changeLane(queue, 'a', { paused: false });
  const [first, ...others] = await claimAll(queue);
  expect(others).toHaveLength(2);
  await finish(queue, others);
  const until = new Date((await queue.clock.now()).getTime() + 60_000);
  await coolLane(queue, first!, until);
  expect(await findLaneView(queue, 'a')).toMatchObject({ cooldown_until: until, running: 1, queued: 3 });
  expect(await claimAll(queue)).toEqual([]);
  expect(await changeLane(queue, 'a', { cooldown_until: null })).toMatchObject({ cooldown_until: null });
  expect(await claimAll(queue)).toHaveLength(2);
  await changeLane(queue, 'a', { cooldown_until: until.toISOString() as unknown as Date });
  await finish(queue, [first!]);
  expect(await claimAll(queue)).toEqual([]);
  // One whose moment has passed is no rest.
  expect(await changeLane(queue, 'a', { cooldown_until: new Date(0) })).toMatchObject({
    cooldown_until: null,
  });
  expect(await claimAll(queue)).toHaveLength(1);
});

test('all tasks of an actor without a limit are one lane, which can be paused before there are any', async () => {
  const queue = await testQueue();
  expect(await findLaneView(queue, 'echo#all')).toBeNull();
  expect(await changeLane(queue, 'echo#all', { paused: true })).toMatchObject({
    key: 'echo#all',
    limit: null,
  });
  const [id] = await enqueueMany(queue, 40);
  expect(await claimAll(queue)).toEqual([]);
  const shown = { key: 'echo#all', queued: 40, running: 0, paused: true, next: { task_id: id } };
  expect(await findLaneView(queue, 'echo#2')).toMatchObject(shown);
  await changeLane(queue, 'echo#2', { paused: false });
  expect(await claimAll(queue)).toHaveLength(40);
  expect(await findLaneView(queue, 'echo#all')).toMatchObject({ queued: 0, running: 40, next: null });
  for (const limit of [null, 'default'] as const)
    expect(await changeLane(queue, 'echo#all', { limit })).toMatchObject({ limit: null, limit_set: false });
  await expect(changeLane(queue, 'echo#all', { limit: 3 })).rejects.toThrow('/limit');
  for (const unknown of ['nobody', 'nobody#all', 'draw#all', 'echo#7', 'echo#', 'route:draw', 'echo'])
    expect(await changeLane(queue, unknown, { paused: true }), unknown).toBeNull();
});

test('lanes are listed by name, page by page, each whole and once', async () => {
  const queue = await testQueue(describeActor('code', { code: true }));
  for (let n = 0; n < 7; n++) await enqueueMany(queue, 1 + n, key(`k${n}`));
  await enqueueMany(queue, 20);
  await enqueueMany(queue, 1, { actor: 'code' });
  const held = await claimAll(queue, { actors: ['draw'] });
  const seen: [string, number, number][] = [];
  let cursor = '';
  for (let page = 0; page < 10; page++) {
    const { items, next_cursor } = await listLanes(queue, { limit: 3, cursor });
    seen.push(
      ...items.map(({ key: name, queued, running }) => [name, queued, running] as [string, number, number]),
    );
    if (next_cursor === null) break;
    expect(items).toHaveLength(3);
    cursor = next_cursor;
  }
  const keys = Array.from({ length: 7 }, (_, n) => [`k${n}`, Math.max(0, n - 1), Math.min(1 + n, 2)]);
  expect(seen).toEqual([['a', 0, 0], ['b', 0, 0], ['echo#all', 20, 0], ...keys]);
  expect(held).toHaveLength(13);
});
