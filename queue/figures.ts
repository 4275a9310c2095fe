// Figures of all workers together, for monitoring: how long tasks waited and ran, how attempts ended. Workers add what they
// counted since the last time, so the sums outlive every worker. They are statistics, not the truth: tasks are.
import type { AnyBulkWriteOperation } from 'mongodb';
import type { Queue } from './queue.ts';
import type { AttemptOutcome } from './task.ts';

/** Upper bounds of the buckets, in seconds; what is beyond the last is in one more. Workers count by them, servers show them. */
export const figureBounds = {
  task_queue_delay_seconds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800],
  task_execution_seconds: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 240, 300, 600],
} as const;

/** What a figure is of: a histogram of seconds by actor (and outcome), or a plain number of events, of an actor or not. */
export type FigureName =
  | { name: 'task_queue_delay_seconds'; actor: string }
  | { name: 'task_execution_seconds'; actor: string; outcome: AttemptOutcome }
  | { name: `${string}_total`; actor?: string };

/** `counts[n]` are the values of the n-th bucket and of no earlier one; of a plain number only `count` is kept. */
export type Figure = FigureName & { count: number; sum: number; counts: number[] };

/** A document of `figures`. */
export interface FigureRecord {
  _id: string;
  name: string;
  actor?: string;
  outcome?: AttemptOutcome;
  count: number;
  sum: number;
  /** By bucket number; those that are still 0 may be missing. */
  counts: Record<string, number>;
  /** What came in one minute of the database's clock, and in the one before it. */
  recent?: { minute: number; counts: number[]; before: number[] };
}

/**
 * Adds to the stored figures, with one command. When its answer is lost, adding again may count twice: nothing is decided by
 * a figure.
 */
export async function addFigures(queue: Queue, figures: readonly Figure[]): Promise<void> {
  const lately = figures.filter(({ counts }) => counts.length > 0).map(recently);
  if (figures.length > 0)
    await queue.figures.bulkWrite([...figures.map(addition), ...lately], { ordered: false });
}

const idOf = ({ count: _count, sum: _sum, counts: _counts, ...named }: Figure) =>
  Object.values(named).join(' ');

function addition({ count, sum, counts, ...named }: Figure): AnyBulkWriteOperation<FigureRecord> {
  const filled = counts.flatMap((value, bucket) => (value > 0 ? [[`counts.${bucket}`, value]] : []));
  return {
    updateOne: {
      filter: { _id: Object.values(named).join(' ') },
      update: { $setOnInsert: named, $inc: { count, sum, ...Object.fromEntries(filled) } },
      upsert: true,
    },
  };
}

const minuteMs = 60_000;

/** Adds to the counts of this minute; those of another one have become those of the minute before, or are forgotten. */
function recently(figure: Figure): AnyBulkWriteOperation<FigureRecord> {
  const minute = { $floor: { $divide: [{ $toLong: '$$NOW' }, minuteMs] } };
  const age = { $subtract: [minute, { $ifNull: ['$recent.minute', 0] }] };
  const current = { $cond: [{ $eq: [age, 0] }, '$recent.counts', []] };
  const added = (bucket: number, count: number) => ({
    $add: [{ $ifNull: [{ $arrayElemAt: [current, bucket] }, 0] }, count],
  });
  const before = {
    $cond: [{ $eq: [age, 0] }, '$recent.before', { $cond: [{ $eq: [age, 1] }, '$recent.counts', []] }],
  };
  const counts = figure.counts.map((count, bucket) => added(bucket, count));
  return {
    updateOne: { filter: { _id: idOf(figure) }, update: [{ $set: { recent: { minute, counts, before } } }] },
  };
}

/** What came in the sixty seconds before `now`, by bucket; the older minute counts by the part of it that lies within. */
export function recentCounts({ recent }: Pick<FigureRecord, 'recent'>, now: Date): number[] {
  if (!recent) return [];
  const age = Math.floor(now.getTime() / minuteMs) - recent.minute;
  const part = 1 - (now.getTime() % minuteMs) / minuteMs;
  if (age === 1) return recent.counts.map(count => count * part);
  if (age !== 0) return [];
  return recent.counts.map((count, bucket) => count + (recent.before[bucket] ?? 0) * part);
}

/** Actors come and go for years: no reader wants them all. */
const mostFigures = 2_000;

/** The stored figures, at most 2,000: first those of no actor. */
export function readFigures(queue: Queue, options: { maxTimeMS?: number } = {}): Promise<FigureRecord[]> {
  return queue.figures.find({}, options).sort({ actor: 1, _id: 1 }).limit(mostFigures).toArray();
}
