// The last hours by minutes and actors: how many attempts ended and how, and how long tasks waited for their claim. Added up
// with the figures of workers (figures.ts), and gone after a day; statistics, not the truth.
import type { AnyBulkWriteOperation } from 'mongodb';
import type { Figure } from './figures.ts';
import { quantileMs } from './quantile.ts';
import type { Queue } from './queue.ts';
import type { AttemptOutcome } from './task.ts';

/** A document of `figure_minutes`. */
export interface MinuteRecord {
  _id: string;
  at: Date;
  actor: string;
  /** Attempts by how they ended; those that are still 0 are missing. */
  ended?: Partial<Record<AttemptOutcome, number>>;
  /** Tasks that ended as failed, and attempts after which a task is tried again: whatever the attempt came to. */
  failed?: number;
  retried?: number;
  /** Claims by the bucket of their delay; those that are still 0 are missing. */
  delays?: Record<string, number>;
}

/** One minute, over all actors or of one. */
export interface Minute {
  at: Date;
  completed: number;
  /** Tasks that ended as failed, whatever their last attempt came to. */
  failed: number;
  /** Attempts that are tried again: failed, out of time, or of a lost worker. */
  retried: number;
  delay_ms: { p50: number | null; p99: number | null };
}

const minuteMs = 60_000;
const startOf = (moment: number) => moment - (moment % minuteMs);

/** Adds what was counted since the last time to the present minute, with one command. */
export async function addMinutes(queue: Queue, figures: readonly Figure[]): Promise<void> {
  const byActor = new Map<string, Record<string, number>>();
  for (const figure of figures) {
    if (figure.actor === undefined) continue;
    byActor.set(figure.actor, { ...byActor.get(figure.actor), ...incrementsOf(figure) });
  }
  if (byActor.size === 0) return;
  const at = startOf((await queue.clock.now()).getTime());
  const additions = [...byActor].map(
    ([actor, $inc]): AnyBulkWriteOperation<MinuteRecord> => ({
      updateOne: {
        filter: { _id: `${at} ${actor}` },
        update: { $setOnInsert: { at: new Date(at), actor }, $inc },
        upsert: true,
      },
    }),
  );
  await queue.minutes.bulkWrite(additions, { ordered: false });
}

function incrementsOf(figure: Figure): Record<string, number> {
  if (figure.name === 'task_execution_seconds') return { [`ended.${figure.outcome}`]: figure.count };
  if (figure.name === 'tasks_dead_total') return { failed: figure.count };
  if (figure.name === 'tasks_tried_again_total') return { retried: figure.count };
  if (figure.name !== 'task_queue_delay_seconds') return {};
  const filled = figure.counts.flatMap((count, bucket) => (count > 0 ? [[`delays.${bucket}`, count]] : []));
  return Object.fromEntries(filled);
}

/** More actors than this in an hour are not all counted. */
const maxRecords = 20_000;

/** The last minutes, the oldest first, the last one not over yet; those without anything too. */
export async function readMinutes(queue: Queue, last: number, actor?: string): Promise<Minute[]> {
  const now = startOf((await queue.clock.now()).getTime());
  const from = now - (last - 1) * minuteMs;
  const records = await queue.minutes
    .find({ at: { $gte: new Date(from) }, ...(actor !== undefined && { actor }) }, { maxTimeMS: 2_000 })
    .sort({ at: 1 })
    .limit(maxRecords)
    .toArray();
  const byMinute = new Map<number, MinuteRecord[]>();
  for (const record of records) {
    const minute = byMinute.get(record.at.getTime());
    if (minute) minute.push(record);
    else byMinute.set(record.at.getTime(), [record]);
  }
  return Array.from({ length: last }, (_, n) => {
    const at = from + n * minuteMs;
    return sumUp(new Date(at), byMinute.get(at) ?? []);
  });
}

function sumUp(at: Date, records: readonly MinuteRecord[]): Minute {
  const sum = (countOf: (record: MinuteRecord) => number | undefined) =>
    records.reduce((all, record) => all + (countOf(record) ?? 0), 0);
  const delays: number[] = [];
  for (const { delays: counts = {} } of records)
    for (const [bucket, count] of Object.entries(counts))
      delays[Number(bucket)] = (delays[Number(bucket)] ?? 0) + count;
  const filled = Array.from(delays, count => count ?? 0);
  return {
    at,
    completed: sum(({ ended }) => ended?.completed),
    failed: sum(({ failed }) => failed),
    retried: sum(({ retried }) => retried),
    delay_ms: { p50: quantileMs(filled, 0.5), p99: quantileMs(filled, 0.99) },
  };
}
