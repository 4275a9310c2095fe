// What a claim round reads: open lanes and candidates (slots: slots.ts). Covered by indexes; nothing here writes.
import type { Document } from 'mongodb';
import type { Lane } from '../lanes/lane.ts';
import type { Queue } from '../queue.ts';
import type { Task } from '../task.ts';

/** A round reads at most this many lanes: above about 200 mongod answers the merged query by a full sort. */
export const pageSize = 64;

/** What the `ready` index knows of a queued task. */
export type Candidate = Pick<Task, '_id' | 'lane' | 'priority' | 'ready_at'>;

// Seconds would mean that something is badly wrong; the round is tried again.
export const readMs = { maxTimeMS: 2_000 };

/** The best open lanes in which one of these actors has, or had, tasks: by head, then least recently served. */
export async function readOpenLanes(queue: Queue, actors: readonly string[]): Promise<Lane[]> {
  const rested = [{ cooldown_until: { $exists: false } }, { $expr: { $lte: ['$cooldown_until', '$$NOW'] } }];
  return queue.lanes
    .find({ open: true, paused: false, actors: { $in: [...actors] }, $or: rested }, readMs)
    .sort({ head: -1, turn: 1 })
    .limit(pageSize)
    .hint('open')
    .toArray();
}

const candidateFields = { _id: 1, lane: 1, priority: 1, ready_at: 1 } as const;
const readyOrder = { priority: -1, ready_at: 1, _id: 1 } as const;

/** The first `limit` candidates over lanes that no limit binds, merge-sorted by the index: keys examined = lanes + limit. */
export async function readMerged(
  queue: Queue,
  lanes: readonly string[],
  limit: number,
): Promise<Candidate[]> {
  if (lanes.length === 0) return [];
  return queue.tasks
    .find({ status: 'queued', lane: { $in: [...lanes] } }, { projection: candidateFields, ...readMs })
    .sort(readyOrder)
    .limit(limit)
    .hint('ready')
    .toArray();
}

/** How many candidates to read from one lane; `actors` only where others' tasks wait there too (costs fetches). */
export interface LaneShare {
  lane: string;
  count: number;
  actors?: readonly string[];
}

/**
 * The first candidates of each lane by itself, in one command: a deep lane cannot hide a shallow one.
 * Measured at 64 lanes: a third of the time of 64 finds.
 */
export async function readPerLane(queue: Queue, shares: readonly LaneShare[]): Promise<Candidate[]> {
  const [first, ...others] = shares.map(firstOfLane);
  if (!first) return [];
  const unions = others.map(pipeline => ({ $unionWith: { coll: queue.tasks.collectionName, pipeline } }));
  return queue.tasks.aggregate<Candidate>([...first, ...unions], readMs).toArray();
}

function firstOfLane({ lane, count, actors }: LaneShare): Document[] {
  const match = { status: 'queued', lane, ...(actors && { actor: { $in: [...actors] } }) };
  return [{ $match: match }, { $sort: readyOrder }, { $limit: count }, { $project: candidateFields }];
}

/** The best waiting priority of each lane that has anything queued. */
export async function readHeads(queue: Queue, lanes: readonly string[]): Promise<Map<string, number>> {
  const heads = new Map<string, number>();
  for (let at = 0; at < lanes.length; at += pageSize) {
    const page = lanes.slice(at, at + pageSize).map(lane => ({ lane, count: 1 }));
    for (const { lane, priority } of await readPerLane(queue, page)) heads.set(lane, priority);
  }
  return heads;
}
