// Dead letters: failed tasks that nobody has retried or dismissed yet. A query, never a second collection.
import type { Filter } from 'mongodb';
import { InvalidInput, TaskConflict, TaskNotFound } from './errors.ts';
import { isTaskId } from './ids.ts';
import { pokeLanes } from './lanes/poke.ts';
import type { Queue } from './queue.ts';
import type { TaskPage } from './read.ts';
import { allowed, move } from './states.ts';
import type { Task } from './task.ts';
import { type Walk, walk } from './walk.ts';

/** Which dead letters: all by default. */
export interface DeadFilter {
  actor?: string | undefined;
  /** The `type` of the error that ended it. */
  error_type?: string | undefined;
}

/** The stored form of a DeadFilter. */
export function deadFilter(filter: DeadFilter): Filter<Task> {
  return { dead: true, ...said(filter) };
}

function said({ actor, error_type }: DeadFilter): Filter<Task> {
  return {
    ...(actor !== undefined && { actor }),
    ...(error_type !== undefined && { 'error.type': error_type }),
  };
}

/** A page of dead letters, the latest death first; short where 10,000 of them hold few that match. Throws InvalidInput for a cursor that is not this list's. */
export async function listDeadTasks(
  queue: Queue,
  { limit, cursor, ...filter }: DeadFilter & { limit: number; cursor?: string | undefined },
): Promise<TaskPage> {
  const before = cursor === undefined ? {} : readCursor(cursor);
  const way: Walk = {
    along: { dead: true, ...before },
    hint: 'dead',
    order: { completed_at: -1, _id: -1 },
    rest: said(filter),
  };
  const { tasks, stopped } = await walk(queue, way, limit + 1);
  const items = tasks.slice(0, limit);
  const last = tasks.length > limit ? items.at(-1) : stopped;
  return { items, next_cursor: last ? writeCursor(last) : null };
}

function writeCursor({ completed_at, _id }: Pick<Task, 'completed_at' | '_id'>): string {
  return Buffer.from(`${completed_at?.getTime()}.${_id}`).toString('base64url');
}

function readCursor(cursor: string): Filter<Task> {
  const [, moment, task_id] = /^(\d{1,15})\.(.+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (!moment || !task_id || !isTaskId(task_id))
    throw new InvalidInput([{ pointer: '/cursor', detail: 'is not a cursor of this list' }]);
  const at = new Date(Number(moment));
  return {
    completed_at: { $lte: at },
    $or: [{ completed_at: { $lt: at } }, { completed_at: at, _id: { $lt: task_id } }],
  };
}

export interface DeadGroup {
  actor: string;
  error_type: string;
  count: number;
  /** The latest death of the group. */
  latest_at: Date;
}

const maxGroups = 200;

/** How many dead letters there are of each actor and error type, the largest groups first; at most 200. */
export async function groupDeadTasks(queue: Queue, filter: DeadFilter = {}): Promise<DeadGroup[]> {
  const rows = await queue.tasks
    .aggregate<{ _id: { actor: string; error_type: string }; count: number; latest_at: Date }>(
      [
        { $match: deadFilter(filter) },
        {
          $group: {
            _id: { actor: '$actor', error_type: '$error.type' },
            count: { $sum: 1 },
            latest_at: { $max: '$completed_at' },
          },
        },
        { $sort: { count: -1, _id: 1 } },
        { $limit: maxGroups },
      ],
      { hint: 'dead', maxTimeMS: 30_000 },
    )
    .toArray();
  return rows.map(({ _id, count, latest_at }) => ({ ..._id, count, latest_at }));
}

/**
 * Queues a failed or cancelled task again: the same id, with all its retries; `attempt` goes on. Throws TaskNotFound,
 * and TaskConflict for a task that is in any other status.
 */
export async function retryTask(
  queue: Queue,
  task_id: string,
): Promise<{ task_id: string; status: 'queued' }> {
  const task = await mustFind(queue, task_id);
  const { matchedCount } = await queue.tasks.updateOne(
    { _id: task_id, lane: task.lane, ...allowed('revive') },
    move('revive'),
  );
  if (matchedCount === 0)
    throw new TaskConflict(`Only failed and cancelled tasks can be retried; this one is ${task.status}.`);
  queue.events.emit('task:revived', { task_id, actor: task.actor, lane: task.lane });
  await pokeLanes(queue, [task]);
  return { task_id, status: 'queued' };
}

/** Takes a task out of the dead letters; it stays failed. Throws TaskNotFound, and TaskConflict when it is none. */
export async function dismissTask(queue: Queue, task_id: string): Promise<void> {
  const { lane, status } = await mustFind(queue, task_id);
  const { matchedCount } = await queue.tasks.updateOne({ _id: task_id, lane, dead: true }, dismissal);
  if (matchedCount === 0) throw new TaskConflict(`The task is not a dead letter: it is ${status}.`);
}

/** Leaves the dead letters without a change of status. */
export const dismissal = [{ $set: { rev: { $add: ['$rev', 1] } } }, { $unset: 'dead' }];

async function mustFind(
  queue: Queue,
  task_id: string,
): Promise<Pick<Task, 'lane' | 'status' | 'actor' | 'priority'>> {
  const fields = { lane: 1, status: 1, actor: 1, priority: 1 };
  const task = await queue.tasks.findOne({ _id: task_id }, { projection: fields });
  if (!task) throw new TaskNotFound(task_id);
  return task;
}
