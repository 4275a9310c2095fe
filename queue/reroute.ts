// Bringing tasks whose rule only code knows from their `route:` lane to their real one, before anyone claims them.

import { readPerLane } from './claim/candidates.ts';
import { closeEmpty } from './lanes/close.ts';
import { limitBounds } from './lanes/lane.ts';
import { setLimit } from './lanes/limits.ts';
import { pokeLanes } from './lanes/poke.ts';
import { prepareLanes } from './lanes/prepare.ts';
import type { Queue } from './queue.ts';
import { getTasks } from './read.ts';
import {
  boundJob,
  identifierProblem,
  jobsLane,
  limitedRoute,
  type Route,
  routePrefix,
  unlimitedRoute,
} from './route.ts';
import type { SpawnRules } from './spawn.ts';
import { allowed, move } from './states.ts';
import type { JsonObject, Task, TaskError } from './task.ts';

/** What an actor's code answers for a payload: its key and limit, or nulls for unlimited. */
export type ConcurrencyInfo = readonly [identifier: string | null, limit: number | null];

const batch = 200;

/**
 * Moves up to 200 waiting tasks of an actor to the lanes that its code names; returns how many it looked at. Each move
 * is one conditional write, so several workers may do this at once. A task that its code cannot place fails for good.
 */
export async function rerouteTasks(
  queue: Queue,
  actor: string,
  getConcurrencyInfo: (payload: JsonObject) => ConcurrencyInfo,
  { jobs_max_concurrency }: SpawnRules = {},
): Promise<number> {
  const lane = routePrefix + actor;
  const look = { lane, actors: [actor] };
  const waiting = await readPerLane(queue, [{ ...look, count: batch }]);
  const tasks = await getTasks(
    queue,
    waiting.map(task => task._id),
  );
  for (const task of tasks) await reroute(queue, task, getConcurrencyInfo, jobs_max_concurrency);
  if (waiting.length < batch) await closeEmpty(queue, [look]);
  return tasks.length;
}

async function reroute(
  queue: Queue,
  task: Task,
  ask: (payload: JsonObject) => ConcurrencyInfo,
  jobsLimit: number | undefined,
): Promise<void> {
  const route = place(task, ask, jobsLimit);
  const waiting = { _id: task._id, lane: task.lane, ...allowed('refuse') };
  if ('type' in route) {
    const { matchedCount } = await queue.tasks.updateOne(
      waiting,
      move('refuse', { error: { $literal: route } }),
    );
    if (matchedCount > 0)
      queue.events.emit('task:dead', { task_id: task._id, actor: task.actor, worker_id: null, error: route });
    return;
  }
  const { lane, concurrency_limit: limit } = route;
  // The lane may have been made under another limit, and of code there is nothing that a start could publish.
  if (limit !== null && lane !== jobsLane) await setLimit(queue, lane, limit, task.actor);
  else await prepareLanes(queue, [{ lane, limit, actor: task.actor }]);
  await queue.tasks.updateOne(waiting, { $set: route, $inc: { rev: 1 } });
  await pokeLanes(queue, [{ ...task, lane }]);
}

function place(
  task: Task,
  ask: (payload: JsonObject) => ConcurrencyInfo,
  jobsLimit: number | undefined,
): Route | TaskError {
  try {
    const [identifier, limit] = ask(task.payload);
    if (identifier === null || limit === null) {
      const spawned = task.parent_id !== undefined;
      return boundJob(unlimitedRoute(task.actor, task._id), spawned ? jobsLimit : undefined);
    }
    const problem = identifierProblem(identifier);
    if (problem) throw new RangeError(`"${identifier}" ${problem}`);
    if (!Number.isInteger(limit) || limit < limitBounds.min || limit > limitBounds.max)
      throw new RangeError(`the limit must be a whole number from 1 to 10,000, not ${limit}`);
    return limitedRoute(identifier, limit);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      type: 'ConcurrencyError',
      message: `Its actor cannot say which limit it obeys: ${reason}`,
      details: {},
      stack_trace: '',
    };
  }
}
