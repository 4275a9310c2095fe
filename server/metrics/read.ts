// What the database says of the queue at a moment, for metrics: reads of partial indexes, each with a bound, so that
// their cost does not depend on history nor on the depth of a backlog.
import type { Filter } from 'mongodb';
import {
  type FigureRecord,
  type Lane,
  listLiveWorkers,
  type Queue,
  readFigures,
  type Task,
  workerAliveMs,
} from '../../queue/index.ts';
import { fewAtOnce } from '../few-at-once.ts';

interface LaneReading {
  lane: string;
  /** Null: unlimited. */
  limit: number | null;
  queued: number;
  processing: number;
}

export interface QueueReading {
  /** At most 200: those where something runs, then those with claimable work, then those with a limit. */
  lanes: LaneReading[];
  queued: number;
  scheduled: number;
  processing: number;
  dead: number;
  workers: number;
  /** What all workers together have counted. */
  figures: FigureRecord[];
}

/** Labels must be few: every lane is three series for whoever keeps the figures. */
const maxLanes = 200;
/** Counts end here: 0.3 ms for each lane, 30 ms for all of a status. */
const maxInLane = 1_000;
const maxInAll = 100_000;
const maxRunning = 10_000;
const readMs = { maxTimeMS: 2_000 };

/** Reads all of it. Rejects when the database does not answer in time. */
export async function readQueue(queue: Queue): Promise<QueueReading> {
  const count = (filter: Filter<Task>, hint: string) =>
    queue.tasks.countDocuments(filter, { hint, limit: maxInAll, ...readMs });
  const [lanes, queued, scheduled, processing, dead, workers, figures] = await Promise.all([
    readLanes(queue),
    count({ status: 'queued' }, 'queued'),
    count({ status: 'scheduled' }, 'due'),
    count({ status: 'processing' }, 'live'),
    count({ dead: true }, 'dead'),
    listLiveWorkers(queue, workerAliveMs),
    readFigures(queue, readMs),
  ]);
  return { lanes, queued, scheduled, processing, dead, workers: workers.length, figures };
}

async function readLanes(queue: Queue): Promise<LaneReading[]> {
  const running = await readRunning(queue);
  const chosen = await chooseLanes(queue, [...running.keys()]);
  return fewAtOnce(chosen, async ({ _id: lane, limit, actors }) => ({
    lane,
    limit,
    queued: await countWaiting(queue, lane, actors),
    processing: running.get(lane) ?? 0,
  }));
}

function countWaiting(queue: Queue, lane: string, actors: string[]): Promise<number> {
  const waiting = { status: 'queued' as const, actor: { $in: actors }, lane };
  return queue.tasks.countDocuments(waiting, { hint: 'queued', limit: maxInLane, ...readMs });
}

/** Lane → tasks that run there, the busiest lanes first. */
async function readRunning(queue: Queue): Promise<Map<string, number>> {
  const groups = queue.tasks.aggregate<{ _id: string; count: number }>(
    [
      { $match: { status: 'processing' } },
      { $limit: maxRunning },
      { $group: { _id: '$lane', count: { $sum: 1 } } },
      { $sort: { count: -1, _id: 1 } },
      { $limit: maxLanes },
    ],
    { hint: 'live', ...readMs },
  );
  return new Map((await groups.toArray()).map(({ _id, count }) => [_id, count]));
}

async function chooseLanes(
  queue: Queue,
  running: string[],
): Promise<Pick<Lane, '_id' | 'limit' | 'actors'>[]> {
  const options = { projection: { limit: 1, actors: 1 }, limit: maxLanes, ...readMs };
  const found = await Promise.all([
    queue.lanes.find({ _id: { $in: running } }, options).toArray(),
    queue.lanes.find({ open: true }, { ...options, hint: 'open' }).toArray(),
    queue.lanes.find({ limit: { $ne: null } }, options).toArray(),
  ]);
  const lanes = new Map(found.flat().map(lane => [lane._id, lane]));
  return [...lanes.values()].slice(0, maxLanes);
}
