// Reading tasks: by id, by workflow run, newest first; and the seed's read-only looks at the queue.
import type { Filter } from 'mongodb';
import { lookInto, readMerged, readOpenLanes } from './claim/candidates.ts';
import { InvalidInput } from './errors.ts';
import { isTaskId } from './ids.ts';
import type { Queue } from './queue.ts';
import { terminalStatuses } from './states.ts';
import type { Task } from './task.ts';

const readMs = { maxTimeMS: 2_000 };

/** One task, or null. */
export async function getTask(queue: Queue, task_id: string): Promise<Task | null> {
  return queue.tasks.findOne({ _id: task_id }, readMs);
}

/** The tasks of these ids that exist, in no order. */
export async function getTasks(queue: Queue, task_ids: readonly string[]): Promise<Task[]> {
  if (task_ids.length === 0) return [];
  return queue.tasks.find({ _id: { $in: [...task_ids] } }, readMs).toArray();
}

/** Those of these ids whose task exists and has not ended. */
export async function findLive(queue: Queue, task_ids: readonly string[]): Promise<Set<string>> {
  const live = { _id: { $in: [...task_ids] }, status: { $nin: [...terminalStatuses] } };
  const rows = await queue.tasks
    .find(live, { projection: { _id: 1 }, hint: { _id: 1 }, ...readMs })
    .toArray();
  return new Set(rows.map(task => task._id));
}

/** The newest tasks of a workflow run. */
export async function getTasksForWorkflow(
  queue: Queue,
  workflow_run_id: string,
  limit = 100,
): Promise<Task[]> {
  return queue.tasks
    .find({ workflow_run_id }, readMs)
    .sort({ created_at: -1 })
    .limit(limit)
    .hint('wf')
    .toArray();
}

export interface TaskPage {
  items: Task[];
  /** Give it back as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
}

/** A page of tasks, newest first by their ids, which rise with time. */
export async function listTasks(
  queue: Queue,
  { limit, cursor, workflow_run_id }: { limit: number; cursor?: string; workflow_run_id?: string },
): Promise<TaskPage> {
  const filter: Filter<Task> = {
    ...(workflow_run_id !== undefined && { workflow_run_id }),
    ...(cursor !== undefined && { _id: { $lt: readCursor(cursor) } }),
  };
  const rows = await queue.tasks
    .find(filter, readMs)
    .sort({ _id: -1 })
    .limit(limit + 1)
    .toArray();
  const items = rows.slice(0, limit);
  return { items, next_cursor: rows.length > limit ? writeCursor(items.at(-1)!._id) : null };
}

function writeCursor(task_id: string): string {
  return Buffer.from(task_id).toString('base64url');
}

function readCursor(cursor: string): string {
  const task_id = Buffer.from(cursor, 'base64url').toString();
  if (!isTaskId(task_id))
    throw new InvalidInput([{ pointer: '/cursor', detail: 'is not a cursor of this list' }]);
  return task_id;
}

/** The task that the next claim of a worker with all these actors would look at first, or null. A look, not a claim. */
export async function peekNextTask(queue: Queue, actors: readonly string[]): Promise<Task | null> {
  const lanes = await readOpenLanes(queue, actors);
  const served = new Set(actors);
  const [next] = await readMerged(
    queue,
    lanes.map(lane => lookInto(lane, served)),
    1,
  );
  return next ? getTask(queue, next._id) : null;
}

/** How many tasks hold a slot of this key now. */
export async function countProcessing(queue: Queue, concurrency_identifier: string): Promise<number> {
  return queue.tasks.countDocuments(
    { lane: concurrency_identifier, slot: { $gte: 0 } },
    { hint: 'slot', ...readMs },
  );
}
