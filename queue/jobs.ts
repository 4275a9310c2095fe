// Reading the tasks that tasks spawned, newest first.
import type { Filter } from 'mongodb';
import { InvalidInput } from './errors.ts';
import { isTaskId } from './ids.ts';
import type { Queue } from './queue.ts';
import type { TaskPage } from './read.ts';
import { type Task, type TaskStatus, taskStatuses } from './task.ts';
import { type Walk, walk } from './walk.ts';

export interface JobFilter {
  parent_id?: string | undefined;
  /** Any of these; all by default. */
  status?: readonly TaskStatus[] | undefined;
}

const readMs = { maxTimeMS: 2_000 };

/** One task that a task spawned; null also for a task that none did. */
export async function getJob(queue: Queue, task_id: string): Promise<Task | null> {
  return queue.tasks.findOne({ _id: task_id, parent_id: { $gt: '' } }, readMs);
}

/** A page of spawned tasks, the latest first. Throws InvalidInput for a cursor that is not this list's. */
export async function listJobs(
  queue: Queue,
  { parent_id, status, limit, cursor }: JobFilter & { limit: number; cursor?: string | undefined },
): Promise<TaskPage> {
  const before = cursor === undefined ? {} : readCursor(cursor);
  const order = { created_at: -1, _id: -1 } as const;
  const of = (asked: readonly TaskStatus[]) => ({ status: { $in: [...asked] } });
  // By status the index is read once per status and merged: no sort, however many there are.
  const way: Walk =
    parent_id === undefined
      ? {
          along: { ...of(status ?? taskStatuses), ...before, parent_id: { $gt: '' } },
          hint: 'jobs',
          order,
          rest: {},
        }
      : { along: { ...before, parent_id }, hint: 'children', order, rest: status ? of(status) : {} };
  const { tasks, stopped } = await walk(queue, way, limit + 1);
  const items = tasks.slice(0, limit);
  const last = tasks.length > limit ? items.at(-1) : stopped;
  return { items, next_cursor: last ? writeCursor(last) : null };
}

function writeCursor({ created_at, _id }: Pick<Task, 'created_at' | '_id'>): string {
  return Buffer.from(`${created_at.getTime()}.${_id}`).toString('base64url');
}

function readCursor(cursor: string): Filter<Task> {
  const [, moment, task_id] = /^(\d{1,15})\.(.+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (!moment || !task_id || !isTaskId(task_id))
    throw new InvalidInput([{ pointer: '/cursor', detail: 'is not a cursor of this list' }]);
  const at = new Date(Number(moment));
  return {
    created_at: { $lte: at },
    $or: [{ created_at: { $lt: at } }, { created_at: at, _id: { $lt: task_id } }],
  };
}
