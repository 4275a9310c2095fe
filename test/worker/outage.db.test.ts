// A mongod of its own that freezes: what a worker does while it is away, and after.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Embedded, startEmbedded } from '../../embedded/index.ts';
import { type Connection, connect, enqueueTask, openQueue, type Queue } from '../../queue/index.ts';
import { defineActor } from '../../worker/actors/actor.ts';
import { waitFor } from '../helpers/wait.ts';
import { deferred, startTestWorker, taskEnd, taskWhen } from './start.ts';

// A frozen mongod leaves its sockets open: with these the driver notices soon.
const impatient = {
  serverSelectionTimeoutMS: 500,
  connectTimeoutMS: 500,
  heartbeatFrequencyMS: 500,
  socketTimeoutMS: 1_000,
};
// Longer than any pause of a loop after trouble: what comes later than this was waited for on purpose.
const lease_ms = 4_000;

let mongod: Embedded;
let connection: Connection;
let queue: Queue;
let pid: number;
beforeAll(async () => {
  mongod = await startEmbedded({ directory: process.cwd(), ephemeral: true });
  connection = await connect(mongod.uri, impatient);
  queue = await openQueue(connection.db);
  pid = Number((await connection.db.admin().serverStatus()).pid);
});
afterAll(async () => {
  await connection?.close();
  await mongod?.stop();
});

/** Freezes mongod until `condition` holds. */
async function freezeUntil(condition: () => boolean): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  try {
    await waitFor(condition);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

test('a worker that cannot reach the database ends its tasks before their lease ends, and goes on afterwards', async () => {
  const reasons: unknown[] = [];
  const endedAt: number[] = [];
  const begun = deferred();
  const trouble: string[] = [];
  queue.events.on('queue:trouble', ({ doing }) => trouble.push(doing));
  const actor = defineActor({
    name: 'outlasts',
    async execute(_, { attempt, signal }) {
      if (attempt > 1) return 'second';
      begun.resolve();
      await new Promise(resolve => signal.addEventListener('abort', resolve));
      endedAt.push(performance.now());
      reasons.push(signal.reason);
      return 'too late';
    },
  });
  const worker = await startTestWorker(queue, [actor], { heartbeat_ms: 200, lease_ms });
  const { task_id } = await enqueueTask(queue, { actor: 'outlasts', payload: {} });
  await begun.promise;

  const frozenAt = performance.now();
  await freezeUntil(() => trouble.includes('sending heartbeats') && worker.running() === 0);

  expect(reasons).toMatchObject([{ name: 'LostClaim' }]);
  expect(endedAt[0]! - frozenAt).toBeLessThan(lease_ms);
  const task = await taskEnd(queue, task_id, 15_000);
  expect(task).toMatchObject({ status: 'completed', result: 'second', attempt: 2, retry_count: 1 });
});

test('after an outage every lease is old: one more is granted before silence counts', async () => {
  const trouble: string[] = [];
  queue.events.on('queue:trouble', ({ doing }) => trouble.push(doing));
  const actor = defineActor({ name: 'elsewhere', execute: () => null });
  await startTestWorker(queue, [actor], { heartbeat_ms: 200, lease_ms });
  // Held by a worker that lives but is slower than ours to come back: it has not sent heartbeats yet.
  const { task_id } = await enqueueTask(queue, { actor: 'elsewhere', payload: {}, delay_ms: 3_600_000 });
  const now = {
    status: 'processing',
    worker_id: 'slow',
    claim: 'slow.1',
    started_at: '$$NOW',
    heartbeat_at: '$$NOW',
  };
  await queue.tasks.updateOne({ _id: task_id }, [{ $set: now }, { $unset: 'run_at' }]);
  const frozenAt = performance.now();
  await freezeUntil(() => trouble.length > 0 && performance.now() - frozenAt > lease_ms);
  const thawedAt = performance.now();
  await taskEnd(queue, task_id, 15_000);
  expect(performance.now() - thawedAt).toBeGreaterThan(lease_ms);
});

test('a result that is ready while the database is away is stored when it is back in time', async () => {
  const begun = deferred();
  const finish = deferred();
  const actor = defineActor({
    name: 'waits',
    async execute() {
      begun.resolve();
      await finish.promise;
      return 'kept';
    },
  });
  await startTestWorker(queue, [actor], { heartbeat_ms: 2_000, lease_ms: 20_000 });
  const { task_id } = await enqueueTask(queue, { actor: 'waits', payload: {} });
  await begun.promise;
  const frozenAt = performance.now();
  await freezeUntil(() => {
    finish.resolve();
    return performance.now() - frozenAt > 1_500;
  });
  expect(await taskWhen(queue, task_id, ({ status }) => status !== 'processing')).toMatchObject({
    status: 'completed',
    result: 'kept',
    attempt: 1,
  });
});
