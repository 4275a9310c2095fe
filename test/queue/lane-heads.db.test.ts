// How far the order among lanes holds where a lane's head is the task of an actor that the claimer does not serve.
import { expect, test } from 'vitest';
import { pageSize } from '../../queue/claim/candidates.ts';
import { completeTasks, enqueueTasks, type Queue } from '../../queue/index.ts';
import { claimRound, describeActor, enqueueMany, testQueue } from '../helpers/queue.ts';

const rule = { key: '/key', limits: {}, default: 5 };
const of = (actor: string, key: string, priority: number) => ({ actor, payload: { key }, priority });

/** So many lanes with something urgent that nobody here serves, before two tasks of `paint` that are not; and one task between them. */
async function overstated(lanes: number): Promise<{ queue: Queue; middle: string }> {
  const queue = await testQueue(describeActor('lone', rule), describeActor('paint', rule));
  const keys = Array.from({ length: lanes }, (_, n) => `k${n}`);
  await enqueueTasks(
    queue,
    keys.flatMap(key => [of('lone', key, 9), of('paint', key, 1), of('paint', key, 1)]),
  );
  const [middle] = await enqueueMany(queue, 1, of('paint', 'between', 5));
  return { queue, middle: middle! };
}

/** In which round, of rounds of one task each, it is claimed. */
async function roundOf(queue: Queue, task_id: string, most: number): Promise<number> {
  for (let round = 1; round <= most; round++) {
    const { tasks } = await claimRound(queue, { actors: ['paint'], want: 1 });
    expect(tasks).toHaveLength(1);
    if (tasks[0]!._id === task_id) return round;
    await completeTasks(queue, [{ task: tasks[0]!, result: null }]);
  }
  return Number.POSITIVE_INFINITY;
}

test('a task goes before worse ones in lanes whose heads are others’, while one page shows all of them', async () => {
  const { queue, middle } = await overstated(pageSize - 1);
  expect(await roundOf(queue, middle, 1)).toBe(1);
});

test.each([
  { lanes: pageSize, latest: 2 },
  { lanes: pageSize + 40, latest: 1 + 3 },
])(
  'beside $lanes such lanes, more than a page shows, it waits $latest rounds at most',
  async ({ lanes, latest }) => {
    const { queue, middle } = await overstated(lanes);
    expect(await roundOf(queue, middle, latest)).toBeLessThanOrEqual(latest);
  },
);

test('a claimer that looks further back says in every round that there is more, and misses nothing in the end', async () => {
  const { queue } = await overstated(pageSize + 20);
  let done = 0;
  for (let rounds = 0; rounds < 60; rounds++) {
    const { tasks, again } = await claimRound(queue, { actors: ['paint'], want: 20 });
    done += tasks.length;
    if (!again) break;
    await completeTasks(
      queue,
      tasks.map(task => ({ task, result: null })),
    );
  }
  expect(done).toBe(2 * (pageSize + 20) + 1);
  expect(await queue.lanes.countDocuments({ waiting: 'paint' })).toBe(0);
  expect(await claimRound(queue, { actors: ['lone'], want: 500 })).toMatchObject({ again: true });
});
