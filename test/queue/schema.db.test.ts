// The schema of the version before, and what a start of this one makes of it.
import { expect, test } from 'vitest';
import { openQueue } from '../../queue/index.ts';
import { ensureSchema, missingSchema } from '../../queue/schema.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { claimAll, enqueueMany, testQueue } from '../helpers/queue.ts';

const before = {
  name: 'ready',
  key: { status: 1, lane: 1, priority: -1, ready_at: 1, _id: 1 },
  partialFilterExpression: { status: 'queued' },
} as const;

test('an index that another has replaced is dropped once that is there, whoever starts at once', async () => {
  const queue = await testQueue();
  const ids = await enqueueMany(queue, 300);
  await queue.tasks.dropIndex('queued');
  await queue.lanes.dropIndex('waiting');
  await queue.tasks.createIndexes([before]);
  expect(await missingSchema(queue.db)).toEqual(['task_queue index queued', 'lanes index waiting']);
  await Promise.all(Array.from({ length: 4 }, () => openQueue(queue.db)));
  await ensureSchema(queue.db);
  expect(await missingSchema(queue.db)).toEqual([]);
  expect((await queue.tasks.listIndexes().toArray()).map(({ name }) => name)).not.toContain('ready');
  expect(await claimAll(queue, { want: 1_000 })).toHaveLength(ids.length);
});

test('an index of another shape under a name of ours is an error', async () => {
  const db = await testDatabase();
  await db.collection('task_queue').createIndex({ lane: 1 }, { name: 'queued' });
  await expect(ensureSchema(db)).rejects.toThrow('queued');
});
