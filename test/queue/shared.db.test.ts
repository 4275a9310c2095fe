// Lanes that several actors share, and workers that serve only some of them: nobody's work hides another's.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  completeTasks,
  enqueueTasks,
  type Queue,
  releaseTasks,
  reopenStrandedLanes,
  watchLanes,
} from '../../queue/index.ts';
import { maxNamed } from '../../queue/lanes/lane.ts';
import {
  claimAll,
  claimRound,
  describeActor,
  enqueueMany,
  observedQueue,
  testQueue,
} from '../helpers/queue.ts';
import { waitFor } from '../helpers/wait.ts';

/** Two more actors with keys of their choice: of `lone`, that nobody serves, and of `paint`. */
function sharedQueue(limit = 2): Promise<Queue> {
  const rule = { key: '/key', limits: {}, default: limit };
  return testQueue(describeActor('lone', rule), describeActor('paint', rule));
}

const of = (actor: string, key: string, priority = 0) => ({ actor, payload: { key }, priority });

/** Lanes whose flags deny a task that could be claimed: there must be none while nobody is at work. */
async function findDenied(queue: Queue): Promise<string[]> {
  const queued = await queue.tasks.find({ status: 'queued' }).toArray();
  const lanes = new Map((await queue.lanes.find().toArray()).map(lane => [lane._id, lane]));
  const held = await queue.tasks.find({ status: 'processing' }).toArray();
  const hasRoom = (name: string) =>
    held.filter(task => task.lane === name).length < (lanes.get(name)!.limit ?? Number.POSITIVE_INFINITY);
  return queued
    .filter(({ lane }) => hasRoom(lane))
    .filter(({ lane, actor }) => !lanes.get(lane)!.open || !lanes.get(lane)!.waiting.includes(actor))
    .map(({ lane, actor }) => `${actor} in ${lane}`);
}

test('lanes full of what nobody serves do not keep a worker from its own', async () => {
  const queue = await sharedQueue();
  const keys = Array.from({ length: 100 }, (_, n) => `k${n}`);
  // It has had tasks in all of them.
  await enqueueTasks(
    queue,
    keys.map(key => of('paint', key)),
  );
  const held = await claimAll(queue, { actors: ['paint'], want: 1_000 });
  await completeTasks(
    queue,
    held.map(task => ({ task, result: null })),
  );
  expect(held).toHaveLength(100);
  await enqueueTasks(
    queue,
    keys.map(key => of('lone', key, 9)),
  );
  const [mine] = await enqueueMany(queue, 1, of('paint', 'other'));
  const { tasks } = await claimRound(queue, { actors: ['paint'] });
  expect(tasks.map(task => task._id)).toEqual([mine]);
  expect(await claimRound(queue, { actors: ['paint'] })).toMatchObject({ again: false });
  expect(await findDenied(queue)).toEqual([]);
});

test('a worker is woken also in a lane that another actor keeps open, and not by more of the same', async () => {
  const queue = await sharedQueue();
  await enqueueMany(queue, 1, of('lone', 'shared'));
  let opened = 0;
  let gaps = 0;
  const bell = watchLanes(queue, { onOpen: () => opened++, onGap: () => gaps++ });
  await waitFor(() => gaps === 1);
  await enqueueMany(queue, 1, of('lone', 'shared'));
  await enqueueMany(queue, 1, of('paint', 'shared'));
  await waitFor(() => opened === 1);
  await enqueueMany(queue, 1, of('paint', 'shared'));
  // What came later has been heard, so what came before it has too.
  await enqueueMany(queue, 1, of('paint', 'other'));
  await waitFor(() => opened === 2);
  await pause(50);
  expect(opened).toBe(2);
  await bell.close();
});

test('a task said anew changes nothing in its lane', async () => {
  const queue = await sharedQueue();
  await enqueueMany(queue, 1, of('paint', 'shared', 3));
  const before = await queue.lanes.findOne({ _id: 'shared' });
  await enqueueMany(queue, 3, of('paint', 'shared', 1));
  expect(await queue.lanes.findOne({ _id: 'shared' })).toEqual(before);
});

test('a thousand races of two actors for each flag of shared lanes lose no wake-up', async () => {
  const queue = await sharedQueue(20);
  const keys = Array.from({ length: 8 }, (_, n) => `k${n}`);
  const actors = ['paint', 'lone'];
  const claimFor = (actor: string) => claimRound(queue, { worker_id: actor, actors: [actor], want: 1_000 });
  let pulled = 0;
  for (let turn = 0; turn < 125; turn++) {
    await queue.lanes.updateMany(
      { _id: { $in: keys } },
      { $set: { open: true }, $addToSet: { waiting: { $each: actors } } },
    );
    const rounds = actors.map(claimFor);
    const enqueued = keys.map(async (key, index) => {
      // Spread over the few milliseconds of a round, so that some fall between its look and its close.
      await pause((turn + index) % 8);
      await enqueueMany(queue, 1, of(actors[(turn + index) % 2]!, key));
    });
    await Promise.all([...rounds, ...enqueued]);
    expect({ turn, denied: await findDenied(queue) }).toEqual({ turn, denied: [] });
    pulled += await queue.lanes.countDocuments({ _id: { $in: keys }, waiting: { $ne: actors } });
    await queue.tasks.deleteMany({});
  }
  // Flags were cleared while tasks came, or this would prove nothing.
  expect(pulled).toBeGreaterThan(100);
}, 180_000);

test('a thousand races of freed slots with rounds of two actors that find them taken strand nothing', async () => {
  const queue = await sharedQueue(1);
  const keys = Array.from({ length: 8 }, (_, n) => `k${n}`);
  const actors = ['paint', 'lone'];
  let left = 0;
  for (let turn = 0; turn < 125; turn++) {
    // The first of each lane will hold the slot; one of the other actor waits behind it in every second lane.
    const late = actors[turn % 2]!;
    await enqueueTasks(
      queue,
      keys.map(key => of(actors[(turn + 1) % 2]!, key, 5)),
    );
    const held = await claimAll(queue, { actors, want: 1_000 });
    const behind = keys.filter((_, index) => index % 2).map(key => of(late, key));
    await enqueueTasks(queue, behind);
    await queue.lanes.updateMany({ _id: { $in: keys } }, { $set: { open: true } });
    const rounds = actors.map(actor => claimRound(queue, { worker_id: actor, actors: [actor], want: 1_000 }));
    const freed = held.map(async (task, index) => {
      await pause((turn + index) % 8);
      if (index % 3) await completeTasks(queue, [{ task, result: null }]);
      else await releaseTasks(queue, [task]);
    });
    await Promise.all([...rounds, ...freed]);
    expect({ turn, denied: await findDenied(queue) }).toEqual({ turn, denied: [] });
    left += await queue.tasks.countDocuments({ status: 'queued' });
    await queue.tasks.deleteMany({});
  }
  expect(left).toBeGreaterThan(100);
}, 180_000);

test('racing enqueuers and workers of different actors in one lane get everything done without a janitor', async () => {
  const queue = await sharedQueue(1);
  const total = 150;
  const actors = ['paint', 'lone'];
  const done = new Map(actors.map(actor => [actor, 0]));
  const enqueued = actors.map(async actor => {
    for (let left = total; left > 0; left--) await enqueueMany(queue, 1, of(actor, 'one'));
  });
  const workers = [...actors, ...actors].map(async (actor, index) => {
    while (done.get(actor)! < total) {
      const { tasks } = await claimRound(queue, { worker_id: `w${index}`, actors: [actor] });
      await completeTasks(
        queue,
        tasks.map(task => ({ task, result: null })),
      );
      done.set(actor, done.get(actor)! + tasks.length);
    }
  });
  await Promise.all([...enqueued, ...workers]);
  expect([...done.values()]).toEqual([total, total]);
  expect(await reopenStrandedLanes(queue)).toEqual([]);
});

test('a claimer that died between its two looks leaves it to the janitor to say who waits', async () => {
  const queue = await sharedQueue();
  const [first] = await enqueueMany(queue, 1, of('paint', 'shared'));
  await enqueueMany(queue, 1, of('lone', 'shared'));
  await queue.lanes.updateOne({ _id: 'shared' }, { $pull: { waiting: 'paint' } });
  expect(await claimAll(queue, { actors: ['paint'] })).toEqual([]);
  expect(await reopenStrandedLanes(queue)).toEqual(['shared']);
  expect(await reopenStrandedLanes(queue)).toEqual([]);
  expect((await claimAll(queue, { actors: ['paint'] })).map(({ _id }) => _id)).toEqual([first]);
});

test('lanes of the version before, which names nobody, are brought up by the janitor', async () => {
  const queue = await sharedQueue();
  await enqueueMany(queue, 3, of('paint', 'shared'));
  await enqueueMany(queue, 1, of('lone', 'shared'));
  await enqueueMany(queue, 1);
  await queue.lanes.updateMany({}, { $unset: { waiting: 1, rings: 1 } });
  expect(new Set(await reopenStrandedLanes(queue))).toEqual(
    new Set(['shared', expect.stringMatching(/^echo#/)]),
  );
  expect(await reopenStrandedLanes(queue)).toEqual([]);
  expect(await claimAll(queue, { actors: ['lone', 'echo'] })).toHaveLength(2);
  expect(await claimAll(queue, { actors: ['paint'] })).toHaveLength(1);
});

test('the head of a shared lane is that of all who wait there, and a round that serves one leaves it alone', async () => {
  const queue = await sharedQueue(9);
  await enqueueMany(queue, 1, of('lone', 'shared', 7));
  await enqueueMany(queue, 3, of('paint', 'shared', 1));
  const { queue: observed, commands } = await observedQueue(queue);
  expect((await claimRound(observed, { actors: ['paint'], want: 1 })).tasks).toHaveLength(1);
  expect(commands.filter(({ command }) => command.update === 'lanes')).toEqual([]);
  expect(await queue.lanes.findOne({ _id: 'shared' })).toMatchObject({ head: 7 });
  await claimRound(queue, { actors: ['lone'] });
  await claimRound(queue, { actors: ['lone'] });
  await claimRound(queue, { actors: ['paint'], want: 1 });
  expect(await queue.lanes.findOne({ _id: 'shared' })).toMatchObject({ head: 1, waiting: ['paint'] });
});

const crowd = Array.from({ length: maxNamed + 20 }, (_, n) => `crowd${n}`);

function crowdedQueue(): Promise<Queue> {
  const rule = { key: '/key', limits: {}, default: 200 };
  return testQueue(...crowd.map(name => describeActor(name, rule)));
}

test('where too many actors wait to be named, everybody is looked for, and named again when that is over', async () => {
  const queue = await crowdedQueue();
  const ids: string[] = [];
  for (const actor of crowd) ids.push(...(await enqueueMany(queue, 1, of(actor, 'shared'))));
  const waiting = async () => (await queue.lanes.findOne({ _id: 'shared' }))!.waiting;
  expect((await waiting()).length).toBeLessThanOrEqual(maxNamed);
  expect(await waiting()).toContain('*');
  const [first, second, ...others] = crowd;
  const one = await claimAll(queue, { actors: [first!] });
  expect(one.map(({ _id }) => _id)).toEqual([ids[0]]);
  // It found nothing more of its own, which says nothing of the others.
  expect(await claimAll(queue, { actors: [first!] })).toEqual([]);
  expect((await claimAll(queue, { actors: [second!] })).map(({ _id }) => _id)).toEqual([ids[1]]);
  expect(await claimAll(queue, { actors: others, want: 500 })).toHaveLength(others.length);
  await claimAll(queue, { actors: crowd });
  expect(await queue.lanes.findOne({ _id: 'shared' })).toMatchObject({ waiting: [], open: false });
  await enqueueMany(queue, 1, of(first!, 'shared'));
  expect(await waiting()).toEqual([first]);
});

test('a worker that serves more actors than one look can name gets the tasks of all', async () => {
  const queue = await crowdedQueue();
  await enqueueTasks(
    queue,
    crowd.map((actor, n) => of(actor, `k${n % 70}`)),
  );
  await enqueueMany(queue, 70, { payload: {} });
  expect(await claimAll(queue, { actors: crowd, want: 500 })).toHaveLength(crowd.length);
  expect(await queue.lanes.countDocuments({ open: true, _id: { $not: /#/ } })).toBe(0);
});
