// Interleavings that a review found: each lost or doubled something once.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  cancelTask,
  coolLane,
  createSchedule,
  failOverdueInternal,
  getSchedule,
  getTask,
  recoverStaleTasks,
  reopenStrandedLanes,
  spawnTask,
  tickSchedules,
} from '../../queue/index.ts';
import { withFailPoint } from '../helpers/faults.ts';
import {
  claimAll,
  claimRound,
  describeActor,
  enqueueMany,
  observedQueue,
  publish,
  testQueue,
} from '../helpers/queue.ts';

test('what a round has won is kept when keeping lanes right fails', async () => {
  const queue = await testQueue();
  const troubles: string[] = [];
  queue.events.on('queue:trouble', ({ doing }) => troubles.push(doing));
  await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'b' } });
  await enqueueMany(queue, 1);
  // An open lane with nothing in it: this round will want to close it.
  await queue.lanes.updateOne({ _id: 'a' }, { $set: { open: true, waiting: ['draw'] } });
  const lanes = `${queue.db.databaseName}.lanes`;
  const { tasks } = await withFailPoint(
    queue.db,
    { failCommands: ['update'], times: 1, namespace: lanes, errorCode: 8 },
    () => claimRound(queue),
  );
  expect(tasks).toHaveLength(2);
  expect(troubles).toEqual(['keeping lanes right']);
});

test('a cancellation that was acknowledged is never overtaken by the recoverer', async () => {
  const queue = await testQueue();
  const outcomes = new Set<string>();
  for (let turn = 0; turn < 100; turn++) {
    await enqueueMany(queue, 1);
    const [task] = await claimAll(queue);
    await queue.tasks.updateOne({ _id: task!._id }, [
      { $set: { heartbeat_at: { $subtract: ['$$NOW', 31_000] } } },
    ]);
    // Each has a head start in some turns: which is the faster of the two depends on the load.
    const ahead = (turn % 21) - 10;
    const [, { status }] = await Promise.all([
      pause(Math.max(0, -ahead)).then(() => recoverStaleTasks(queue, { lease_ms: 30_000 })),
      pause(Math.max(0, ahead)).then(() => cancelTask(queue, task!._id)),
    ]);
    outcomes.add(status);
    await recoverStaleTasks(queue, { lease_ms: 30_000 });
    expect({ turn, status: (await getTask(queue, task!._id))?.status }).toEqual({
      turn,
      status: 'cancelled',
    });
  }
  // Both orders happened, or this proves nothing.
  expect(outcomes.size).toBe(2);
});

test('a default limit that changed in the code is that of lanes made before, unless somebody names them', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 9, { actor: 'draw', payload: { key: 'other' } });
  await enqueueMany(queue, 9, { actor: 'draw', payload: { key: 'b' } });
  expect(await claimAll(queue)).toHaveLength(2 + 1);
  await publish(queue, describeActor('draw', { key: '/key', limits: { a: 3, b: 1 }, default: 5 }));
  const more = await claimAll(queue);
  expect(more.map(task => task.lane)).toEqual(['other', 'other', 'other']);
});

test('a rest that is over before it begins still lasts a moment: no task goes round in circles', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 2, { actor: 'draw', payload: { key: 'a' } });
  const [task] = await claimAll(queue, { want: 1 });
  await coolLane(queue, task!, new Date(0));
  expect(await claimAll(queue)).toEqual([]);
});

test('a schedule that cannot be read does not keep the others from their ticks', async () => {
  const queue = await testQueue();
  const ids: string[] = [];
  for (let n = 0; n < 2; n++)
    ids.push((await createSchedule(queue, { cron: '0 * * * *', actor: 'echo', payload: { n } }))._id);
  await queue.schedules.updateMany({}, { $set: { next_run_at: new Date(0) } });
  await queue.schedules.updateOne({ _id: ids[0]! }, { $set: { time_zone: 'Mars/Olympus' } });
  await tickSchedules(queue);
  expect((await getSchedule(queue, ids[1]!)).last_task_id).not.toBeNull();
  expect((await getSchedule(queue, ids[0]!)).last_task_id).toBeNull();
});

test('a stored task is acknowledged also when nobody could be woken, and found by the janitor', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 1);
  await claimAll(queue);
  const lanes = `${queue.db.databaseName}.lanes`;
  const [id] = await withFailPoint(
    queue.db,
    { failCommands: ['update'], times: 1, namespace: lanes, errorCode: 8 },
    () => enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'b' } }),
  );
  expect(await getTask(queue, id!)).toMatchObject({ status: 'queued' });
  await reopenStrandedLanes(queue);
  expect((await claimAll(queue)).map(task => task._id)).toEqual([id]);
});

test('a payload above 4 MiB is refused and named', async () => {
  const queue = await testQueue();
  const refused = enqueueMany(queue, 1, { payload: { text: 'x'.repeat(5 * 1024 ** 2) } });
  await expect(refused).rejects.toMatchObject({ problems: [{ pointer: '/payload' }] });
});

test('a claimer that wants nothing reads nothing of a backlog, however many slots are free', async () => {
  const { queue, commands } = await observedQueue(await testQueue());
  await enqueueMany(queue, 5);
  await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'a' } });
  commands.length = 0;
  for (const want of [0, Number.NaN])
    expect(await claimRound(queue, { want })).toEqual({ tasks: [], again: false, unrouted: [] });
  expect(commands.map(({ commandName }) => commandName)).toEqual([]);
});

test('what a dead spawner left in a cancelled tree is cancelled also when its task ends by the limit of @internal', async () => {
  const name = '@internal:analysis:forever';
  const queue = await testQueue({ ...describeActor(name), room: '@internal' });
  await enqueueMany(queue, 1, { actor: name });
  const [parent] = await claimAll(queue, { actors: [name] });
  const { task_id } = await spawnTask(queue, parent!, { actor: 'echo', payload: {} });
  // Its tree was closed before it stored that child, and it died before it looked.
  await queue.tasks.updateOne(
    { _id: parent!._id },
    { $set: { started_at: new Date(0), cancel_requested: true, children_cancelled: true } },
  );
  expect(await failOverdueInternal(queue)).toBe(1);
  expect((await getTask(queue, parent!._id))?.status).toBe('cancelled');
  expect((await getTask(queue, task_id))?.status).toBe('cancelled');
});

test('a cancelled tree that cannot be finished keeps nobody else from being taken back', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 2);
  const [parent, other] = await claimAll(queue);
  const { task_id } = await spawnTask(queue, parent!, { actor: 'echo', payload: {} });
  await queue.tasks.updateOne(
    { _id: parent!._id },
    { $set: { cancel_requested: true, children_cancelled: true } },
  );
  await queue.tasks.updateMany({ status: 'processing' }, { $set: { heartbeat_at: new Date(0) } });
  const fault = { failCommands: ['update'], times: 1, errorCode: 8 };
  const look = () => recoverStaleTasks(queue, { lease_ms: 30_000 });
  expect(await withFailPoint(queue.db, fault, look)).toMatchObject([{ task_id: other!._id }]);
  expect((await getTask(queue, parent!._id))?.status).toBe('processing');
  expect(await look()).toMatchObject([{ task_id: parent!._id, outcome: 'cancelled' }]);
  expect((await getTask(queue, task_id))?.status).toBe('cancelled');
});
