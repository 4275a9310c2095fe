// Stored history as two streams: every task once, and every limited attempt in the order of lanes and starts.
import type { Document } from 'mongodb';
import { z } from 'zod';
import { limitBounds } from '../lanes/lane.ts';
import type { Queue } from '../queue.ts';
import { type AttemptOutcome, taskStatuses } from '../task.ts';

/** Whether an attempt that ended so raises `retry_count`, unless it was the last of a failed task. */
export const countsAsRetry: Record<AttemptOutcome, boolean> = {
  completed: false,
  failed: false,
  retried: true,
  lost: true,
  released: false,
  cancelled: false,
  timed_out: true,
};
const outcomes = Object.keys(countsAsRetry) as [AttemptOutcome, ...AttemptOutcome[]];

const attemptShape = z.object({
  attempt: z.int().min(1),
  started_at: z.date(),
  ended_at: z.date(),
  outcome: z.enum(outcomes),
  slot: z.int().optional(),
  limit: z.int().optional(),
});

const taskShape = z.object({
  _id: z.string(),
  actor: z.string(),
  lane: z.string(),
  concurrency_identifier: z.string().nullable(),
  concurrency_limit: z.int().nullable(),
  status: z.enum(taskStatuses),
  created_at: z.date(),
  run_at: z.date().optional(),
  started_at: z.date().optional(),
  completed_at: z.date().optional(),
  heartbeat_at: z.date().optional(),
  worker_id: z.string().optional(),
  claim: z.string().optional(),
  slot: z.int().optional(),
  attempt: z.int().min(0),
  retry_count: z.int().min(0),
  attempts: z.array(attemptShape),
  dead: z.literal(true).optional(),
  dedupe_key: z.string().optional(),
  has_result: z.boolean(),
  has_error: z.boolean(),
});

/** What history says of a task, without what users and actors said. */
export type HistoryTask = z.output<typeof taskShape>;
export type HistoryAttempt = HistoryTask['attempts'][number];

/** A document that is not a task, and why. */
export interface Malformed {
  _id: string;
  lane: string;
  problem: string;
}

const isThere = (field: string): Document => ({ $ne: [{ $type: field }, 'missing'] });
const keysOf = (shape: object) => Object.fromEntries(Object.keys(shape).map(name => [name, 1 as const]));
const projection: Document = {
  ...keysOf(taskShape.shape),
  attempts: keysOf(attemptShape.shape),
  has_result: isThere('$result'),
  has_error: isThere('$error'),
};

// Small enough to hold no more than a few megabytes, large enough that round trips do not count.
const batchSize = 200;

/** Every task as it is when it is read, in no order. */
export async function* readTasks(queue: Queue): AsyncGenerator<HistoryTask | Malformed> {
  for await (const document of queue.tasks.find<Document>({}, { projection, batchSize })) {
    const { success, data, error } = taskShape.safeParse(document);
    yield success ? data : malformed(document, error);
  }
}

function malformed({ _id, lane }: Document, { issues }: z.ZodError): Malformed {
  const problem = issues.map(({ path, message }) => `${path.join('.')}: ${message}`).slice(0, 5);
  return { _id: String(_id), lane: String(lane), problem: problem.join('; ') };
}

/** One attempt of a limited task. */
export interface LimitedAttempt {
  task_id: string;
  lane: string;
  attempt: number;
  started_at: Date;
  /** For a running one, the moment that the look began: it lasts at least until then. */
  ended_at: Date;
  slot: number;
  /** The limit that its claim used. */
  limit: number;
  running?: true;
}

/**
 * Every attempt with a slot that was claimed before `until`, ordered by lane, then start. No index serves this order,
 * and none should: it would cost every claim. mongod sorts it on its disk; the first row comes when all are sorted.
 */
export async function* readLimitedAttempts(queue: Queue, until: Date): AsyncGenerator<LimitedAttempt> {
  const rows = queue.tasks.aggregate<LimitedAttempt>(
    [
      {
        $match: { concurrency_identifier: { $ne: null }, attempt: { $gte: 1 }, attempts: { $type: 'array' } },
      },
      { $project: { lane: 1, attempts: { $concatArrays: ['$attempts', runningAttempt(until)] } } },
      { $unwind: '$attempts' },
      { $project: { _id: 0, task_id: '$_id', lane: 1, ...attemptFields } },
      { $match: wellFormed(until) },
      { $sort: { lane: 1, started_at: 1, ended_at: 1 } },
    ],
    { allowDiskUse: true, batchSize },
  );
  yield* rows;
}

const attemptFields = Object.fromEntries(
  ['attempt', 'started_at', 'ended_at', 'slot', 'limit', 'running'].map(name => [name, `$attempts.${name}`]),
);

/** The attempt in the task's own fields, while it is processing. */
function runningAttempt(until: Date): Document {
  const own = {
    attempt: '$attempt',
    started_at: '$started_at',
    ended_at: until,
    slot: '$slot',
    limit: '$concurrency_limit',
    running: true,
  };
  return { $cond: [{ $eq: ['$status', 'processing'] }, [own], []] };
}

/** What is left out here is told as malformed, or as an invalid slot, by the look at its task. */
function wellFormed(until: Date): Document {
  return {
    started_at: { $type: 'date', $lt: until },
    ended_at: { $type: 'date' },
    slot: { $gte: 0, $lt: limitBounds.max },
    limit: { $gte: limitBounds.min },
  };
}
