// The bound of spawned tasks: over all workers at once, beside the limits that actors have of their own.
import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import {
  enqueueTask,
  enqueueTasks,
  listJobs,
  openQueue,
  publishActors,
  publishLimits,
  type Queue,
  setLimit,
  type Task,
} from '../../queue/index.ts';
import { type AnyActor, defineActor } from '../../worker/actors/actor.ts';
import type { WorkerOptions } from '../../worker/worker.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { describeActor, observedQueue } from '../helpers/queue.ts';
import { waitFor } from '../helpers/wait.ts';
import { startTestWorker, taskEnd } from './start.ts';

let queue: Queue;
beforeEach(async () => {
  queue = await openQueue(await testDatabase());
});

/** How many run now, and the most that ever did, of each kind. */
class Gauge {
  readonly now = new Map<string, number>();
  readonly most = new Map<string, number>();

  async hold(kind: string, ms: number): Promise<void> {
    const running = (this.now.get(kind) ?? 0) + 1;
    this.now.set(kind, running);
    this.most.set(kind, Math.max(running, this.most.get(kind) ?? 0));
    await pause(ms);
    this.now.set(kind, this.now.get(kind)! - 1);
  }
}

function actorsOf(gauge: Gauge): AnyActor[] {
  const parent = defineActor({
    name: 'parent',
    input: z.object({ actor: z.string(), count: z.int(), ms: z.number().default(15) }),
    async execute({ actor, count, ms }, { spawn }) {
      for (let n = 0; n < count; n++) await spawn(actor, { kind: 'spawned', ms });
    },
  });
  const execute = ({ kind, ms }: { kind?: unknown; ms?: unknown }) => gauge.hold(String(kind), Number(ms));
  const free = defineActor({ name: 'free', execute });
  const limited = defineActor({ name: 'limited', concurrency: { limit: 4 }, execute });
  const byCode = defineActor({ name: 'by-code', getConcurrencyInfo: () => [null, null], execute });
  return [parent, free, limited, byCode];
}

/** Workers as in processes of their own: each with a connection of its own. */
async function startWorkers(count: number, gauge: Gauge, options: Partial<WorkerOptions>): Promise<void> {
  for (let n = 0; n < count; n++) {
    const { queue: own } = await observedQueue(queue);
    await startTestWorker(own, actorsOf(gauge), options);
  }
}

async function spawnMany(actor: string, parents: number, count: number, ms = 15): Promise<Task[]> {
  const tasks = Array.from({ length: parents }, () => ({ actor: 'parent', payload: { actor, count, ms } }));
  for (const { task_id } of await enqueueTasks(queue, tasks)) await taskEnd(queue, task_id, 30_000);
  const list = async () => {
    const { items } = await listJobs(queue, { limit: 200 });
    const ended = items.length === parents * count && items.every(job => job.status === 'completed');
    return ended ? items : null;
  };
  return waitFor(list, { timeoutMs: 40_000 });
}

test.each(['free', 'by-code'])(
  'over three workers never more than the bound of what tasks spawned runs: %s',
  async actor => {
    const gauge = new Gauge();
    await startWorkers(3, gauge, { jobs_max_concurrency: 3 });
    const jobs = await spawnMany(actor, 6, 20);
    expect(gauge.most.get('spawned')).toBe(3);
    expect(new Set(jobs.map(job => job.concurrency_identifier))).toEqual(new Set(['@jobs']));
    expect(new Set(jobs.map(job => job.worker_id)).size).toBeGreaterThan(1);
  },
);

test('what somebody enqueued is not bound by it, nor are jobs where nobody said a bound', async () => {
  const gauge = new Gauge();
  await startWorkers(2, gauge, { jobs_max_concurrency: 1, capacity: 8 });
  const direct = Array.from({ length: 12 }, () => ({ actor: 'free', payload: { kind: 'direct', ms: 300 } }));
  await enqueueTasks(queue, direct);
  await spawnMany('free', 1, 5);
  expect(gauge.most.get('spawned')).toBe(1);
  expect(gauge.most.get('direct')).toBeGreaterThan(4);

  queue = await openQueue(await testDatabase());
  await startWorkers(2, gauge, { capacity: 8 });
  const jobs = await spawnMany('free', 1, 12, 300);
  expect(gauge.most.get('spawned')).toBeGreaterThan(4);
  expect(jobs[0]!.concurrency_identifier).toBeNull();
});

test('a spawned task of an actor with a limit obeys that one', async () => {
  const gauge = new Gauge();
  await startWorkers(2, gauge, { jobs_max_concurrency: 1 });
  const jobs = await spawnMany('limited', 1, 20, 50);
  expect(gauge.most.get('spawned')).toBe(4);
  expect(jobs[0]!.concurrency_identifier).toBe('limited');
});

test('the worker that started last says the bound, also of what waits already', async () => {
  const gauge = new Gauge();
  await startWorkers(1, gauge, { jobs_max_concurrency: 2 });
  await spawnMany('free', 1, 10, 50);
  expect(gauge.most.get('spawned')).toBe(2);
  await startWorkers(1, gauge, { jobs_max_concurrency: 5 });
  await enqueueTask(queue, { actor: 'parent', payload: { actor: 'free', count: 20, ms: 200 } });
  await waitFor(() => gauge.most.get('spawned') === 5, { timeoutMs: 20_000 });
});

test('no payload can name the lane of spawned tasks, and no actor decides its bound', async () => {
  const keyed = describeActor('keyed', { key: '/key', limits: {}, default: 7 });
  await publishActors(queue, [keyed]);
  await expect(enqueueTask(queue, { actor: 'keyed', payload: { key: '@jobs' } })).rejects.toThrow('@jobs');
  // It had no limit once, and its spawned tasks were there.
  await setLimit(queue, '@jobs', 3, 'keyed');
  await publishLimits(queue, [keyed]);
  expect((await queue.lanes.findOne({ _id: '@jobs' }))?.limit).toBe(3);
});

test('a bound that is none is refused when the worker starts', async () => {
  await expect(startTestWorker(queue, [], { jobs_max_concurrency: 0 })).rejects.toThrow('1 to 10,000');
});
