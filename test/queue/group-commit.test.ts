// Many callers, one statement.
import { MongoNetworkError } from 'mongodb';
import { expect, test } from 'vitest';
import { GroupCommit } from '../../queue/pace/group-commit.ts';
import { deferred } from '../worker/start.ts';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

test('what comes within a moment goes together, and each caller gets its own answer', async () => {
  const batches: number[][] = [];
  const commit = new GroupCommit<number, string>({
    async write(items) {
      batches.push(items);
      return items.map(item => `answer ${item}`);
    },
  });
  const answers = await Promise.all(range(20).map(item => commit.add(item)));
  expect(batches).toHaveLength(1);
  expect(answers[7]).toBe('answer 7');
});

test('batches are bounded in number, in size and in flight', async () => {
  const gate = deferred();
  let inFlight = 0;
  let most = 0;
  const batches: number[][] = [];
  const commit = new GroupCommit<number, number>({
    sizeOf: item => item,
    maxItems: 10,
    maxSize: 100,
    async write(items) {
      batches.push(items);
      most = Math.max(most, ++inFlight);
      await gate.promise;
      inFlight--;
      return items;
    },
  });
  const items = [...range(10), 90, 20, 500, 1];
  const answers = Promise.all(items.map(item => commit.add(item)));
  gate.resolve();
  expect(await answers).toEqual(items);
  expect(batches).toEqual([range(10), [90], [20], [500], [1]]);
  expect(most).toBeLessThanOrEqual(2);
});

test('what the database refuses fails alone', async () => {
  const commit = new GroupCommit<number, number>({
    async write(items) {
      if (items.includes(3)) throw new Error('refused');
      return items;
    },
  });
  const settled = await Promise.allSettled(range(5).map(item => commit.add(item)));
  expect(settled.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
});

test('trouble with the connection fails the whole batch, which is not sent item by item', async () => {
  let writes = 0;
  const commit = new GroupCommit<number, number>({
    write() {
      writes++;
      return Promise.reject(new MongoNetworkError('gone'));
    },
  });
  const settled = await Promise.allSettled(range(5).map(item => commit.add(item)));
  expect(settled.every(({ status }) => status === 'rejected')).toBe(true);
  expect(writes).toBe(1);
});
