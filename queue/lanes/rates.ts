/*
 * How fast lanes have been lately: workers tell which attempts have ended where, and how long they ran. Older ones fade, so
 * that a lane's document says what is so now, in two numbers and without history. Statistics: nothing is decided by them.
 */
import type { AnyBulkWriteOperation, Document } from 'mongodb';
import type { Queue } from '../queue.ts';

/** A document of `lane_rates`; gone a day after the last attempt. */
export interface LaneRate {
  _id: string;
  /** When something was added last. */
  at: Date;
  /** When the present busy time began. */
  since: Date;
  /** Attempts that ended, each fading by half in 42 s; and the time they ran. */
  ended: number;
  run_ms: number;
}

/** What has ended in a lane since the last time. */
export interface LaneCount {
  lane: string;
  ended: number;
  run_ms: number;
}

/** How fast a lane is. */
export interface Pace {
  /** How long an attempt runs, on average. */
  run_ms: number;
  /** Attempts that end in a millisecond. */
  per_ms: number;
}

/** Gathers what ends until somebody takes it away. */
export interface LaneTally {
  add(lane: string, run_ms: number): void;
  take(): LaneCount[];
}

/** Told of at once; of more lanes than this some are not told of. */
const maxLanes = 1_000;

export function newLaneTally(): LaneTally {
  let counted = new Map<string, LaneCount>();
  return {
    add(lane, run_ms) {
      if (counted.size >= maxLanes && !counted.has(lane)) return;
      const count = counted.get(lane) ?? { lane, ended: 0, run_ms: 0 };
      counted.set(lane, { lane, ended: count.ended + 1, run_ms: count.run_ms + Math.max(0, run_ms) });
    },
    take() {
      const counts = [...counted.values()];
      counted = new Map();
      return counts;
    },
  };
}

const fadeMs = 60_000;
/** A lane where nothing has ended for so long was idle. */
const idleMs = 5 * fadeMs;
/** Of a busy time that has only begun no rate is told as if it had lasted shorter. */
const shortestMs = 5_000;

/** Adds what has ended in lanes, with one command. What is lost or comes twice is only statistics. */
export async function addLaneRates(queue: Queue, counts: readonly LaneCount[]): Promise<void> {
  if (counts.length > 0) await queue.laneRates.bulkWrite(counts.map(addition), { ordered: false });
}

function addition({ lane, ended, run_ms }: LaneCount): AnyBulkWriteOperation<LaneRate> {
  const age = { $subtract: ['$$NOW', { $ifNull: ['$at', '$$NOW'] }] };
  const fading = { $exp: { $divide: [age, -fadeMs] } };
  const faded = (field: string, more: number): Document => ({
    $add: [{ $multiply: [{ $ifNull: [field, 0] }, fading] }, more],
  });
  const since = { $cond: [{ $lt: [age, idleMs] }, { $ifNull: ['$since', '$$NOW'] }, '$$NOW'] };
  const update = [
    { $set: { at: '$$NOW', since, ended: faded('$ended', ended), run_ms: faded('$run_ms', run_ms) } },
  ];
  return { updateOne: { filter: { _id: lane }, update, upsert: true } };
}

/** How fast these lanes are; without those of which nobody has told anything for long. */
export async function readPaces(queue: Queue, lanes: readonly string[]): Promise<Map<string, Pace>> {
  if (lanes.length === 0) return new Map();
  const projection = { ended: 1, run_ms: 1, now: '$$NOW', at: 1, since: 1 };
  const rows = await queue.laneRates
    .find<LaneRate & { now: Date }>({ _id: { $in: [...lanes] } }, { projection, maxTimeMS: 2_000 })
    .toArray();
  return new Map(rows.filter(({ ended }) => ended > 0).map(row => [row._id, paceOf(row, row.now)]));
}

/** Steady work of r a millisecond keeps `ended` at r times the fading time, once it has lasted some of those. */
export function paceOf({ ended, run_ms, at, since }: Omit<LaneRate, '_id'>, now: Date): Pace {
  const age = Math.max(0, now.getTime() - at.getTime());
  const busy = Math.max(shortestMs, now.getTime() - since.getTime());
  const left = ended * Math.exp(-age / fadeMs);
  return { run_ms: run_ms / ended, per_ms: left / (fadeMs * (1 - Math.exp(-busy / fadeMs))) };
}
