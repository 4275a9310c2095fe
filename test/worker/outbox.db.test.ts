// Completions and progress on their way to mongod: how many statements, how soon, and what is dropped.
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { enqueueTasks, getTask, getTasks, openQueue, type Queue } from '../../queue/index.ts';
import { defineActor } from '../../worker/actors/actor.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { observedQueue } from '../helpers/queue.ts';
import { waitFor } from '../helpers/wait.ts';
import { deferred, startTestWorker, taskEnd } from './start.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Publishes the actor, enqueues for it, and starts a worker whose commands to `task_queue` are seen. */
async function observedWorker(actor: ReturnType<typeof defineActor>, count: number) {
  const publisher = await startTestWorker(queue, [actor], { serves: [] });
  await publisher.stop();
  const tasks = range(count).map(n => ({ actor: actor.name, payload: { n } }));
  const ids = (await enqueueTasks(queue, tasks)).map(({ task_id }) => task_id);
  const { queue: own, commands } = await observedQueue(queue);
  await startTestWorker(own, [actor], { capacity: 200 });
  const updates = () =>
    commands.filter(
      ({ commandName, command }) => commandName === 'update' && command.update === 'task_queue',
    );
  return { ids, updates };
}

test('twenty tasks that end together are completed by one or two statements', async () => {
  const all = deferred();
  let running = 0;
  const actor = defineActor({
    name: 'together',
    async execute(payload) {
      if (++running === 20) all.resolve();
      await all.promise;
      return { n: payload.n ?? null };
    },
  });
  const { ids, updates } = await observedWorker(actor, 20);
  for (const id of ids) await taskEnd(queue, id);
  const completions = updates().filter(({ command }) => JSON.stringify(command).includes('"completed"'));
  expect(completions.length).toBeLessThanOrEqual(2);
  const tasks = await getTasks(queue, ids);
  for (const task of tasks) expect(task.result).toEqual({ n: task.payload.n });
});

test('results whose sum no statement could carry arrive all the same', async () => {
  const actor = defineActor({
    name: 'large',
    execute: ({ n }) => ({ n: n ?? null, text: 'x'.repeat(1_000_000) }),
  });
  const { ids } = await observedWorker(actor, 40);
  for (const id of ids) expect(await taskEnd(queue, id)).toMatchObject({ status: 'completed' });
});

test('progress: the first value at once, then the latest one per half second, and nothing after the end', async () => {
  const actor = defineActor({
    name: 'chatty',
    async execute(_, { progress }) {
      for (let n = 0; n < 100; n++) {
        await progress(n * 10, `step ${n}`, n / 100);
        await pause(10);
      }
    },
  });
  const { ids, updates } = await observedWorker(actor, 1);
  const first = await waitFor(async () => (await getTask(queue, ids[0]!))?.progress);
  expect(first).toMatchObject({ message: expect.stringMatching(/^step \d$/) });
  const done = await taskEnd(queue, ids[0]!);
  const written = updates().filter(({ command }) => JSON.stringify(command).includes('step '));
  expect(written.length).toBeGreaterThanOrEqual(2);
  expect(written.length).toBeLessThanOrEqual(4);
  expect(done.rev).toBe(2 + written.length + 1);
});

test('the progress of many tasks shares its statements', async () => {
  const all = deferred();
  let running = 0;
  const actor = defineActor({
    name: 'chorus',
    async execute(_, { progress }) {
      if (++running === 100) all.resolve();
      await all.promise;
      await progress(1, 'sung', 0.5);
      await pause(100);
    },
  });
  const { ids, updates } = await observedWorker(actor, 100);
  for (const id of ids)
    expect(await taskEnd(queue, id)).toMatchObject({ progress: { message: 'sung', fraction: 0.5 } });
  const written = updates().filter(({ command }) => JSON.stringify(command).includes('sung'));
  expect(written.length).toBeLessThanOrEqual(4);
});

test('a silent task is marked begun soon after its start, a quick one never', async () => {
  const gate = deferred();
  const actor = defineActor({ name: 'silent', execute: ({ n }) => (n === 0 ? gate.promise : pause(15)) });
  const { ids, updates } = await observedWorker(actor, 2);
  expect((await taskEnd(queue, ids[1]!)).rev).toBe(3);
  await waitFor(async () => (await getTask(queue, ids[0]!))?.begun, { timeoutMs: 1_000 });
  const began = updates().filter(({ command }) => JSON.stringify(command).includes('"begun":true'));
  expect(began).toHaveLength(1);
  gate.resolve();
  await taskEnd(queue, ids[0]!);
});

test('whatever an actor says is stored within bounds', async () => {
  const actor = defineActor({
    name: 'odd',
    async execute(_, { progress }) {
      await progress(Number.NaN, `$payload ${'x'.repeat(5_000)}\ud800`, 7);
      await pause(100);
    },
  });
  const { ids } = await observedWorker(actor, 1);
  const { progress } = await taskEnd(queue, ids[0]!);
  expect(progress).toMatchObject({ elapsed_ms: 0, fraction: 1 });
  expect(progress?.message).toMatch(/^\$payload x{991}$/);
});
