/*
 * Removing lanes that nobody needs. Keys come and go with payloads, and each leaves a document behind that says nothing any
 * more: whoever stores a task under that key makes the lane anew, with the limit that its actor declares.
 *
 * A lane goes when it has been idle for a day, by its own mark (`idle_at`): set where nobody waits, taken off by whoever
 * says that somebody may, before (prepare.ts) and after (poke.ts) a task is stored there. The delete names the mark again, and
 * mongod applies one of two writes to a document first:
 *
 *   poke, then delete: the mark is gone, and nothing is deleted.
 *   delete, then poke: the poke finds no lane and makes it anew (restore.ts); if its process has died, the janitor does.
 *
 * What stays: what somebody paused, limited by hand or gave a rest that is not over; keys that the code of an actor names,
 * which the catalog bounds; lanes whose tasks are scheduled or run. History needs no lane: every attempt tells its own limit.
 */
import type { Document } from 'mongodb';
import { listLimitedActors } from '../catalog.ts';
import type { Queue } from '../queue.ts';
import { isRouteLane, jobsLane, routePrefix } from '../route.ts';
import { isPartition, limitSet } from './lane.ts';
import { limitsNamedBy } from './named.ts';
import { forgetLane } from './prepare.ts';

// As long as the pace of a lane is kept (rates.ts), and far longer than a round, a transaction or the memory of a process
// (prepare.ts) lasts: nobody is still under way who took the lane for granted before it was marked.
const idleMs = 24 * 3_600_000;

const isMarked: Document = { $eq: [{ $type: '$idle_at' }, 'date'] };
const longAgo: Document = { $lt: ['$idle_at', { $subtract: ['$$NOW', idleMs] }] };
const rested: Document = { $lte: [{ $ifNull: ['$cooldown_until', '$$NOW'] }, '$$NOW'] };
const untouched: Document = {
  $and: [{ $eq: ['$paused', false] }, { $not: [limitSet] }, rested],
};

/** Whether a lane has been idle for long, and nobody has set anything of it by hand; an expression. */
export const idleTooLong: Document = { $and: [isMarked, longAgo, untouched] };

const nobodyWaits = { open: false, waiting: { $size: 0 } };

/** Marks those of these lanes where nobody waits, from now on. */
export async function markIdle(queue: Queue, names: readonly string[]): Promise<void> {
  const unmarked = { _id: { $in: [...names] }, ...nobodyWaits, idle_at: { $exists: false } };
  await queue.lanes.updateMany(unmarked, { $currentDate: { idle_at: true } });
}

/** Removes those of these lanes that are still idle; returns how many. */
export async function removeIdle(queue: Queue, names: readonly string[]): Promise<number> {
  if (names.length === 0) return 0;
  for (const lane of names) forgetLane(queue, lane);
  const still = { _id: { $in: [...names] }, ...nobodyWaits, $expr: idleTooLong };
  const { deletedCount } = await queue.lanes.deleteMany(still);
  return deletedCount;
}

/** Those of these lanes that nothing declares: no published rule names the key, and no published actor has it as its own. */
export async function findUndeclared(queue: Queue, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const owners = names.flatMap(lane => ownerOf(lane) ?? []);
  const [limited, owning] = await Promise.all([
    listLimitedActors(queue),
    queue.actors.find({ _id: { $in: owners }, deleted: false }, { projection: { _id: 1 } }).toArray(),
  ]);
  const named = limitsNamedBy(limited).map(([key]) => key);
  const keys = new Set([jobsLane, ...named]);
  const published = new Set(owning.map(({ _id }) => _id));
  return names.filter(lane => !keys.has(lane) && !published.has(ownerOf(lane) ?? ''));
}

/** The actor whose lane it is, whatever the payload; null for that of a key. */
function ownerOf(lane: string): string | null {
  if (isRouteLane(lane)) return lane.slice(routePrefix.length);
  return isPartition(lane) ? lane.slice(0, lane.indexOf('#')) : null;
}
