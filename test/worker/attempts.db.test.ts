// Every way an attempt can end: what becomes of the task, how history remembers it, and what is told of it, once.
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import {
  cancelTask,
  enqueueTask,
  type NewTask,
  openQueue,
  type Queue,
  type Task,
} from '../../queue/index.ts';
import { type Actor, defineActor } from '../../worker/actors/actor.ts';
import { CooldownError, PermanentError, RetryableError } from '../../worker/actors/errors.ts';
import type { Worker } from '../../worker/worker.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { deferred, startTestWorker, taskWhen } from './start.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

interface Way {
  execute: Actor['execute'];
  /** Of the actor. */
  retry?: Actor['retry'];
  task?: Partial<NewTask>;
  /** Happens once the actor has begun. */
  meanwhile?: (task_id: string, worker: Worker) => unknown;
  /** What becomes of the task. */
  ends: Partial<Task>;
  outcome: string;
  /** The events of its end, between `task:started` and `attempt:ended`. */
  tells: string[];
}

const never: Actor['execute'] = () => new Promise(() => {});
const obedient: Actor['execute'] = (_, { signal }) => pause(60_000, undefined, { signal });
const throwing = (error: () => Error) => () => Promise.reject(error());
const shortly = { timeouts: { soft_ms: 30, hard_ms: 10_000 } };
const atOnce = { timeouts: { soft_ms: 20, hard_ms: 60 } };

const ways: Record<string, Way> = {
  'it returns': {
    execute: () => 'done',
    ends: { status: 'completed', result: 'done', retry_count: 0 },
    outcome: 'completed',
    tells: ['task:completed'],
  },
  'it tells how far it is, and returns': {
    async execute(_, { progress }) {
      await progress(1, 'half', 0.5);
      await pause(150);
    },
    ends: { status: 'completed', result: null },
    outcome: 'completed',
    tells: ['task:progress', 'task:completed'],
  },
  'it throws': {
    execute: throwing(() => new Error('no luck')),
    ends: { status: 'scheduled', retry_count: 1 },
    outcome: 'retried',
    tells: ['task:retried'],
  },
  'it names its own delay': {
    execute: throwing(() => new RetryableError('busy', { delay_ms: 3_600_000 })),
    ends: { status: 'scheduled', retry_count: 1 },
    outcome: 'retried',
    tells: ['task:retried'],
  },
  'it throws, and its task allows no retry': {
    execute: throwing(() => new Error('no luck')),
    task: { max_retries: 0 },
    ends: { status: 'failed', dead: true, retry_count: 0 },
    outcome: 'failed',
    tells: ['task:dead'],
  },
  'it throws, and its actor allows no retry': {
    execute: throwing(() => new Error('no luck')),
    retry: { max_retries: 0 },
    ends: { status: 'failed', dead: true, max_retries: 0 },
    outcome: 'failed',
    tells: ['task:dead'],
  },
  'it gives up for good': {
    execute: throwing(() => new PermanentError('never')),
    ends: { status: 'failed', dead: true, retry_count: 0 },
    outcome: 'failed',
    tells: ['task:dead'],
  },
  'it returns what is not JSON': {
    execute: () => 1n,
    ends: { status: 'failed', dead: true, retry_count: 0 },
    outcome: 'failed',
    tells: ['task:dead'],
  },
  'it stops at its soft limit': {
    execute: obedient,
    task: shortly,
    ends: { status: 'scheduled', retry_count: 1 },
    outcome: 'timed_out',
    tells: ['task:timed_out', 'task:retried'],
  },
  'it gives up for good after its soft limit': {
    execute: (payload, context) =>
      Promise.resolve(obedient(payload, context)).catch(() => Promise.reject(new PermanentError('late'))),
    task: shortly,
    ends: { status: 'failed', dead: true },
    outcome: 'timed_out',
    tells: ['task:timed_out', 'task:dead'],
  },
  'it finishes after its soft limit': {
    execute: (payload, context) => Promise.resolve(obedient(payload, context)).catch(() => 'late'),
    task: shortly,
    ends: { status: 'completed', result: 'late' },
    outcome: 'completed',
    tells: ['task:timed_out', 'task:completed'],
  },
  'it goes on past its hard limit': {
    execute: never,
    task: atOnce,
    ends: { status: 'scheduled', retry_count: 1 },
    outcome: 'timed_out',
    tells: ['task:timed_out', 'task:timed_out', 'task:retried'],
  },
  'it goes on past its hard limit, without a retry left': {
    execute: never,
    task: { ...atOnce, max_retries: 0 },
    ends: { status: 'failed', dead: true },
    outcome: 'timed_out',
    tells: ['task:timed_out', 'task:timed_out', 'task:dead'],
  },
  'the outside service asks for a rest': {
    execute: throwing(() => new CooldownError('rest', { until: Date.now() + 3_600_000 })),
    ends: { status: 'queued', retry_count: 0 },
    outcome: 'released',
    tells: ['task:released', 'task:cooldown'],
  },
  'it is cancelled, and stops': {
    execute: obedient,
    meanwhile: task_id => cancelTask(queue, task_id),
    ends: { status: 'cancelled', retry_count: 0 },
    outcome: 'cancelled',
    tells: ['task:cancelled'],
  },
  'it is cancelled, and its hard limit ends it': {
    execute: never,
    task: { timeouts: { soft_ms: 900, hard_ms: 1_000 } },
    meanwhile: task_id => cancelTask(queue, task_id),
    ends: { status: 'cancelled' },
    outcome: 'cancelled',
    tells: ['task:timed_out', 'task:timed_out', 'task:cancelled'],
  },
  'its worker stops': {
    execute: obedient,
    meanwhile: (_, worker) => worker.stop(),
    ends: { status: 'queued', retry_count: 0 },
    outcome: 'released',
    tells: ['task:released'],
  },
  'its worker stops, and it does not': {
    execute: never,
    meanwhile: (_, worker) => worker.stop({ release: true }),
    ends: { status: 'queued', retry_count: 0 },
    outcome: 'released',
    tells: ['task:released'],
  },
};

const eventNames = {
  queue: [
    'task:claimed',
    'task:completed',
    'task:retried',
    'task:dead',
    'task:cancelled',
    'task:released',
    'task:lost',
    'task:recovered',
  ],
  worker: ['task:started', 'task:progress', 'task:timed_out', 'task:cooldown', 'attempt:ended'],
} as const;

/** The names of the events of a task, as they come. */
function listenFor(worker: Worker, id: () => string | undefined): string[] {
  const told: string[] = [];
  const hear = (name: string) => (event: { task_id?: string; _id?: string }) => {
    if ((event.task_id ?? event._id) === id()) told.push(name);
  };
  for (const name of eventNames.queue) queue.events.on(name, hear(name));
  for (const name of eventNames.worker) worker.events.on(name, hear(name));
  return told;
}

test.each(Object.entries(ways))('%s', async (name, way) => {
  const { execute, retry = {}, task = {}, meanwhile, ends, outcome, tells } = way;
  const begun = deferred();
  const actor = defineActor({
    name: name.replaceAll(/[^a-z]/g, '_'),
    concurrency: { limit: 1 },
    retry: { base_ms: 3_600_000, max_ms: 3_600_000, jitter: false, ...retry },
    execute(payload, context) {
      begun.resolve();
      return execute(payload, context);
    },
  });
  const worker = await startTestWorker(queue, [actor], { heartbeat_ms: 50, lease_ms: 10_000 });
  let task_id: string | undefined;
  const told = listenFor(worker, () => task_id);
  ({ task_id } = await enqueueTask(queue, { actor: actor.name, payload: {}, delay_ms: 1, ...task }));
  await begun.promise;
  await meanwhile?.(task_id, worker);
  const ended = await taskWhen(queue, task_id, ({ attempts }) => attempts.length > 0);
  expect(ended).toMatchObject({
    ...ends,
    attempt: 1,
    attempts: [{ attempt: 1, outcome, slot: 0, limit: 1 }],
  });
  for (const gone of ['slot', 'heartbeat_at', 'cancel_requested', 'begun'])
    expect(ended).not.toHaveProperty(gone);
  await worker.stop();
  expect(told).toEqual(['task:claimed', 'task:started', ...tells, 'attempt:ended']);
});

test('its lease is lost: somebody else has the task, and nothing is told of its end but that', async () => {
  const actor = defineActor({ name: 'loses', execute: obedient });
  const worker = await startTestWorker(queue, [actor], { heartbeat_ms: 50, lease_ms: 1_000 });
  let task_id: string | undefined;
  const told = listenFor(worker, () => task_id);
  ({ task_id } = await enqueueTask(queue, { actor: 'loses', payload: {}, delay_ms: 1 }));
  await taskWhen(queue, task_id, ({ status }) => status === 'processing');
  await queue.tasks.updateOne({ _id: task_id }, { $set: { claim: 'other.1', worker_id: 'other' } });
  const recovered = await taskWhen(queue, task_id, ({ attempt }) => attempt === 2);
  expect(recovered).toMatchObject({ retry_count: 1, attempts: [{ outcome: 'lost', worker_id: 'other' }] });
  // Whether it is told to have begun, and that a write found its claim gone, depends on which loop came first.
  const named = () => told.filter(name => name !== 'task:started' && name !== 'task:lost');
  // What was told before its id was known may be of others.
  const known = () => named().slice(named().indexOf('task:claimed'));
  // The database shows the second claim before its claimer has read it back and tells of it.
  await waitFor(() => known().length >= 4);
  expect(known().slice(0, 4)).toEqual(['task:claimed', 'attempt:ended', 'task:recovered', 'task:claimed']);
});
