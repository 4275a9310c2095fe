// Dead letters, retries on request, and actions on many tasks.
import { expect, test } from 'vitest';
import {
  actOnTasks,
  completeTasks,
  dismissTask,
  failTask,
  getTask,
  groupDeadTasks,
  listDeadTasks,
  type Queue,
  retryTask,
  TaskConflict,
  updateHeartbeat,
} from '../../queue/index.ts';
import { claimAll, enqueueMany, testQueue } from '../helpers/queue.ts';

async function makeDead(queue: Queue, count: number, type: string, task = {}): Promise<string[]> {
  await enqueueMany(queue, count, task);
  const held = await claimAll(queue, { want: count });
  const error = { type, message: 'it broke', details: {}, stack_trace: '' };
  for (const one of held) await failTask(queue, one, { error, retry: null });
  return held.map(one => one._id);
}

test('dead letters are listed the latest first, page by page, and grouped', async () => {
  const queue = await testQueue();
  await makeDead(queue, 3, 'Boom');
  await makeDead(queue, 2, 'Bang');
  const [last] = await makeDead(queue, 1, 'Boom', { actor: 'draw', payload: { key: 'a' } });
  const first = await listDeadTasks(queue, { limit: 4 });
  const second = await listDeadTasks(queue, { limit: 4, cursor: first.next_cursor! });
  const all = [...first.items, ...second.items];
  expect(all[0]!._id).toBe(last);
  expect(new Set(all.map(task => task._id)).size).toBe(6);
  expect(second.next_cursor).toBeNull();
  expect(all.map(task => task.completed_at!.getTime())).toEqual(
    all.map(task => task.completed_at!.getTime()).toSorted((a, b) => b - a),
  );
  const groups = (await groupDeadTasks(queue)).map(({ actor, error_type, count }) => [
    actor,
    error_type,
    count,
  ]);
  expect(groups).toEqual([
    ['echo', 'Boom', 3],
    ['echo', 'Bang', 2],
    ['draw', 'Boom', 1],
  ]);
  expect((await listDeadTasks(queue, { limit: 10, actor: 'echo', error_type: 'Bang' })).items).toHaveLength(
    2,
  );
  await expect(listDeadTasks(queue, { limit: 1, cursor: 'x' })).rejects.toThrow('cursor');
});

test('a retried dead letter is the same task with all its retries; its attempts go on', async () => {
  const queue = await testQueue();
  const [id] = await makeDead(queue, 1, 'Boom', { max_retries: 0 });
  expect(await retryTask(queue, id!)).toEqual({ task_id: id, status: 'queued' });
  expect(await listDeadTasks(queue, { limit: 1 })).toMatchObject({ items: [] });
  const [again] = await claimAll(queue);
  expect(again).toMatchObject({ _id: id, attempt: 2, retry_count: 0 });
  await expect(retryTask(queue, id!)).rejects.toThrow(TaskConflict);
  await completeTasks(queue, [{ task: again!, result: 1 }]);
  const done = await getTask(queue, id!);
  expect(done?.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'completed']);
  expect(done).not.toHaveProperty('error');
});

test('who retries and acts on many is heard: a retry as `task:revived`, an action once per batch', async () => {
  const queue = await testQueue();
  const heard: unknown[] = [];
  queue.events.on('task:revived', task => heard.push(task));
  queue.events.on('tasks:acted', acted => heard.push(acted));
  const [id] = await makeDead(queue, 1, 'Boom');
  await retryTask(queue, id!);
  const lane = (await getTask(queue, id!))!.lane;
  expect(heard).toEqual([{ task_id: id, actor: 'echo', lane }]);
  const which = { ids: [id!] };
  await actOnTasks(queue, { action: 'cancel', which, dry_run: true });
  for (const _ of [1, 2]) await actOnTasks(queue, { action: 'cancel', which });
  expect(heard.slice(1)).toEqual([{ action: 'cancel', count: 1 }]);
  // One that runs is only asked to stop: its worker tells of its end.
  const [running] = await enqueueMany(queue, 1);
  await claimAll(queue);
  expect(await actOnTasks(queue, { action: 'cancel', which: { ids: [running!] } })).toMatchObject({
    changed: 1,
  });
  expect(heard).toHaveLength(2);
});

test('a hundred racing retries of one dead letter queue it once', async () => {
  const queue = await testQueue();
  const [id] = await makeDead(queue, 1, 'Boom');
  const retries = await Promise.allSettled(Array.from({ length: 100 }, () => retryTask(queue, id!)));
  expect(retries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await claimAll(queue)).toHaveLength(1);
});

test('a dismissed letter stays failed and leaves the list; dismissing what is none is refused', async () => {
  const queue = await testQueue();
  const [id] = await makeDead(queue, 1, 'Boom');
  await dismissTask(queue, id!);
  expect(await getTask(queue, id!)).toMatchObject({ status: 'failed' });
  expect(await listDeadTasks(queue, { limit: 1 })).toMatchObject({ items: [] });
  await expect(dismissTask(queue, id!)).rejects.toThrow(TaskConflict);
  expect(await retryTask(queue, id!)).toMatchObject({ status: 'queued' });
});

test('many letters at once: a dry run counts, the run changes exactly those', async () => {
  const queue = await testQueue();
  await makeDead(queue, 60, 'Boom');
  await makeDead(queue, 20, 'Bang');
  const filter = { error_type: 'Boom' };
  expect(await actOnTasks(queue, { action: 'retry', which: { filter }, dry_run: true })).toEqual({
    matched: 60,
    changed: 0,
    more: false,
  });
  expect(await actOnTasks(queue, { action: 'retry', which: { filter } })).toEqual({
    matched: 60,
    changed: 60,
    more: false,
  });
  expect(await actOnTasks(queue, { action: 'dismiss', which: { filter: { actor: 'echo' } } })).toEqual({
    matched: 20,
    changed: 20,
    more: false,
  });
  expect(await claimAll(queue, { want: 200 })).toHaveLength(60);
});

test('cancelling many: pending ones at once, running ones are asked; ids and filters alike', async () => {
  const queue = await testQueue();
  const ids = await enqueueMany(queue, 1_200, { workflow_run_id: 'run' });
  await enqueueMany(queue, 5, { workflow_run_id: 'run', delay_ms: 60_000 });
  const [other] = await enqueueMany(queue, 1, { workflow_run_id: 'else' });
  const held = (await claimAll(queue, { want: 10 })).filter(task => task._id !== other);
  const filter = { workflow_run_id: 'run' };
  expect(await actOnTasks(queue, { action: 'cancel', which: { filter } })).toEqual({
    matched: 1_205,
    changed: 1_205,
    more: false,
  });
  expect(await actOnTasks(queue, { action: 'cancel', which: { filter } })).toMatchObject({ matched: 0 });
  const { cancelled } = await updateHeartbeat(queue, 'w1', held);
  expect(cancelled).toHaveLength(held.length);
  expect(await queue.tasks.countDocuments({ status: 'cancelled' })).toBe(1_205 - held.length);
  expect(await actOnTasks(queue, { action: 'retry', which: { ids: ids.slice(-3) } })).toMatchObject({
    changed: 3,
  });
});
