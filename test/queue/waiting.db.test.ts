// What it costs to say why tasks wait: shared per lane where it may be a moment old.
import { expect, test } from 'vitest';
import { enqueueTasks, explainWaiting, getTask, getTasks } from '../../queue/index.ts';
import { enqueueMany, observedQueue, testQueue } from '../helpers/queue.ts';

test('200 waiting tasks of one lane cost a handful of reads, and each has its own place', async () => {
  const { queue, commands } = await observedQueue(await testQueue());
  const task = { actor: 'draw', payload: { key: 'b' } };
  const ids = await enqueueMany(queue, 190, task);
  const urgent = await enqueueMany(queue, 10, { ...task, priority: 5 });
  const tasks = await getTasks(queue, [...ids, ...urgent]);
  commands.length = 0;
  const shared = await explainWaiting(queue, tasks, { maxAgeMs: 1_000 });
  expect(commands.length).toBeLessThan(6);
  expect([...urgent, ...ids].map(id => shared.get(id)?.position)).toEqual(
    Array.from({ length: 200 }, (_, n) => n),
  );
  commands.length = 0;
  await explainWaiting(queue, tasks, { maxAgeMs: 60_000 });
  expect(commands).toHaveLength(0);

  // One that came since counts as the last; asked by itself, the truth is read.
  const [late] = await enqueueMany(queue, 1, { ...task, priority: 9 });
  const newcomer = (await getTask(queue, late!))!;
  const again = await explainWaiting(queue, [newcomer], { maxAgeMs: 60_000 });
  expect(again.get(late!)).toMatchObject({ position: 200 });
  expect((await explainWaiting(queue, [newcomer])).get(late!)).toMatchObject({ position: 0 });
});

test('200 lanes are read together', async () => {
  const { queue, commands } = await observedQueue(await testQueue());
  const ids = await enqueueTasks(
    queue,
    Array.from({ length: 200 }, (_, n) => ({ actor: 'draw', payload: { key: `k${n}` } })),
  );
  const tasks = await getTasks(
    queue,
    ids.map(({ task_id }) => task_id),
  );
  commands.length = 0;
  const explained = await explainWaiting(queue, tasks, { maxAgeMs: 1_000 });
  expect([...explained.values()].every(({ position }) => position === 0)).toBe(true);
  expect(explained.size).toBe(200);
  // The workers, the lanes, their paces, who holds their slots, and the order of each lane.
  expect(commands.length).toBeLessThanOrEqual(4 + 200);
});
