// Enqueueing in a transaction of the caller's: there with his writes or not at all, and soon at work once committed.
import { type ClientSession, MongoClient } from 'mongodb';
import { beforeAll, expect, test } from 'vitest';
import {
  completeTasks,
  enqueueTask,
  enqueueTasks,
  getTask,
  openQueue,
  type Queue,
  reopenStrandedLanes,
} from '../../queue/index.ts';
import { defineActor, startWorker } from '../../worker/index.ts';
import { withFailPoint } from '../helpers/faults.ts';
import { testUri } from '../helpers/mongo.ts';
import { claimAll, testQueue } from '../helpers/queue.ts';
import { waitFor } from '../helpers/wait.ts';

let queue: Queue;
let client: MongoClient;
const orders = () => queue.db.collection<{ _id: string; task_id?: string }>('orders');
const task = { actor: 'echo', payload: {} };
beforeAll(async () => {
  queue = await testQueue();
  client = queue.db.client as MongoClient;
  await queue.db.createCollection('orders');
});

test('a task and the order that it is for are committed together, and only then to be had', async () => {
  const task_id = await client.withSession(async session =>
    session.withTransaction(async () => {
      const enqueued = await enqueueTask(queue, task, { session });
      await orders().insertOne({ _id: 'o1', task_id: enqueued.task_id }, { session });
      expect(await getTask(queue, enqueued.task_id)).toBeNull();
      expect(await claimAll(queue)).toEqual([]);
      return enqueued.task_id;
    }),
  );
  expect(await orders().findOne({ _id: 'o1' })).toEqual({ _id: 'o1', task_id });
  // No janitor runs here: the lane was woken by the commit.
  const held = await waitFor(async () => (await claimAll(queue)).find(({ _id }) => _id === task_id));
  await completeTasks(queue, [{ task: held, result: null }]);
});

test('an abort leaves neither', async () => {
  let task_ids: string[] = [];
  const work = client.withSession(async session =>
    session.withTransaction(async () => {
      const enqueued = await enqueueTasks(queue, [task, task, task], { session });
      task_ids = enqueued.map(one => one.task_id);
      await orders().insertOne({ _id: 'o2' }, { session });
      throw new Error('out of stock');
    }),
  );
  await expect(work).rejects.toThrow('out of stock');
  expect(task_ids).toHaveLength(3);
  expect(await queue.tasks.countDocuments({ _id: { $in: task_ids } })).toBe(0);
  expect(await orders().countDocuments({ _id: 'o2' })).toBe(0);
});

test('a transaction that is tried again enqueues once', async () => {
  let tries = 0;
  const seen: string[] = [];
  const task_id = await withFailPoint(
    queue.db,
    { failCommands: ['insert'], times: 1, errorCode: 112, namespace: `${queue.db.databaseName}.orders` },
    () =>
      client.withSession(async session =>
        session.withTransaction(async () => {
          tries++;
          const enqueued = await enqueueTask(queue, task, { session });
          seen.push(enqueued.task_id);
          await orders().insertOne({ _id: 'o3' }, { session });
          return enqueued.task_id;
        }),
      ),
  );
  expect(tries).toBe(2);
  const stored = await queue.tasks.find({ _id: { $in: seen } }).toArray();
  expect(stored.map(({ _id }) => _id)).toEqual([task_id]);
  await waitFor(async () => (await claimAll(queue)).some(({ _id }) => _id === task_id));
});

test('two transactions that write the same order do not hinder the queue; the loser is tried again', async () => {
  await orders().insertOne({ _id: 'shared' });
  const before = await queue.tasks.countDocuments();
  await Promise.all(
    Array.from({ length: 8 }, () =>
      client.withSession(async session =>
        session.withTransaction(async () => {
          await enqueueTask(queue, task, { session });
          await orders().updateOne(
            { _id: 'shared' },
            { $set: { task_id: String(Math.random()) } },
            { session },
          );
        }),
      ),
    ),
  );
  expect(await queue.tasks.countDocuments()).toBe(before + 8);
});

test('a dedupe key in a transaction gives the live task that has it; of racers one stores', async () => {
  const deduped = { ...task, dedupe_key: 'in session' };
  const ask = () =>
    client.withSession(async session =>
      session.withTransaction(async () => enqueueTask(queue, deduped, { session })),
    );
  const racers = await Promise.all(Array.from({ length: 6 }, ask));
  expect(new Set(racers.map(({ task_id }) => task_id)).size).toBe(1);
  expect(racers.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
  const many = await client.withSession(async session =>
    session.withTransaction(async () =>
      enqueueTasks(queue, [deduped, { ...task, dedupe_key: 'new' }, { ...task, dedupe_key: 'new' }], {
        session,
      }),
    ),
  );
  expect(many.map(({ deduplicated }) => deduplicated)).toEqual([true, false, true]);
  expect(many[1]!.task_id).toBe(many[2]!.task_id);
});

test('an idle worker starts it soon after the commit, also when the session goes straight on', async () => {
  const began = new Map<string, number>();
  const quick = defineActor({
    name: 'quick',
    execute: (_, { task_id }) => {
      began.set(task_id, performance.now());
    },
  });
  // No look of its own within the test: what wakes it is the lane.
  const worker = await startWorker({ queue, actors: [quick], poll_ms: 60_000 });
  const delays: number[] = [];
  try {
    await client.withSession(async session => {
      for (let n = 0; n < 20; n++) {
        const { task_id } = await session.withTransaction(async () => {
          const enqueued = await enqueueTask(queue, { actor: 'quick', payload: {} }, { session });
          await orders().insertOne({ _id: `quick ${n}` }, { session });
          return enqueued;
        });
        const committed = performance.now();
        // Every other one is followed at once by a long transaction of the same session.
        if (n % 2) await longTransaction(session);
        delays.push((await waitFor(() => began.get(task_id), { everyMs: 1 })) - committed);
      }
    });
  } finally {
    await worker.stop();
  }
  expect(delays.toSorted((a, b) => a - b)[10]).toBeLessThan(1_000);
});

async function longTransaction(session: ClientSession): Promise<void> {
  session.startTransaction();
  await orders().findOne({ _id: 'o1' }, { session });
  await new Promise(resolve => setTimeout(resolve, 100));
  await session.abortTransaction();
}

test('a process that ends right after its commit leaves the waking to the janitor', async () => {
  const other = await MongoClient.connect(testUri());
  const theirs = await openQueue(other.db(queue.db.databaseName), { ensureSchema: false });
  const { task_id } = await other.withSession(async session =>
    session.withTransaction(async () =>
      enqueueTask(theirs, { actor: 'draw', payload: { key: 'late' } }, { session }),
    ),
  );
  await other.close();
  await reopenStrandedLanes(queue);
  expect((await claimAll(queue)).map(({ _id }) => _id)).toContain(task_id);
  // Nothing of it opens the closed client again.
  await new Promise(resolve => setTimeout(resolve, 100));
  expect(
    await theirs.tasks.findOne({ _id: task_id }).then(
      () => 'open',
      () => 'closed',
    ),
  ).toBe('closed');
});

test('a session without a transaction is a mistake, and said', async () => {
  await client.withSession(async session => {
    await expect(enqueueTask(queue, task, { session })).rejects.toThrow(/must be in a transaction/);
  });
});
