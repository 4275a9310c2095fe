// Actors that spawn: what a child knows of its parent, what is refused, and that a later attempt spawns no second child.
import { beforeAll, expect, test } from 'vitest';
import {
  cancelTask,
  cancelTree,
  enqueueTask,
  getTask,
  listJobs,
  type NewTask,
  type Queue,
  spawnTask,
  type Task,
} from '../../queue/index.ts';
import { type ActorContext, defineActor } from '../../worker/actors/actor.ts';
import { claimAll, testQueue } from '../helpers/queue.ts';
import { waitFor } from '../helpers/wait.ts';
import { startTestWorker, taskWhen } from './start.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await testQueue();
});

type Work = (context: ActorContext) => unknown;
let work: Work;
const parent = defineActor({
  name: 'parent',
  retry: { base_ms: 1 },
  execute: (_payload, context) => work(context),
});

/** The end of a task that does this. */
async function run(doing: Work, task: Partial<NewTask> = {}): Promise<Task> {
  work = doing;
  await startTestWorker(queue, [parent]);
  const { task_id } = await enqueueTask(queue, { actor: 'parent', payload: {}, ...task });
  return taskWhen(queue, task_id, ({ completed_at }) => completed_at !== undefined);
}

const childrenOf = async ({ _id }: Task) => (await listJobs(queue, { parent_id: _id, limit: 200 })).items;

test('a child knows its parent and its run, and takes the options of any new task', async () => {
  const task = await run(
    ({ spawn }) => spawn('echo', { a: 1 }, { priority: 7, tags: ['x'], delay_ms: 60_000, max_retries: 0 }),
    { workflow_run_id: 'run-1' },
  );
  const [child] = await childrenOf(task);
  expect(task.result).toEqual({ task_id: child!._id });
  expect(child).toMatchObject({
    parent_id: task._id,
    ancestors: [task._id],
    depth: 1,
    workflow_run_id: 'run-1',
    actor: 'echo',
    payload: { a: 1 },
    status: 'scheduled',
    priority: 7,
    tags: ['x'],
    max_retries: 0,
  });
  const other = await run(({ spawn }) => spawn('echo', {}, { workflow_run_id: 'run-2' }), {
    workflow_run_id: 'run-1',
  });
  expect((await childrenOf(other))[0]).toMatchObject({ workflow_run_id: 'run-2' });
});

test('under a key, an attempt that runs again spawns the same child; without one, another', async () => {
  const seen: string[] = [];
  const task = await run(async ({ attempt, spawn }) => {
    seen.push((await spawn('echo', {}, { key: 'same' })).task_id);
    await spawn('echo', {}, { key: `of ${attempt}` });
    await spawn('echo', {});
    if (attempt < 3) throw new Error('again');
  });
  expect(task).toMatchObject({ status: 'completed', attempt: 3 });
  expect(new Set(seen).size).toBe(1);
  expect(await childrenOf(task)).toHaveLength(1 + 3 + 3);
});

test('the keys of one parent are not those of another', async () => {
  const spawn: Work = context => context.spawn('echo', {}, { key: 'k' });
  expect((await run(spawn)).result).not.toEqual((await run(spawn)).result);
});

test('what no task can be is refused for good: its field is named, and nothing is stored', async () => {
  const refusals: [Work, string, string][] = [
    [({ spawn }) => spawn('echo', {}, { priority: 5_000 }), 'InvalidInput', '/priority'],
    [({ spawn }) => spawn('echo', {}, { key: '' }), 'InvalidInput', '/key'],
    [({ spawn }) => spawn('echo', { a: Number.NaN }), 'InvalidInput', '/payload/a'],
    [({ spawn }) => spawn('echo', {}, { parent_id: 'x' } as object), 'InvalidInput', '/parent_id'],
  ];
  for (const [doing, type, said] of refusals) {
    const task = await run(doing);
    expect(task).toMatchObject({ status: 'failed', attempt: 1, error: { type } });
    expect(task.error!.message).toContain(said);
    expect(await childrenOf(task)).toEqual([]);
  }
});

test('an unknown actor may be published later: the attempt is tried again', async () => {
  const task = await run(({ spawn }) => spawn('nobody', {}), { max_retries: 1 });
  expect(task).toMatchObject({ status: 'failed', attempt: 2, error: { type: 'UnknownActor' } });
});

test('a tree is at most sixteen spawns deep', async () => {
  const task = await run(async ({ attempt, spawn }) => {
    const own = (await queue.tasks.findOne({ actor: 'parent' }, { sort: { created_at: -1 } }))!;
    if (own.depth !== undefined) expect(own.ancestors).toHaveLength(own.depth);
    return { attempt, ...(await spawn('parent', {})) };
  });
  const last = await waitFor(() => queue.tasks.findOne({ ancestors: task._id, status: 'failed' }));
  expect(last).toMatchObject({ depth: 16, error: { type: 'InvalidInput' } });
  expect(await queue.tasks.countDocuments({ ancestors: task._id })).toBe(16);
});

test('one attempt spawns at most 10,000 tasks', async () => {
  const { newSpawn } = await import('../../worker/spawn.ts');
  const stored: unknown[] = [];
  const store = { spawnTask: async (_: unknown, child: unknown) => ({ task_id: `${stored.push(child)}` }) };
  const spawn = newSpawn(store as never, { fenced: false } as never);
  for (let n = 0; n < 10_000; n++) await spawn('echo', {});
  await expect(spawn('echo', {})).rejects.toThrow('at most');
  expect(stored).toHaveLength(10_000);
});

test('a task whose claim is no longer in force spawns nothing', async () => {
  const { task_id } = await enqueueTask(queue, { actor: 'echo', payload: {}, priority: 9 });
  const held = (await claimAll(queue)).find(task => task._id === task_id)!;
  await queue.tasks.updateOne({ _id: task_id }, { $set: { claim: 'somebody else' } });
  await expect(spawnTask(queue, held, { actor: 'echo', payload: {} })).rejects.toThrow(/claim .* was lost/);
  expect(await childrenOf(held)).toEqual([]);
});

test('a task that was asked to cancel spawns nothing more, and learns of it by that', async () => {
  const spawned: string[] = [];
  const started = performance.now();
  const task = await run(async ({ task_id, spawn }) => {
    spawned.push((await spawn('echo', {})).task_id);
    await cancelTask(queue, task_id);
    await spawn('echo', {});
  });
  expect(task).toMatchObject({ status: 'cancelled', attempts: [{ outcome: 'cancelled' }] });
  // The heartbeat, which would say so too, comes every five seconds.
  expect(performance.now() - started).toBeLessThan(4_000);
  expect((await childrenOf(task)).map(child => child._id)).toEqual(spawned);
  // Nobody asked for its children.
  expect((await getTask(queue, spawned[0]!))!.status).toBe('queued');
});

test('of a task that spawns as fast as it can, cancelled with its children, nobody lives in the end', async () => {
  const breeder = defineActor({
    name: 'breeder',
    async execute(_payload, { spawn, signal }) {
      for (let n = 0; n < 500 && !signal.aborted; n++) await spawn('breeder', {});
    },
  });
  for (const worker_id of ['w1', 'w2'])
    await startTestWorker(queue, [breeder], { worker_id, heartbeat_ms: 200, capacity: 4 });
  for (let round = 0; round < 10; round++) {
    const { task_id } = await enqueueTask(queue, { actor: 'breeder', payload: {} });
    const below = (more: object) => queue.tasks.countDocuments({ ancestors: task_id, ...more });
    await waitFor(async () => (await below({})) > 5 * round, { everyMs: 1 });
    const { children } = await cancelTree(queue, task_id);
    expect(children.more).toBe(false);
    const live = { status: { $in: ['scheduled', 'queued', 'processing'] } };
    // Whoever was asked to stop stops within a spawn or a heartbeat.
    await waitFor(async () => (await below(live)) === 0);
    expect(await taskWhen(queue, task_id, ({ completed_at }) => completed_at !== undefined)).toMatchObject({
      status: 'cancelled',
    });
    expect(await below({ status: 'cancelled' })).toBe(await below({}));
  }
}, 60_000);
