// Making sure that lanes exist before tasks are stored in them, and what this process remembers of it.
import { type Document, MongoBulkWriteError } from 'mongodb';
import { duplicateKey } from '../errors.ts';
import type { Queue } from '../queue.ts';
import { maxNamed } from './lane.ts';

/** What a task needs its lane to know before it is stored. */
export interface LaneNeed {
  lane: string;
  limit: number | null;
  actor: string;
}

// Forgetting costs one write that changes nothing; a process that serves more keys than this forgets now and then.
const maxRemembered = 20_000;
// A lane is removed only when nobody has asked for it for a day (remove.ts): what is remembered here still exists.
const rememberMs = 3_600_000;
const rememberedSince = new WeakMap<Queue, number>();

/**
 * Makes sure that each lane exists and knows each actor, before tasks are stored in it. The limit counts only for a lane
 * that is new. A lane that this process has seen within the hour is not asked for again: see `forgetLane`.
 */
export async function prepareLanes(queue: Queue, needs: readonly LaneNeed[]): Promise<void> {
  forgetOld(queue);
  const missing = new Map<string, LaneNeed>();
  for (const need of needs)
    if (!queue.preparedLanes.get(need.lane)?.has(need.actor))
      missing.set(`${need.lane}\n${need.actor}`, need);
  if (missing.size === 0) return;
  await upsertLanes(
    queue,
    [...missing.values()].map(({ lane, limit, actor }) => ({
      lane,
      update: { $addToSet: { actors: actor }, $unset: { idle_at: 1 }, $setOnInsert: emptyLane(limit) },
    })),
  );
  for (const { lane, actor } of missing.values()) {
    const known = queue.preparedLanes.get(lane);
    const actors = known && known.size < maxNamed ? known : new Set<string>();
    queue.preparedLanes.set(lane, actors.add(actor));
  }
}

function forgetOld(queue: Queue): void {
  const age = performance.now() - (rememberedSince.get(queue) ?? 0);
  if (age < rememberMs && queue.preparedLanes.size <= maxRemembered) return;
  queue.preparedLanes.clear();
  rememberedSince.set(queue, performance.now());
}

/** A lane that this process believed to exist is gone: the next `prepareLanes` makes it anew. */
export function forgetLane(queue: Queue, lane: string): void {
  queue.preparedLanes.delete(lane);
}

const lowestPriority = -1_000;

function emptyLane(limit: number | null): Document {
  return {
    limit,
    open: false,
    waiting: [],
    rings: 0,
    head: lowestPriority,
    paused: false,
    turn: new Date(0),
  };
}

async function upsertLanes(queue: Queue, lanes: { lane: string; update: Document }[]): Promise<void> {
  const write = () =>
    queue.lanes.bulkWrite(
      lanes.map(({ lane, update }) => ({ updateOne: { filter: { _id: lane }, update, upsert: true } })),
      { ordered: false },
    );
  // Two processes may both insert a new lane: the loser's second try finds it there.
  await write().catch(error => {
    if (error instanceof MongoBulkWriteError && duplicateKey(error, '_id_')) return write();
    throw error;
  });
}
