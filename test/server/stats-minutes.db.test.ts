// The last minutes: what workers add to them, and what is told of them.
import { expect, test } from 'vitest';
import { addMinutes, type Figure, type Minute, readMinutes } from '../../queue/index.ts';
import { openApp } from './setup.ts';

const ended = (
  actor: string,
  outcome: 'completed' | 'failed' | 'retried' | 'lost',
  count: number,
): Figure => ({
  name: 'task_execution_seconds',
  actor,
  outcome,
  count,
  sum: 1,
  counts: [],
});
const claimed = (actor: string, ...counts: number[]): Figure => ({
  name: 'task_queue_delay_seconds',
  actor,
  count: 1,
  sum: 1,
  counts,
});

test('minutes are added up over workers and actors, told without holes, and narrowed to one actor', async () => {
  const { queue, app } = await openApp();
  const total: Figure = { name: 'tasks_dead_total', count: 9, sum: 0, counts: [] };
  const dead: Figure = { ...total, actor: 'any', count: 1 };
  const again: Figure = { ...total, name: 'tasks_tried_again_total', actor: 'sleep', count: 6 };
  await addMinutes(queue, [
    ended('any', 'completed', 3),
    ended('any', 'failed', 1),
    claimed('any', 4),
    total,
    dead,
  ]);
  await addMinutes(queue, [
    ended('any', 'completed', 2),
    ended('sleep', 'retried', 5),
    ended('sleep', 'lost', 1),
    again,
  ]);
  await addMinutes(queue, [claimed('sleep', 0, 0, 0, 4)]);
  const minutes = await readMinutes(queue, 3);
  const sum = (key: 'completed' | 'failed' | 'retried') => minutes.reduce((all, one) => all + one[key], 0);
  expect([minutes.length, sum('completed'), sum('failed'), sum('retried')]).toEqual([3, 5, 1, 6]);
  const [first, second, third] = minutes.map(({ at }) => at.getTime());
  expect([second! - first!, third! - second!, third! % 60_000]).toEqual([60_000, 60_000, 0]);
  // Four within 5 ms and four from 25 to 50 ms.
  const { delay_ms } = minutes.find(one => one.delay_ms.p50 !== null)!;
  expect(delay_ms.p50).toBeLessThanOrEqual(5);
  expect(delay_ms.p99).toBeGreaterThan(25);
  expect(delay_ms.p99).toBeLessThanOrEqual(50);

  const ask = async (query: string) => {
    const answer = await app.request(`/api/v1/stats/minutes${query}`);
    return { status: answer.status, items: ((await answer.json()) as { items: Minute[] }).items };
  };
  expect((await ask('')).items).toHaveLength(60);
  const own = (await ask('?actor=sleep&last=5')).items;
  expect(own.map(({ retried }) => retried).toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 6]);
  expect(own.every(({ completed }) => completed === 0)).toBe(true);
  expect((await ask('?actor=nobody')).status).toBe(404);
  for (const bad of ['?last=0', '?last=1441', '?minutes=3']) expect((await ask(bad)).status).toBe(422);
});
