// Workers tell how fast lanes are, and who waits there learns when it will begin.
import { expect, test } from 'vitest';
import { addLaneRates, explainWaiting, getTasks, type Queue, readPaces } from '../../queue/index.ts';
import { enqueueMany, testQueue } from '../helpers/queue.ts';
import { waitFor } from '../helpers/wait.ts';
import { deferred, startTestWorker } from './start.ts';

const explain = async (queue: Queue, ids: string[]) => {
  const explained = await explainWaiting(queue, await getTasks(queue, ids));
  return ids.map(id => explained.get(id)!);
};

test('a full lane tells when each of its tasks begins, from what its tasks have taken', async () => {
  const queue = await testQueue();
  const gate = deferred();
  let runs = 0;
  const slow = {
    name: 'slow',
    concurrency: { limit: 2 },
    async execute() {
      runs++;
      if (runs > 4) await gate.promise;
      else await new Promise(resolve => setTimeout(resolve, 300));
    },
  };
  await startTestWorker(queue, [slow]);
  await enqueueMany(queue, 4, { actor: 'slow' });
  await waitFor(async () => (await readPaces(queue, ['slow'])).get('slow'), { timeoutMs: 15_000 });
  const ended = () => queue.tasks.countDocuments({ status: 'completed' });
  await waitFor(async () => (await ended()) === 4);
  const ids = await enqueueMany(queue, 8, { actor: 'slow' });
  await waitFor(async () => runs === 6);
  const waiting = await explain(queue, ids.slice(2));
  expect(waiting.map(({ position, blocked_by }) => [position, blocked_by])).toEqual(
    [0, 1, 2, 3, 4, 5].map(n => [n, 'limit']),
  );
  const etas = waiting.map(({ eta_ms }) => eta_ms!);
  expect(etas).toEqual(etas.toSorted((a, b) => a - b));
  expect(etas[0]).toBeGreaterThan(0);
  expect(etas[0]).toBeLessThan(600);
  expect(etas[5]! - etas[1]!).toBeGreaterThan(500);
  await queue.lanes.updateOne({ _id: 'slow' }, { $set: { paused: true } });
  expect(await explain(queue, [ids[2]!])).toMatchObject([{ blocked_by: 'paused', eta_ms: null }]);
  gate.resolve();
});

test('what ended long ago fades; the time that one takes is kept', async () => {
  const queue = await testQueue();
  await addLaneRates(queue, [{ lane: 'a', ended: 10, run_ms: 5_000 }]);
  await queue.laneRates.updateOne({ _id: 'a' }, [
    { $set: { at: { $subtract: ['$$NOW', 120_000] }, since: { $subtract: ['$$NOW', 240_000] } } },
  ]);
  const before = (await readPaces(queue, ['a'])).get('a')!;
  await addLaneRates(queue, [{ lane: 'a', ended: 1, run_ms: 100 }]);
  const row = (await queue.laneRates.findOne({ _id: 'a' }))!;
  expect(row.ended).toBeCloseTo(10 * Math.exp(-2) + 1, 1);
  expect(row.at.getTime() - row.since.getTime()).toBeGreaterThan(200_000);
  const after = (await readPaces(queue, ['a'])).get('a')!;
  expect(before.run_ms).toBe(500);
  expect(after.run_ms).toBeLessThan(400);
  expect(after.per_ms).toBeGreaterThan(before.per_ms);
  // After a pause of five minutes a busy time begins anew.
  await queue.laneRates.updateOne({ _id: 'a' }, [{ $set: { at: { $subtract: ['$$NOW', 400_000] } } }]);
  await addLaneRates(queue, [{ lane: 'a', ended: 1, run_ms: 100 }]);
  const anew = (await queue.laneRates.findOne({ _id: 'a' }))!;
  expect(anew.at).toEqual(anew.since);
});
