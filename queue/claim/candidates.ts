// What a claim round reads: open lanes and candidates (slots: slots.ts). Covered by indexes; nothing here writes.
import type { Document } from 'mongodb';
import { goOnFrom, lanesToSkip } from '../lanes/beyond.ts';
import { anyone, isPartition, type Lane, type Look, limitBounds, maxNamed } from '../lanes/lane.ts';
import type { Queue } from '../queue.ts';
import type { Task } from '../task.ts';
import { unite } from '../unite.ts';

/** A round reads at most this many lanes: above about 200 mongod answers the merged query by a full sort. */
export const pageSize = 64;

/** What the `ready` index knows of a queued task. */
export type Candidate = Pick<Task, '_id' | 'lane' | 'priority' | 'ready_at'>;

// Seconds would mean that something is badly wrong; the round is tried again.
export const readMs = { maxTimeMS: 2_000 };

/**
 * The best open lanes in which one of these actors may have tasks: by head, then least recently served. A full page; while
 * heads are those of others (beyond.ts), a quarter of it are lanes from further back, others in every round.
 */
export async function readOpenLanes(queue: Queue, actors: readonly string[]): Promise<Lane[]> {
  const page = await findOpenLanes(queue, actors, 0, pageSize);
  const skip = page.length === pageSize ? lanesToSkip(queue, pageSize) : null;
  if (skip === null) return page;
  const behind = await findOpenLanes(queue, actors, skip, pageBehind);
  goOnFrom(queue, behind.length === pageBehind ? skip + pageBehind : null);
  const seen = new Set(behind.map(lane => lane._id));
  const best = page.filter(lane => !seen.has(lane._id)).slice(0, pageSize - behind.length);
  return [...best, ...behind];
}

const pageBehind = pageSize / 4;

async function findOpenLanes(
  queue: Queue,
  actors: readonly string[],
  skip: number,
  limit: number,
): Promise<Lane[]> {
  const rested = [{ cooldown_until: { $exists: false } }, { $expr: { $lte: ['$cooldown_until', '$$NOW'] } }];
  // Whoever serves nearly everybody may walk over the lanes of the others.
  const hint = actors.length > maxNamed ? 'open' : 'waiting';
  const page = await queue.lanes
    .find({ open: true, paused: false, waiting: { $in: [...actors, anyone] }, $or: rested }, readMs)
    .sort({ head: -1, turn: 1 })
    .skip(skip)
    .limit(limit)
    .hint(hint)
    .toArray();
  return page.map(lane => ({ ...lane, limit: limitOf(lane) }));
}

/**
 * Limited tasks run in slots also where somebody took the limit of their key away: that is the highest one there is.
 * Without slots the validator would refuse them, and with them the whole claim; and a limit set later could not count them.
 */
function limitOf({ _id, limit }: Lane): number | null {
  return limit ?? (isPartition(_id) ? null : limitBounds.max);
}

/** Those of a worker's actors that may have tasks in a lane, with the mark of the lane that says so. */
export function lookInto({ _id: lane, waiting, actors }: Lane, served: ReadonlySet<string>): Look {
  if (!waiting.includes(anyone)) return { lane, actors: waiting.filter(actor => served.has(actor)) };
  return { lane, actors: [...actors.filter(actor => served.has(actor)), anyone] };
}

const candidateFields = { _id: 1, lane: 1, priority: 1, ready_at: 1 } as const;
const readyOrder = { priority: -1, ready_at: 1, _id: 1 } as const;

/** The first `limit` candidates over lanes that no limit binds, merge-sorted by the index: keys examined = lanes + limit. */
export async function readMerged(queue: Queue, looks: readonly Look[], limit: number): Promise<Candidate[]> {
  const lanesOf = new Map<string, string[]>();
  for (const { lane, actors } of looks)
    for (const actor of actors) lanesOf.set(actor, [...(lanesOf.get(actor) ?? []), lane]);
  if (lanesOf.size === 0) return [];
  // Each with the whole condition: a third less time in mongod than with `status` beside the $or.
  const anyOf = [...lanesOf].map(([actor, lanes]) => ({
    status: 'queued' as const,
    actor,
    lane: { $in: lanes },
  }));
  return queue.tasks
    .find({ $or: anyOf }, { projection: candidateFields, ...readMs })
    .sort(readyOrder)
    .limit(limit)
    .hint('queued')
    .toArray();
}

/** How many candidates of these actors to read from one lane. */
export interface LaneShare extends Look {
  count: number;
}

/**
 * The first candidates of each lane by itself, in one command: a deep lane cannot hide a shallow one.
 * Measured at 64 lanes: a third of the time of 64 finds.
 */
export async function readPerLane(queue: Queue, shares: readonly LaneShare[]): Promise<Candidate[]> {
  const pipelines = shares.flatMap(inParts).map(firstOfLane);
  if (pipelines.length === 0) return [];
  // One answer, not two.
  return queue.tasks.aggregate<Candidate>(unite(queue, pipelines), { ...readMs, batchSize: 1_000 }).toArray();
}

/** So few actors at once that mongod merges them: an unlikely crowd gets `count` candidates of each part. */
function inParts({ actors, ...share }: LaneShare): LaneShare[] {
  return Array.from({ length: Math.ceil(actors.length / maxNamed) }, (_, part) => ({
    ...share,
    actors: actors.slice(part * maxNamed, (part + 1) * maxNamed),
  }));
}

function firstOfLane({ lane, count, actors }: LaneShare): Document[] {
  const match = { status: 'queued', actor: { $in: [...actors] }, lane };
  return [{ $match: match }, { $sort: readyOrder }, { $limit: count }, { $project: candidateFields }];
}

/** The best priority that waits in each lane where one of the actors looked for has anything queued. */
export async function readHeads(queue: Queue, looks: readonly Look[]): Promise<Map<string, number>> {
  const heads = new Map<string, number>();
  for (let at = 0; at < looks.length; at += pageSize) {
    const page = looks.slice(at, at + pageSize).map(look => ({ ...look, count: 1 }));
    for (const { lane, priority } of await readPerLane(queue, page))
      heads.set(lane, Math.max(priority, heads.get(lane) ?? priority));
  }
  return heads;
}
