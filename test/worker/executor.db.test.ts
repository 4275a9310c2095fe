// What becomes of a task for everything that its actor can do.
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { enqueueTask, openQueue, type Queue, type Task } from '../../queue/index.ts';
import { type Actor, defineActor } from '../../worker/actors/actor.ts';
import { CooldownError, PermanentError, RetryableError } from '../../worker/actors/errors.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { attemptOf, deferred, startTestWorker, taskWhen } from './start.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

type Execute = Actor['execute'];

let made = 0;

/** Runs one attempt of a new actor. */
async function attempt(execute: Execute, options: { max_retries?: number } = {}): Promise<Task> {
  const name = `actor${made++}`;
  await startTestWorker(queue, [defineActor({ name, retry: { jitter: false, base_ms: 40_000 }, execute })]);
  return attemptOf(queue, { actor: name, payload: { n: 1 }, ...options });
}

test('a returned value becomes the result', async () => {
  const task = await attempt(payload => ({ got: payload }));
  expect(task).toMatchObject({
    status: 'completed',
    result: { got: { n: 1 } },
    attempts: [{ outcome: 'completed' }],
  });
});

test('no value becomes null, and undefined properties are left out', async () => {
  expect((await attempt(() => undefined)).result).toBeNull();
  expect((await attempt(() => ({ a: 1, b: undefined }))).result).toEqual({ a: 1 });
});

test('a result with operators, field paths and dots is stored as it is', async () => {
  const odd = { $set: { a: '$payload' }, 'a.b': '$$NOW', list: ['$x', { $literal: 1 }] };
  expect((await attempt(() => odd)).result).toEqual(odd);
});

test.each([
  ['a bigint', () => 1n],
  ['a function', () => ({ f: () => 1 })],
  ['not a number', () => ({ deep: [Number.NaN] })],
  ['a date', () => new Date()],
  ['a lone surrogate', () => '\ud800'],
  ['a circle', circle],
  ['too much', () => 'x'.repeat(1_048_576)],
])('a result with %s fails for good as InvalidResult', async (_, make) => {
  const task = await attempt(make);
  expect(task).toMatchObject({
    status: 'failed',
    dead: true,
    error: { type: 'InvalidResult' },
    retry_count: 0,
  });
});

function circle(): unknown {
  const self: Record<string, unknown> = {};
  self.self = self;
  return self;
}

test('the largest result is stored', async () => {
  const task = await attempt(() => 'x'.repeat(1_048_574));
  expect(task).toMatchObject({ status: 'completed' });
});

test('an error is retried after the backoff of the policy', async () => {
  const task = await attempt(() => {
    throw Object.assign(new RangeError('no luck'), { code: 'E_LUCK' });
  });
  expect(task).toMatchObject({ status: 'scheduled', retry_count: 1, attempts: [{ outcome: 'retried' }] });
  expect(task.error).toMatchObject({ type: 'RangeError', message: 'no luck', details: { code: 'E_LUCK' } });
  expect(task.error?.stack_trace).toContain('executor.db.test');
  expect(task.run_at!.getTime() - task.attempts[0]!.ended_at.getTime()).toBe(40_000);
});

test('an error without retries left is a dead letter', async () => {
  const task = await attempt(() => Promise.reject(new Error('no luck')), { max_retries: 0 });
  expect(task).toMatchObject({ status: 'failed', dead: true, attempts: [{ outcome: 'failed' }] });
});

test('a permanent error is a dead letter at once, subclasses too', async () => {
  class NoSuchModel extends PermanentError {
    override name = 'NoSuchModel';
  }
  const task = await attempt(() => Promise.reject(new NoSuchModel('x9')));
  expect(task).toMatchObject({
    status: 'failed',
    dead: true,
    retry_count: 0,
    error: { type: 'NoSuchModel' },
  });
});

test('a retryable error names its own delay', async () => {
  const task = await attempt(() => Promise.reject(new RetryableError('busy', { delay_ms: 1_234 })));
  expect(task).toMatchObject({ status: 'scheduled', retry_count: 1, error: { type: 'RetryableError' } });
  expect(task.run_at!.getTime() - task.attempts[0]!.ended_at.getTime()).toBe(1_234);
});

test('a cooldown gives the task back without counting a retry, and its lane rests until then', async () => {
  const until = new Date(Date.now() + 700);
  let calls = 0;
  const rested = await attempt(() => {
    if (++calls === 1) throw new CooldownError('slow down', { until });
    return calls;
  });
  expect(rested.attempts[0]).toMatchObject({ outcome: 'released' });
  const task = await taskWhen(queue, rested._id, ({ status }) => status === 'completed');
  expect(task).toMatchObject({ retry_count: 0, result: 2 });
  expect(task.started_at!.getTime()).toBeGreaterThanOrEqual(until.getTime());
});

test('whatever else is thrown is an error too', async () => {
  const text = await attempt(() => Promise.reject('just text'));
  expect(text.error).toMatchObject({ type: 'Error', message: 'just text' });
});

test('the payload arrives as the schema parses it; one that does not fit fails for good', async () => {
  const input = z.object({ n: z.number(), more: z.string().default('added') });
  const name = 'parses';
  await startTestWorker(queue, [defineActor({ name, input, execute: payload => payload })]);
  expect((await attemptOf(queue, { actor: name, payload: { n: 2 } })).result).toEqual({
    n: 2,
    more: 'added',
  });
  const misfit = await attemptOf(queue, { actor: name, payload: { n: 'two' } });
  expect(misfit).toMatchObject({ status: 'failed', retry_count: 0, error: { type: 'InvalidPayload' } });
  expect(misfit.error?.message).toContain('/n');
});

test('the soft timeout aborts the signal, and an actor that then throws has timed out', async () => {
  const name = 'softly';
  const timeouts = { soft_ms: 50, hard_ms: 5_000 };
  const execute: Execute = (_, { signal }) => pause(60_000, undefined, { signal });
  await startTestWorker(queue, [defineActor({ name, timeouts, execute })]);
  const task = await attemptOf(queue, { actor: name, payload: {} });
  expect(task).toMatchObject({
    status: 'scheduled',
    attempts: [{ outcome: 'timed_out' }],
    error: { type: 'SoftTimeout' },
  });
});

test('an actor that finishes after its soft timeout has finished', async () => {
  const name = 'late';
  const timeouts = { soft_ms: 50, hard_ms: 5_000 };
  const execute: Execute = (_, { signal }) =>
    new Promise(resolve => {
      signal.addEventListener('abort', () => resolve((signal.reason as Error).name));
    });
  await startTestWorker(queue, [defineActor({ name, timeouts, execute })]);
  expect(await attemptOf(queue, { actor: name, payload: {} })).toMatchObject({
    status: 'completed',
    result: 'SoftTimeout',
  });
});

test('the hard timeout settles the task of an actor that ignores its signal, and frees its place', async () => {
  const name = 'deaf';
  const execute: Execute = payload => (payload.deaf ? new Promise(() => {}) : 'heard');
  const actor = defineActor({ name, concurrency: { limit: 1 }, retry: { base_ms: 600_000 }, execute });
  await startTestWorker(queue, [actor], { capacity: 1 });
  const timeouts = { soft_ms: 50, hard_ms: 150 };
  const deaf = await attemptOf(queue, { actor: name, payload: { deaf: true }, timeouts });
  expect(deaf).toMatchObject({
    status: 'scheduled',
    attempts: [{ outcome: 'timed_out' }],
    error: { type: 'HardTimeout' },
  });
  expect(deaf.slot).toBeUndefined();
  expect(await attemptOf(queue, { actor: name, payload: {} })).toMatchObject({ result: 'heard' });
});

test('what is asked of a task in its life is in its context', async () => {
  const seen = deferred<object>();
  const name = 'context';
  const actor = defineActor({
    name,
    async execute(_, { task_id, attempt: number, state, checkpoint, public_url, database, log }) {
      if (number === 1) {
        await checkpoint({ job: 'j-1' });
        throw new RetryableError('again', { delay_ms: 0 });
      }
      log.info('seen');
      seen.resolve({ task_id, number, state, public_url, database: database.databaseName });
      return null;
    },
  });
  await startTestWorker(queue, [actor], { public_url: 'https://calls.example' });
  const { task_id } = await enqueueTask(queue, { actor: name, payload: {} });
  expect(await seen.promise).toEqual({
    task_id,
    number: 2,
    state: { job: 'j-1' },
    public_url: 'https://calls.example',
    database: queue.db.databaseName,
  });
});

test('a checkpoint that cannot be stored is refused, and one after the end is lost', async () => {
  const errors: unknown[] = [];
  const late = deferred<unknown>();
  const over = deferred();
  const name = 'checkpoints';
  const actor = defineActor({
    name,
    async execute(_, { checkpoint }) {
      await checkpoint('x'.repeat(2 ** 20)).catch((error: unknown) => errors.push(error));
      await checkpoint(Number.NaN).catch((error: unknown) => errors.push(error));
      void over.promise.then(() => checkpoint('late')).catch(late.resolve);
    },
  });
  await startTestWorker(queue, [actor]);
  const task = await attemptOf(queue, { actor: name, payload: {} });
  expect(errors.map(String)).toEqual([
    expect.stringContaining('1048578 bytes'),
    expect.stringContaining('finite number'),
  ]);
  over.resolve();
  expect(await late.promise).toMatchObject({ name: 'LostClaim' });
  expect((await taskWhen(queue, task._id, () => true)).state).toBeUndefined();
});
