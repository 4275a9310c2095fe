// Stats: who works, what waits, how fast it goes.
import { beforeAll, expect, test } from 'vitest';
import { recentCounts } from '../../queue/figures.ts';
import { enqueueInRoom, enqueueTask, readStats } from '../../queue/index.ts';
import { defineActor, startWorker } from '../../worker/index.ts';
import { waitFor } from '../helpers/wait.ts';
import { publishJob, startRemoteServer, TestWorker } from './remote-worker.ts';
import { openApp, type TestApp } from './setup.ts';

let t: TestApp;
beforeAll(async () => {
  t = await openApp();
});

const read = async (path: string) => (await t.app.request(path)).json() as Promise<Record<string, unknown>>;

test('a job of a room tells its workers and what waits, exactly, as it changes', async () => {
  const server = await startRemoteServer(t.queue);
  const job = await publishJob(t.queue, 'Rotate');
  const seed = '/api/rooms/lab/extensions/lab/modifiers/Rotate/stats';
  const ask = () => enqueueInRoom(t.queue, 'lab', { actor: job, payload: {} });
  await ask();
  expect(await read(seed)).toEqual({ idle_workers: 0, busy_workers: 0, pending_jobs: 1 });
  const worker = await TestWorker.join(server.url, [job]);
  await TestWorker.join(server.url, [job]);
  await TestWorker.join(server.url, [await publishJob(t.queue, 'Other')]);
  const assigned = await worker.nth();
  await waitFor(async () => (await read(seed)).busy_workers === 1);
  expect(await read(seed)).toEqual({ idle_workers: 1, busy_workers: 1, pending_jobs: 0 });
  await worker.complete(assigned);
  await waitFor(async () => (await read(seed)).idle_workers === 2);
  // What is counted comes a few seconds later.
  const counted = await waitFor(
    async () => {
      const stats = await readStats(t.queue, job);
      return stats.completed === 1 && stats.delay_ms.p50 !== null && stats;
    },
    { timeoutMs: 15_000, everyMs: 200 },
  );
  expect(counted).toMatchObject({ failed: 0, dead: 0, running_jobs: 0, throughput_per_min: 1 });
  expect(counted.delay_ms.p99).toBeGreaterThanOrEqual(counted.delay_ms.p50!);
});

test('a task of a worker outside that ran out of its time failed', async () => {
  const server = await startRemoteServer(t.queue);
  const job = await publishJob(t.queue, 'Slow', { timeouts: { soft_ms: 100, hard_ms: 200 }, max_retries: 0 });
  const worker = await TestWorker.join(server.url, [job]);
  await enqueueInRoom(t.queue, 'lab', { actor: job, payload: {} });
  await worker.nth();
  const counted = await waitFor(
    async () => {
      const stats = await readStats(t.queue, job);
      return stats.failed > 0 && stats;
    },
    { timeoutMs: 15_000, everyMs: 200 },
  );
  expect(counted).toMatchObject({ completed: 0, failed: 1, dead: 1 });
});

test('an actor of ours, and all together', async () => {
  let finish = () => {};
  const actor = defineActor({
    name: 'slow',
    execute: () =>
      new Promise(resolve => {
        finish = () => resolve(null);
      }),
  });
  const worker = await startWorker({ queue: t.queue, actors: [actor], capacity: 1 });
  for (let n = 0; n < 3; n++) await enqueueTask(t.queue, { actor: 'slow', payload: {} });
  await enqueueTask(t.queue, { actor: 'slow', payload: {}, delay_ms: 60_000 });
  const shown = await waitFor(async () => {
    const stats = await read('/api/v1/stats?actor=slow');
    return stats.running_jobs === 1 && stats;
  });
  expect(shown).toMatchObject({ idle_workers: 0, busy_workers: 1, pending_jobs: 3 });
  expect(Object.keys(shown).toSorted()).toEqual(Object.keys(await read('/api/v1/stats')).toSorted());
  finish();
  await worker.stop({ release: true });
});

test('what is not there is refused', async () => {
  const statuses = await Promise.all(
    [
      '/api/v1/stats?actor=nobody',
      '/api/v1/stats?colour=1',
      '/api/rooms/lab/extensions/lab/modifiers/None/stats',
      '/api/rooms/other/extensions/lab/modifiers/Rotate/stats',
    ].map(async path => (await t.app.request(path)).status),
  );
  expect(statuses).toEqual([404, 422, 404, 404]);
});

test('the last minute is the current one and the rest of the one before', () => {
  const at = (seconds: number) => new Date(600_000 + seconds * 1_000);
  const recent = { minute: 10, counts: [6], before: [60] };
  expect(recentCounts({ recent }, at(15))).toEqual([51]);
  expect(recentCounts({ recent }, at(75))).toEqual([4.5]);
  expect(recentCounts({ recent }, at(135))).toEqual([]);
  expect(recentCounts({}, at(0))).toEqual([]);
});
