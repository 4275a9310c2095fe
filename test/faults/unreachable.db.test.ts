// A mongod that goes away in the middle and does not come back in time: nothing is acknowledged.
import { MongoClient } from 'mongodb';
import { expect, onTestFinished, test } from 'vitest';
import { claimTasks, enqueueTasks, isTransient, openQueue, type Queue } from '../../queue/index.ts';
import { testUri } from '../helpers/mongo.ts';
import { enqueueMany, testQueue } from '../helpers/queue.ts';
import { Wire } from './wire.ts';

/** The same queue through a wire that can be cut for good. */
async function throughWire(queue: Queue): Promise<{ far: Queue; wire: Wire }> {
  const uri = new URL(testUri());
  const wire = new Wire(Number(uri.port));
  const port = await wire.open();
  const client = await MongoClient.connect(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    serverSelectionTimeoutMS: 300,
    maxPoolSize: 2,
  });
  onTestFinished(async () => {
    await client.close();
    wire.close();
  });
  return { far: await openQueue(client.db(queue.db.databaseName), { ensureSchema: false }), wire };
}

const tasks = Array.from({ length: 5 }, (_, n) => ({ actor: 'echo', payload: { n } }));

test.each([1, 5])('%i tasks that reach no mongod are not acknowledged', async count => {
  const queue = await testQueue();
  const { far, wire } = await throughWire(queue);
  // Actor and lanes are known by then: only the insert is left to fail.
  await enqueueTasks(far, tasks);
  wire.close();
  const error = await enqueueTasks(far, tasks.slice(0, count)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(isTransient(error)).toBe(true);
  expect(await queue.tasks.countDocuments()).toBe(5);
});

test('claims that reach no mongod are no lost races, but a trouble', async () => {
  const queue = await testQueue();
  const { far, wire } = await throughWire(queue);
  await enqueueMany(queue, 3);
  wire.close();
  const request = { worker_id: 'w', actors: new Set(['echo']), want: 3, share: { index: 0, of: 1 } };
  const error = await claimTasks(far, request).catch((thrown: unknown) => thrown);
  expect(isTransient(error)).toBe(true);
});
