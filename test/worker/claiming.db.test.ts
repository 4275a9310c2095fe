// How a worker comes by its tasks: woken when idle, never beyond its capacity or a limit, only what it serves.
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { beforeAll, expect, test } from 'vitest';
import { enqueueTask, enqueueTasks, openQueue, type Queue } from '../../queue/index.ts';
import { type Actor, ActorBase, type AnyActor, defineActor } from '../../worker/actors/actor.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { attemptOf, deferred, startTestWorker, taskEnd, taskWhen } from './start.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

/** An actor that counts how many of its tasks run at once, per `/key`. */
function gauge(name: string, concurrency?: AnyActor['concurrency']) {
  const running = new Map<unknown, number>();
  const most = new Map<unknown, number>();
  const actor = defineActor({
    name,
    concurrency,
    async execute({ key }) {
      const change = (by: number) => {
        const now = (running.get(key) ?? 0) + by;
        running.set(key, now);
        most.set(key, Math.max(now, most.get(key) ?? 0));
      };
      change(+1);
      await pause(10);
      change(-1);
    },
  });
  return { actor, most };
}

test('an idle worker starts a new task at once, without waiting for its poll', async () => {
  const started = new Map<unknown, () => void>();
  const actor = defineActor({
    name: 'woken',
    execute: ({ n }) => started.get(n)?.(),
  });
  await startTestWorker(queue, [actor], { poll_ms: 60_000 });
  const delays: number[] = [];
  for (let n = 0; n < 9; n++) {
    const begun = deferred();
    started.set(n, () => begun.resolve());
    // Idle again: the lane was found empty and closed.
    await allLanesClosed(queue);
    const { task_id } = await enqueueTask(queue, { actor: 'woken', payload: { n } });
    const enqueued = performance.now();
    await begun.promise;
    delays.push(performance.now() - enqueued);
    await taskEnd(queue, task_id);
  }
  // A look every minute would be no sooner; a wake-up takes about ten milliseconds where nothing else runs.
  expect(delays.sort((a, b) => a - b)[4]).toBeLessThan(1_000);
});

async function allLanesClosed({ lanes }: Queue): Promise<void> {
  while ((await lanes.countDocuments({ open: true })) > 0) await pause(5);
}

test('a worker runs no more than its capacity at once', async () => {
  const { actor, most } = gauge('narrow');
  await startTestWorker(queue, [actor], { capacity: 4 });
  const tasks = Array.from({ length: 40 }, () => ({ actor: 'narrow', payload: { key: 'all' } }));
  for (const { task_id } of await enqueueTasks(queue, tasks)) await taskEnd(queue, task_id);
  expect(most.get('all')).toBe(4);
});

test('limits hold for tasks of one worker, whatever its capacity', async () => {
  const { actor, most } = gauge('limited', { key: '/key', limits: { three: 3 }, default: 1 });
  await startTestWorker(queue, [actor], { capacity: 50 });
  const tasks = Array.from({ length: 60 }, (_, n) => ({
    actor: 'limited',
    payload: { key: n % 2 ? 'three' : 'one' },
  }));
  for (const { task_id } of await enqueueTasks(queue, tasks)) await taskEnd(queue, task_id);
  expect(Object.fromEntries(most)).toEqual({ three: 3, one: 1 });
});

test('an actor that decides by code is asked before its tasks are claimed', async () => {
  const { actor, most } = gauge('coded');
  class Coded extends ActorBase {
    readonly name = 'coded';
    override getConcurrencyInfo({ key }: { [key: string]: unknown }): [string, number] {
      return [`coded ${String(key)}`, 2];
    }
    execute: Actor['execute'] = (payload, context) => actor.execute(payload, context);
  }
  await startTestWorker(queue, [new Coded()], { capacity: 50 });
  const tasks = Array.from({ length: 20 }, (_, n) => ({ actor: 'coded', payload: { key: n % 2 } }));
  const ended = [];
  for (const { task_id } of await enqueueTasks(queue, tasks)) ended.push(await taskEnd(queue, task_id));
  expect(new Set(ended.map(task => task.concurrency_identifier))).toEqual(new Set(['coded 0', 'coded 1']));
  expect([...most.values()]).toEqual([2, 2]);
});

test('a worker that serves some actors leaves the others to others, and still publishes them', async () => {
  const mine = defineActor({ name: 'mine', tags: ['gpu'], execute: () => 'mine' });
  const yours = defineActor({ name: 'yours', execute: () => 'yours' });
  await startTestWorker(queue, [mine, yours], { serves: ['tag:gpu'] });
  const { task_id } = await enqueueTask(queue, { actor: 'yours', payload: {} });
  expect(await attemptOf(queue, { actor: 'mine', payload: {} })).toMatchObject({ result: 'mine' });
  expect(await taskWhen(queue, task_id, () => true)).toMatchObject({ status: 'queued' });
});

test('two actors that name one key differently are told of', async () => {
  const limited = (name: string, limit: number) =>
    defineActor({
      name,
      concurrency: { key: '/k', limits: { shared: limit }, default: 1 },
      execute: () => null,
    });
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: line => void lines.push(line) });
  await startTestWorker(queue, [limited('first', 3), limited('second', 5)], { log });
  const told = lines.find(line => line.includes('"identifier":"shared"'));
  expect(told).toContain('the smaller holds');
  expect(await queue.lanes.findOne({ _id: 'shared' })).toMatchObject({ limit: 3 });
});
