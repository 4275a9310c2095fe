// Cancelling a task with all that it spawned, at any depth, also while more is being spawned.
import { MongoNetworkError } from 'mongodb';
import { beforeAll, expect, test } from 'vitest';
import {
  actOnTasks,
  type ClaimedTask,
  cancelTask,
  cancelTree,
  completeTasks,
  enqueueTask,
  getTask,
  InvalidInput,
  type NewTask,
  type Queue,
  recoverStaleTasks,
  retryTask,
  spawnTask,
  stopTask,
  type Task,
} from '../../queue/index.ts';
import { claimAll, claimRound, observedQueue, testQueue } from '../helpers/queue.ts';
import { waitFor } from '../helpers/wait.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await testQueue();
});

const child: NewTask = { actor: 'echo', payload: {} };
const live = ['scheduled', 'queued', 'processing'] as const;

async function claimed(task: Partial<NewTask> = {}): Promise<ClaimedTask> {
  return claim((await enqueueTask(queue, { ...child, ...task })).task_id);
}

async function claim(task_id: string): Promise<ClaimedTask> {
  return waitFor(async () => (await claimAll(queue)).find(task => task._id === task_id));
}

const spawn = async (parent: ClaimedTask, task: Partial<NewTask> = {}): Promise<string> =>
  (await spawnTask(queue, parent, { ...child, ...task })).task_id;

const below = (root: string) => queue.tasks.find({ ancestors: root }).toArray();
/** Those that will go on by themselves. */
const going = async (root: string): Promise<Task[]> =>
  queue.tasks
    .find({ ancestors: root, status: { $in: [...live] }, cancel_requested: { $exists: false } })
    .toArray();

test('a tree is cancelled whole: pending tasks at once, running ones by asking, ended ones stay', async () => {
  const root = await claimed();
  const running = await claim(await spawn(root));
  const done = await claim(await spawn(root));
  const [waiting, later, under, deep] = [
    await spawn(root),
    await spawn(root, { delay_ms: 60_000 }),
    await spawn(running),
    await spawn(done),
  ];
  await completeTasks(queue, [{ task: done, result: 1 }]);
  const bystander = await enqueueTask(queue, child);
  expect(await cancelTree(queue, root._id)).toEqual({
    task_id: root._id,
    status: 'processing',
    children: { matched: 5, changed: 5, more: false },
  });
  for (const id of [waiting, later, under, deep])
    expect(await getTask(queue, id)).toMatchObject({ status: 'cancelled', error: { type: 'Cancelled' } });
  for (const id of [root._id, running._id])
    expect(await getTask(queue, id)).toMatchObject({ status: 'processing', cancel_requested: true });
  expect(await getTask(queue, done._id)).toMatchObject({ status: 'completed' });
  expect(await getTask(queue, bystander.task_id)).toMatchObject({ status: 'queued' });
  expect(await cancelTree(queue, root._id)).toMatchObject({ children: { matched: 0, changed: 0 } });
  await queue.tasks.deleteOne({ _id: bystander.task_id });
});

test('a cancellation without children leaves them alone', async () => {
  const root = await claimed();
  const id = await spawn(root);
  await cancelTask(queue, root._id);
  expect(await getTask(queue, id)).toMatchObject({ status: 'queued' });
});

test('the children of a task that has ended are cancelled too; its own end stays', async () => {
  const root = await claimed();
  const id = await spawn(root);
  await completeTasks(queue, [{ task: root, result: null }]);
  expect(await cancelTree(queue, root._id)).toMatchObject({ status: 'completed', children: { changed: 1 } });
  expect(await getTask(queue, root._id)).toMatchObject({ status: 'completed', result: null });
  expect(await getTask(queue, id)).toMatchObject({ status: 'cancelled' });
});

test('a cancelled tree grows no more, until somebody retries a task in it', async () => {
  const root = await claimed();
  const inner = await claim(await spawn(root));
  await cancelTree(queue, root._id);
  await expect(spawn(root)).rejects.toThrow('cancelled');
  await expect(spawn(inner)).rejects.toThrow('cancelled');
  expect(await below(root._id)).toHaveLength(1);
  await stopTask(queue, inner);
  await retryTask(queue, inner._id);
  const id = await spawn(await claim(inner._id));
  expect(await getTask(queue, id)).toMatchObject({ status: 'queued', ancestors: [root._id, inner._id] });
});

test('many trees at once: named tasks in any status, or the living ones that match', async () => {
  const root = await claimed({ tags: ['tree'] });
  const ended = await claimed({ tags: ['tree'] });
  for (const parent of [root, ended]) await spawn(await claim(await spawn(parent)));
  await completeTasks(queue, [{ task: ended, result: null }]);
  const cancel = { action: 'cancel', children: true } as const;
  const ids = [root._id, ended._id, root._id];
  const none = { changed: 0, more: false };
  expect(await actOnTasks(queue, { ...cancel, which: { ids }, dry_run: true })).toEqual({
    matched: 5,
    ...none,
  });
  const which = { filter: { tags: ['tree'] } };
  expect(await actOnTasks(queue, { ...cancel, which, dry_run: true })).toEqual({ matched: 3, ...none });
  expect(await going(root._id)).toHaveLength(2);
  expect(await actOnTasks(queue, { ...cancel, which })).toEqual({ matched: 3, changed: 3, more: false });
  expect(await actOnTasks(queue, { ...cancel, which: { ids } })).toEqual({
    matched: 2,
    changed: 2,
    more: false,
  });
  for (const { _id } of [root, ended]) expect(await going(_id)).toEqual([]);
});

test('a tree of thousands is cancelled in one call', async () => {
  const root = await claimed();
  const one = (await getTask(queue, await spawn(root)))!;
  const many = Array.from({ length: 3_000 }, (_, n) => ({ ...one, _id: `${one._id}.${n}` }));
  await queue.tasks.insertMany(many);
  expect(await cancelTree(queue, root._id)).toMatchObject({ children: { matched: 3_001, changed: 3_001 } });
  expect(await going(root._id)).toEqual([]);
});

/** The queue, where this happens after a spawner was found in order and before its child is stored. */
const interrupted = (happen: () => Promise<unknown>): Queue => ({
  ...queue,
  clock: {
    ...queue.clock,
    async now() {
      await happen();
      return queue.clock.now();
    },
  },
});

test.each([
  ['its parent runs', false, false],
  ['its parent runs, and the one above it is cancelled', true, false],
  ['its parent ends', false, true],
  ['its parent ends, and the one above it is cancelled', true, true],
])('a child that is stored after the cancellation went by is cancelled: %s', async (_, inner, ends) => {
  const root = await claimed();
  const parent = inner ? await claim(await spawn(root)) : root;
  const late = interrupted(async () => {
    if (ends) await completeTasks(queue, [{ task: parent, result: null }]);
    await cancelTree(queue, root._id);
  });
  await expect(spawnTask(late, parent, child)).rejects.toThrow('cancelled');
  const stored = await queue.tasks.find({ parent_id: parent._id }).toArray();
  expect(stored.map(task => task.status)).toEqual(['cancelled']);
});

test('a spawner that cannot look at its parent for a moment looks again', async () => {
  const root = await claimed();
  let away = 0;
  const tasks: Queue['tasks'] = Object.create(queue.tasks, {
    find: {
      value(...asked: Parameters<Queue['tasks']['find']>) {
        if (away-- > 0) throw new MongoNetworkError('away');
        return queue.tasks.find(...asked);
      },
    },
  });
  const late = interrupted(async () => {
    await cancelTree(queue, root._id);
    away = 3;
  });
  await expect(spawnTask({ ...late, tasks }, root, child)).rejects.toThrow('cancelled');
  expect(away).toBeLessThan(0);
  expect(await going(root._id)).toEqual([]);
  expect(await below(root._id)).toHaveLength(1);
});

/** Spawns, and lets its children be claimed and spawn too, until it is told to stop. */
async function proliferate(parent: ClaimedTask, of: Queue, depth: number): Promise<void> {
  for (let n = 0; n < 50; n++) {
    const refused = await spawnTask(of, parent, child).then(() => null, String);
    if (refused !== null) return expect(refused).toMatch(/TaskCancelled|LostClaim/);
    if (depth === 0) continue;
    const { tasks } = await claimRound(queue, { want: 2 });
    await Promise.all(tasks.map(task => proliferate(task, of, depth - 1)));
    // Some end by themselves, right after they spawned.
    if (tasks[0] && n % 3 === 0) await completeTasks(queue, [{ task: tasks[0], result: null }]);
  }
}

test('whatever is spawned while its tree is cancelled is cancelled with it, thirty times', async () => {
  const others = await Promise.all(Array.from({ length: 4 }, () => observedQueue(queue)));
  for (let round = 0; round < 30; round++) {
    await queue.tasks.deleteMany({ status: 'queued' });
    const root = await claimed();
    const growing = others.map(other => proliferate(root, other.queue, round % 3));
    await waitFor(async () => (await below(root._id)).length > round % 7, { everyMs: 1 });
    await Promise.all([cancelTree(queue, root._id), ...growing]);
    expect(await going(root._id)).toEqual([]);
  }
}, 120_000);

test('what a spawner left behind when it died in a cancelled tree is cancelled when its task is taken back', async () => {
  const root = await claimed();
  const inner = await claim(await spawn(root));
  const left = await spawn(inner);
  // It had looked at its own standing, then its tree was cancelled, then it stored its child, and then it died.
  const stored = (await queue.tasks.findOneAndDelete({ _id: left }))!;
  await cancelTree(queue, root._id);
  await queue.tasks.insertOne(stored);
  await queue.tasks.updateOne({ _id: inner._id }, { $set: { heartbeat_at: new Date(0) } });
  while ((await recoverStaleTasks(queue, { lease_ms: 1_000 })).length > 0);
  expect(await getTask(queue, inner._id)).toMatchObject({ status: 'cancelled' });
  expect(await getTask(queue, left)).toMatchObject({ status: 'cancelled' });
});

test('a tree is refused below sixteen tasks', async () => {
  const root = await claimed();
  const ancestors = Array.from({ length: 16 }, (_, n) => `tq_${n}`);
  await expect(spawn({ ...root, ancestors })).rejects.toThrow(InvalidInput);
});
