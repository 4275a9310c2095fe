// Doorbells on a real change stream, and the reads that views are made of.
import { expect, test } from 'vitest';
import {
  cancelTask,
  completeTasks,
  countProcessing,
  explainWaiting,
  getTask,
  getTasksForWorkflow,
  InvalidInput,
  listTasks,
  peekNextTask,
  registerWorker,
  releaseTasks,
  updateHeartbeat,
  updateProgress,
  watchLanes,
  watchTasks,
} from '../../queue/index.ts';
import { withFailPoint } from '../helpers/faults.ts';
import { claimAll, enqueueMany, observedQueue, testQueue } from '../helpers/queue.ts';
import { waitFor } from '../helpers/wait.ts';

test('the task doorbell rings for new tasks and visible changes, not for heartbeats', async () => {
  const queue = await testQueue();
  const rung: string[] = [];
  let gaps = 0;
  const bell = watchTasks(queue, { onChange: id => rung.push(id), onGap: () => gaps++ });
  await waitFor(() => gaps === 1);
  const [id] = await enqueueMany(queue, 1);
  const [task] = await claimAll(queue);
  await updateHeartbeat(queue, 'w1', [task!]);
  await updateProgress(queue, [{ task: task!, progress: { elapsed_ms: 1, message: 'x' } }]);
  await updateHeartbeat(queue, 'w1', [task!]);
  await completeTasks(queue, [{ task: task!, result: null }]);
  await waitFor(() => rung.length >= 4);
  expect(rung).toEqual([id, id, id, id]);
  expect(bell.mode()).toBe('stream');
  await bell.close();
});

test('a doorbell whose stream breaks is connected again and says that there was a gap', async () => {
  const queue = await testQueue();
  const { queue: watched } = await observedQueue(queue);
  const rung: string[] = [];
  const troubles: string[] = [];
  let gaps = 0;
  watched.events.on('queue:trouble', ({ doing }) => troubles.push(doing));
  const bell = watchTasks(watched, { onChange: id => rung.push(id), onGap: () => gaps++ });
  await waitFor(() => gaps === 1);
  // 286: the history that the stream would resume from is gone; the driver gives up on that.
  await withFailPoint(queue.db, { failCommands: ['getMore'], times: 1, errorCode: 286 }, () =>
    waitFor(() => gaps === 2),
  );
  expect(troubles).toEqual(['watching task_queue']);
  const [id] = await enqueueMany(queue, 1);
  await waitFor(() => rung.includes(id!));
  await bell.close();
});

test('the lane doorbell rings once for a burst, and again only after the lane was closed', async () => {
  const queue = await testQueue();
  let opened = 0;
  let gaps = 0;
  const bell = watchLanes(queue, { onOpen: () => opened++, onGap: () => gaps++ });
  await waitFor(() => gaps === 1);
  await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'b' } });
  await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'b' } });
  await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'a' } });
  await waitFor(() => opened === 2);
  const held = await claimAll(queue);
  await releaseTasks(queue, held.slice(0, 1));
  await waitFor(() => opened === 3);
  await bell.close();
});

test('closing a doorbell leaves nothing behind, at any moment', async () => {
  const queue = await testQueue();
  for (let turn = 0; turn < 20; turn++) {
    const bell = watchTasks(queue, { onChange: () => {}, onGap: () => {} });
    if (turn % 2) await waitFor(() => bell.mode() === 'stream');
    await bell.close();
  }
});

test('a pending task says why it waits, and its place', async () => {
  const queue = await testQueue();
  const key = { actor: 'draw', payload: { key: 'b' } };
  const why = async (id: string) => (await explainWaiting(queue, [(await getTask(queue, id))!])).get(id);
  const [first] = await enqueueMany(queue, 1, key);
  expect(await why(first!)).toEqual({
    position: 0,
    lane: 'b',
    blocked_by: 'no_worker',
    holders: [],
    eta_ms: null,
  });
  await registerWorker(queue, { _id: 'w1', host: 'h', pid: 1, version: '0', actors: ['draw'], capacity: 1 });
  expect(await why(first!)).toMatchObject({ blocked_by: null });
  await claimAll(queue);
  const [second] = await enqueueMany(queue, 1, key);
  const [third] = await enqueueMany(queue, 1, key);
  const [urgent] = await enqueueMany(queue, 1, { ...key, priority: 1 });
  const [later] = await enqueueMany(queue, 1, { ...key, delay_ms: 60_000 });
  expect(await why(urgent!)).toMatchObject({ position: 0, blocked_by: 'limit', holders: [first] });
  expect(await why(second!)).toMatchObject({ position: 1, blocked_by: 'limit' });
  expect(await why(third!)).toMatchObject({ position: 2 });
  expect(await why(later!)).toMatchObject({ position: null, blocked_by: 'scheduled' });
  await queue.lanes.updateOne({ _id: 'b' }, { $set: { paused: true } });
  expect(await why(third!)).toMatchObject({ blocked_by: 'paused', holders: [] });
  await queue.lanes.updateOne({ _id: 'b' }, [
    { $set: { paused: false, cooldown_until: { $add: ['$$NOW', 60_000] } } },
  ]);
  expect(await why(third!)).toMatchObject({ blocked_by: 'cooldown' });
  expect(await why(first!)).toBeUndefined();
});

test('lists are newest first, page by page, and refuse a cursor that is not theirs', async () => {
  const queue = await testQueue();
  const ids = await enqueueMany(queue, 25, { workflow_run_id: 'run' });
  await enqueueMany(queue, 1, { workflow_run_id: 'other' });
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listTasks>> = await listTasks(queue, {
      limit: 10,
      workflow_run_id: 'run',
      ...(cursor && { cursor }),
    });
    seen.push(...page.items.map(task => task._id));
    cursor = page.next_cursor;
  } while (cursor);
  expect(seen).toEqual(ids.toReversed());
  expect((await getTasksForWorkflow(queue, 'run', 3)).length).toBe(3);
  for (const bad of ['', 'x', Buffer.from('tq_$gt').toString('base64url')])
    await expect(listTasks(queue, { limit: 1, cursor: bad })).rejects.toThrow(InvalidInput);
});

test('peek shows the next task without claiming it; count shows who holds a key', async () => {
  const queue = await testQueue();
  expect(await peekNextTask(queue, ['draw'])).toBeNull();
  await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'a' } });
  const [urgent] = await enqueueMany(queue, 1, { actor: 'draw', payload: { key: 'a' }, priority: 5 });
  expect((await peekNextTask(queue, ['draw']))?._id).toBe(urgent);
  expect(await countProcessing(queue, 'a')).toBe(0);
  await claimAll(queue);
  expect(await countProcessing(queue, 'a')).toBe(2);
  await expect(cancelTask(queue, 'tq_none')).rejects.toThrow('There is no task tq_none');
});
