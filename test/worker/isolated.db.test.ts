// Actors in threads of their own: what crosses, and that nothing they do to themselves hurts anybody else.
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { cancelTask, enqueueTask, openQueue, type Queue, type Task } from '../../queue/index.ts';
import { defineActor } from '../../worker/actors/actor.ts';
import { loadActors } from '../../worker/actors/load.ts';
import { ActorRegistry } from '../../worker/actors/registry.ts';
import { startWorker, type Worker, type WorkerOptions } from '../../worker/worker.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { attemptOf, taskEnd, taskWhen } from './start.ts';

const fixtures = ['isolated.mjs'];
const quick = { heartbeat_ms: 100, lease_ms: 3_000, drain_ms: 100 } as const;

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

async function start(options: Partial<WorkerOptions> = {}): Promise<Worker> {
  const idle = defineActor({
    name: 'idle',
    execute: (_, { signal }) => pause(60_000, undefined, { signal }),
  });
  const actors = new ActorRegistry([idle]);
  await loadActors(actors, fixtures, `${import.meta.dirname}/fixtures`);
  const worker = await startWorker({ queue, actors, ...quick, ...options });
  onTestFinished(() => worker.stop({ release: true }));
  return worker;
}

const hasBegun = ({ progress }: Task) => progress?.message === 'begun';

/** Threads of this process, those of node itself included. */
const threads = () => readdirSync('/proc/self/task').length;

test('payload, state, progress, log and result cross between worker and thread', async () => {
  const lines: string[] = [];
  await start({
    public_url: 'https://calls.example',
    log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
  });
  const { task_id } = await enqueueTask(queue, { actor: 'crosses', payload: { day: '2024-02-29' } });
  await taskWhen(queue, task_id, ({ progress }) => progress?.message === 'half');
  expect(await taskEnd(queue, task_id)).toMatchObject({
    attempts: [{ outcome: 'retried', error: { type: 'RetryableError' } }, { outcome: 'completed' }],
    result: {
      year: 2024,
      threaded: true,
      task_id,
      attempt: 2,
      state: { job: 'j-1' },
      public_url: 'https://calls.example',
    },
  });
  expect(lines.map(line => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ msg: 'refused', name: 'TypeError', task_id, actor: 'crosses', attempt: 1 }),
  );
});

test('what it throws says the same as elsewhere', async () => {
  await start();
  const end = (payload: { how: string; until?: number }) => attemptOf(queue, { actor: 'throws', payload });
  expect(await end({ how: 'permanent' })).toMatchObject({ dead: true, error: { type: 'PermanentError' } });
  expect(await end({ how: 'date' })).toMatchObject({ dead: true, error: { type: 'InvalidResult' } });
  expect(await end({ how: 'plain' })).toMatchObject({
    status: 'scheduled',
    error: {
      type: 'RangeError',
      details: { code: 'E_ODD' },
      stack_trace: expect.stringContaining('isolated.mjs'),
    },
  });
  expect(await end({ how: 'cooldown', until: Date.now() + 60_000 })).toMatchObject({
    retry_count: 0,
    attempts: [{ outcome: 'released' }],
  });
});

test('a thread that ends by itself is an ordinary failure, and the worker goes on', async () => {
  await start();
  const end = (how: string) => attemptOf(queue, { actor: 'crashes', payload: { how } });
  for (const [how, message] of [
    ['exit', /exit code 3/],
    ['uncaught', /nobody is not defined/],
    ['memory', /memory limit/],
  ] as const)
    expect(await end(how)).toMatchObject({
      status: 'scheduled',
      retry_count: 1,
      attempts: [{ outcome: 'retried' }],
      error: { type: 'ThreadCrashed', message: expect.stringMatching(message) },
    });
  expect(await attemptOf(queue, { actor: 'forgets', payload: {} })).toMatchObject({ result: 'done' });
});

test('an actor that never lets go is ended at its hard timeout, and heartbeats go on meanwhile', async () => {
  const worker = await start({ capacity: 4 });
  const { task_id: other } = await enqueueTask(queue, { actor: 'idle', payload: {} });
  const claimed = await taskWhen(queue, other, ({ status }) => status === 'processing');
  const before = threads();
  const timeouts = { soft_ms: 1_500, hard_ms: 2_000 };
  const spinning = [1, 2].map(() => attemptOf(queue, { actor: 'spins', payload: {}, timeouts }));
  await waitFor(() => threads() > before);
  await taskWhen(queue, other, task => task.heartbeat_at!.getTime() > claimed.heartbeat_at!.getTime() + 800);
  for (const task of await Promise.all(spinning)) {
    // A thread that starts only after the soft limit never begins its work.
    expect(task).toMatchObject({
      attempts: [{ outcome: 'timed_out' }],
      error: { type: expect.stringMatching(/^(Hard|Soft)Timeout$/) },
    });
  }
  await waitFor(() => worker.running() === 1, { timeoutMs: 30_000 });
  await cancelTask(queue, other);
  expect(await taskEnd(queue, other)).toMatchObject({ status: 'cancelled', attempt: 1 });
  await waitFor(() => threads() <= before, { timeoutMs: 30_000 });
});

test('a cancelled thread may stop by itself, and is ended when it does not', async () => {
  await start();
  const ids: string[] = [];
  for (const actor of ['heeds', 'spins'])
    ids.push((await enqueueTask(queue, { actor, payload: {} })).task_id);
  for (const id of ids) await taskWhen(queue, id, hasBegun);
  const asked = performance.now();
  for (const id of ids) await cancelTask(queue, id);
  expect(await taskEnd(queue, ids[0]!)).toMatchObject({ status: 'cancelled' });
  expect(performance.now() - asked).toBeLessThan(4_000);
  expect(await taskEnd(queue, ids[1]!)).toMatchObject({
    status: 'cancelled',
    attempts: [{ outcome: 'cancelled' }],
  });
});

test('a thread whose claim is lost is ended, and one of a stopping worker is given back', async () => {
  const before = threads();
  const worker = await start();
  const { task_id: taken } = await enqueueTask(queue, { actor: 'spins', payload: {} });
  const { task_id: kept } = await enqueueTask(queue, { actor: 'spins', payload: {} });
  for (const id of [taken, kept]) await taskWhen(queue, id, hasBegun);
  await queue.tasks.updateOne({ _id: taken }, { $set: { claim: 'somebody else' } });
  await waitFor(() => worker.running() === 1, { timeoutMs: 30_000 });
  await worker.stop();
  expect(await taskWhen(queue, kept, () => true)).toMatchObject({ status: 'queued', retry_count: 0 });
  await waitFor(() => threads() <= before, {
    timeoutMs: 30_000,
    description: () => `${threads()} to be ${before}`,
  });
  await queue.tasks.deleteMany({ _id: { $in: [taken, kept] } });
});

test('an isolated actor spawns, and is refused, as others', async () => {
  await start();
  const task = await attemptOf(queue, { actor: 'spawns', payload: {} });
  const child = (await queue.tasks.findOne({ parent_id: task._id }))!;
  expect(task.result).toEqual({
    child: { task_id: child._id },
    again: { task_id: child._id },
    uncopied: 'DataCloneError',
    refused: ['InvalidInput', expect.stringContaining('/priority')],
  });
  expect(child).toMatchObject({ payload: { a: 1 }, run_at: new Date('2031-01-01') });
});

test('an isolated actor saves artifacts, and is refused, as others', async () => {
  await start();
  const task = await attemptOf(queue, { actor: 'saves', payload: {} });
  expect(task).toMatchObject({ dead: true, error: { type: 'InvalidArtifact' } });
  const saved = await queue.db.collection('artifacts').find({ task_id: task._id }).toArray();
  const [top, below] = saved.toSorted((a, b) => a.level - b.level);
  expect(JSON.stringify(top!.data)).toBe('{"$set":1,"__proto__":[2]}');
  expect(top).toMatchObject({ label: 'top', metadata: { by: 'thread' }, parent_id: null });
  expect(below).toMatchObject({ label: 'level_1', parent_id: top!._id, data: null });
});

test('the actor of docs/actors.md works', async () => {
  const page = await readFile('docs/actors.md', 'utf8');
  const directory = await mkdtemp(join(tmpdir(), 'callsheet-docs-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'primes.mjs'), /```js\n(.*?)```/s.exec(page)![1]!);
  const actors = new ActorRegistry();
  await loadActors(actors, ['primes.mjs'], directory);
  const worker = await startWorker({ queue, actors, ...quick });
  onTestFinished(() => worker.stop({ release: true }));
  const task = await attemptOf(queue, { actor: 'primes', payload: { below: 2_000 } });
  expect(task).toMatchObject({ status: 'completed', result: { count: 303 } });
});

test('what belongs to the worker is refused in a thread, and says so', async () => {
  await start();
  const task = await attemptOf(queue, { actor: 'reaches', payload: { what: 'database' } });
  expect(task).toMatchObject({ dead: true, error: { type: 'NotInThread' } });
  expect(task.error!.message).toContain('`context.database`');
});
