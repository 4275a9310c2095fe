// How deep a lane is, for whoever bounds it.
import type { Queue } from './queue.ts';
import { partitionsOf, routePrefix } from './route.ts';
import type { Task } from './task.ts';

/** What is bounded together: a lane, or all that unlimited tasks of one actor may wait in. */
export interface Backlog {
  name: string;
  lanes: readonly string[];
}

/** Where a new task would wait. */
export function backlogOf({ actor, lane, concurrency_identifier }: Task): Backlog {
  const alone = concurrency_identifier !== null || lane.startsWith(routePrefix);
  return alone ? { name: lane, lanes: [lane] } : { name: `${actor}#`, lanes: partitionsOf(actor) };
}

/** How many tasks are queued there, counted up to `max`: half a millisecond for each thousand. */
export async function countBacklog(queue: Queue, { lanes }: Backlog, max: number): Promise<number> {
  const named = { _id: { $in: [...lanes] } };
  const found = await queue.lanes.find(named, { projection: { actors: 1 }, maxTimeMS: 2_000 }).toArray();
  const actors = [...new Set(found.flatMap(lane => lane.actors))];
  if (actors.length === 0) return 0;
  return queue.tasks.countDocuments(
    { status: 'queued', actor: { $in: actors }, lane: { $in: [...lanes] } },
    { hint: 'queued', limit: max, maxTimeMS: 10_000 },
  );
}
