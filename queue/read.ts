// Reading tasks: by id, by workflow run, newest first; and the seed's read-only looks at the queue.
import { lookInto, readMerged, readOpenLanes } from './claim/candidates.ts';
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
  return queue.tasks.find({ workflow_run_id }, readMs).sort({ _id: -1 }).limit(limit).hint('run').toArray();
}

export interface TaskPage {
  items: Task[];
  /** Give it back as `cursor` for the next page; null on the last one. */
  next_cursor: string | null;
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
