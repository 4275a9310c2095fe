// Answers that must not be taken for a yes, and errors that must not be taken for a no.
import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { completeTasks, enqueueTask, isTransient } from '../../queue/index.ts';
import { type Bench, faultyApp, finish, hold, newTasks, startBench } from './bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench?.stop());

async function during<T>(data: Document, work: () => Promise<T>): Promise<T> {
  const admin = bench.clean.db.client.db('admin');
  await admin.command({
    configureFailPoint: 'failCommand',
    mode: 'alwaysOn',
    data: { appName: faultyApp, ...data },
  });
  try {
    return await work();
  } finally {
    await admin.command({ configureFailPoint: 'failCommand', mode: 'off' });
  }
}

test('an insert that no majority ever acknowledges is not acknowledged, though it is there when it is tried again', async () => {
  bench.run = 'never';
  const [task] = newTasks(bench, 1);
  const writeConcernError = { code: 64, errmsg: 'waiting for replication timed out' };
  const enqueued = during({ failCommands: ['insert'], writeConcernError }, () =>
    enqueueTask(bench.faulty, task!),
  );
  const error = await enqueued.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(Error);
  expect(isTransient(error)).toBe(true);
  expect(await bench.clean.tasks.countDocuments({ workflow_run_id: 'never' })).toBe(1);
  await finish(bench);
});

test('a database that takes too long refuses nothing: the same completion is settled by the next try', async () => {
  bench.run = 'slow';
  const [task] = await hold(bench, 1);
  const complete = () => completeTasks(bench.faulty, [{ task: task!, result: 'kept' }]);
  const error = await during({ failCommands: ['update', 'find'], errorCode: 50 }, complete).catch(
    error => error,
  );
  expect(isTransient(error)).toBe(true);
  expect(await complete()).toEqual(['settled']);
});

test('a connection that was not to be had in time says nothing about what was asked', async () => {
  const { uri } = bench;
  const client = await MongoClient.connect(uri, {
    maxPoolSize: 1,
    waitQueueTimeoutMS: 20,
    appName: faultyApp,
  });
  const block = { failCommands: ['count'], blockConnection: true, blockTimeMS: 500 };
  const counts = await during(block, () =>
    Promise.allSettled([1, 2].map(() => client.db('faults').command({ count: 'task_queue' }))),
  );
  await client.close();
  const refused = counts.filter(count => count.status === 'rejected');
  expect(refused).toHaveLength(1);
  expect(isTransient(refused[0]!.reason)).toBe(true);
});
