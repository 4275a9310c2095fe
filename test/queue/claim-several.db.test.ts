// One claim round for several workers: each task is claimed in the name of the one that gets it, under all the same limits.
import { expect, test } from 'vitest';
import {
  type ClaimedTask,
  claimForAll,
  completeTasks,
  countProcessing,
  type Queue,
  recoverStaleTasks,
  updateHeartbeat,
  verifyHistory,
} from '../../queue/index.ts';
import { enqueueMany, observedQueue, testQueue } from '../helpers/queue.ts';

const actors = new Set(['echo', 'draw']);
const share = { index: 0, of: 1 };

const claimFor = async (queue: Queue, rooms: Record<string, number>, want = 1_000, part = share) => {
  const takers = Object.entries(rooms).map(([worker_id, room]) => ({ worker_id, room }));
  return (await claimForAll(queue, { takers, actors, want, share: part })).tasks;
};

const countOf = (tasks: readonly ClaimedTask[]) =>
  Object.fromEntries(
    [...new Set(tasks.map(task => task.worker_id))]
      .toSorted()
      .map(worker_id => [worker_id, tasks.filter(task => task.worker_id === worker_id).length]),
  );

function expectOwnClaims(tasks: readonly ClaimedTask[]): void {
  for (const { worker_id, claim } of tasks) expect(claim.startsWith(`${worker_id}.`), claim).toBe(true);
}

test('what is won is divided by the room of each, with and without a limit, in one statement each', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 8);
  await enqueueMany(queue, 9, { actor: 'draw', payload: { key: 'a' } });
  const { queue: watched, commands } = await observedQueue(queue);
  const tasks = await claimFor(watched, { '$w.1': 3, $w2: 3, w3: 3 }, 6);
  expect(countOf(tasks)).toEqual({ '$w.1': 2, $w2: 2, w3: 2 });
  expect(commands.filter(({ commandName }) => commandName === 'update').length).toBeLessThanOrEqual(4);
  const more = await claimFor(watched, { w4: 1, w5: 7 });
  const held = [...tasks, ...more];
  expect(countOf(more)).toEqual({ w4: 1, w5: 4 });
  const slots = held.filter(task => task.actor === 'draw').map(task => task.slot);
  expect(new Set(slots)).toEqual(new Set([0, 1, 2]));
  expect(slots).toHaveLength(3);
  expect(held.filter(task => task.actor === 'echo')).toHaveLength(8);
  expectOwnClaims(held);
  for (const task of held)
    expect(await queue.tasks.findOne({ _id: task._id })).toMatchObject({
      worker_id: task.worker_id,
      claim: task.claim,
    });
  // Nobody was given more than it had room for, and who has none is given nothing.
  expect(await claimFor(watched, { full: 0 })).toEqual([]);
});

test('rounds for several workers that race for a limit never pass it, and each claim is one worker alone', async () => {
  const queue = await testQueue();
  const servers = await Promise.all(Array.from({ length: 4 }, () => observedQueue(queue)));
  let conflicts = 0;
  for (const { queue: one } of servers)
    one.events.on('claim:contended', event => (conflicts += event.slot_conflicts));
  await enqueueMany(queue, 60, { actor: 'draw', payload: { key: 'a' } });
  for (let round = 0; round < 20; round++) {
    const rounds = await Promise.all(
      servers.map(({ queue: one }, index) =>
        claimFor(one, { [`s${index}a`]: 1, [`s${index}b`]: 2 }, 3, { index, of: 4 }),
      ),
    );
    expect(await countProcessing(queue, 'a')).toBeLessThanOrEqual(3);
    const won = [...rounds.flat(), ...(await claimFor(queue, { late1: 2, late2: 2 }))];
    expect(won).toHaveLength(3);
    expect(new Set(won.map(task => task.slot))).toEqual(new Set([0, 1, 2]));
    expectOwnClaims(won);
    const settled = await completeTasks(
      queue,
      won.map(task => ({ task, result: null })),
    );
    expect(settled).toEqual(['settled', 'settled', 'settled']);
  }
  // The race was a race: without it this test would prove nothing.
  expect(conflicts).toBeGreaterThan(0);
  expect((await verifyHistory(queue)).findings).toEqual([]);
});

test('the heartbeats of one keep its own tasks alive, and no others of the round', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 4);
  const tasks = await claimFor(queue, { alive: 2, dead: 2 });
  const minuteAgo = { $dateSubtract: { startDate: '$$NOW', unit: 'second', amount: 60 } };
  await queue.tasks.updateMany({}, [{ $set: { heartbeat_at: minuteAgo } }]);
  const own = tasks.filter(task => task.worker_id === 'alive');
  expect((await updateHeartbeat(queue, 'alive', tasks)).kept).toEqual(new Set(own.map(({ _id }) => _id)));
  const recovered = await recoverStaleTasks(queue, { lease_ms: 30_000 });
  expect(recovered.map(({ worker_id }) => worker_id)).toEqual(['dead', 'dead']);
});
