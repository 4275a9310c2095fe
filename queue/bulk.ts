// Many tasks, a batch at a time: reading them ahead by one batch at most, and one conditional statement per batch.
import type { Document, Filter } from 'mongodb';
import type { Queue } from './queue.ts';
import type { Task } from './task.ts';

const batchSize = 500;
/** One call acts on at most this many tasks. */
const maxBulk = 100_000;

/** What a batch knows of a task. */
export type Row = Pick<Task, '_id' | 'lane' | 'actor' | 'priority'>;

/** What one call has done so far. */
export interface Tally {
  /** Ids of the tasks that it applies to, each once. */
  matched: Set<string>;
  changed: number;
  /** The bound of one call was met. */
  more: boolean;
  /** Only counts. */
  dry: boolean;
}

export function newTally(dry = false): Tally {
  return { matched: new Set(), changed: 0, more: false, dry };
}

/** Counts a batch in; false when that would be too much for one call. */
export function countIn(tally: Tally, batch: readonly Row[]): boolean {
  if (tally.matched.size >= maxBulk) tally.more = true;
  else for (const { _id } of batch) tally.matched.add(_id);
  return !tally.more;
}

export const idsOf = (rows: readonly Row[]): string[] => rows.map(row => row._id);

/** Changes those of the rows that are `still` so; tells how many. */
export async function writeBatch(
  queue: Queue,
  rows: readonly Row[],
  still: Filter<Task>,
  update: Document[],
): Promise<number> {
  const lanes = [...new Set(rows.map(row => row.lane))];
  const filter = { _id: { $in: idsOf(rows) }, lane: { $in: lanes }, ...still };
  const { matchedCount } = await queue.tasks.updateMany(filter, update, { hint: { _id: 1 } });
  return matchedCount;
}

/** The tasks that match, in the order of the index. */
export async function* readBatches(queue: Queue, filter: Filter<Task>, hint: string): AsyncGenerator<Row[]> {
  const fields = { lane: 1, actor: 1, priority: 1 } as const;
  const cursor = queue.tasks.find(filter, { projection: fields, batchSize }).hint(hint);
  let batch: Row[] = [];
  try {
    for await (const row of cursor)
      if (batch.push(row) === batchSize) {
        yield batch;
        batch = [];
      }
    if (batch.length > 0) yield batch;
  } finally {
    await cursor.close();
  }
}
