// The raw ceiling: what this mongod does of the three writes that a task is, with nothing around them.
import { byPosition, heldBy } from '../queue/batch.ts';
import { newTaskId } from '../queue/ids.ts';
import type { Queue } from '../queue/index.ts';
import { move } from '../queue/states.ts';
import type { Task } from '../queue/task.ts';

const batch = 200;
const inFlight = 4;

/** Inserts, claims and completes `count` tasks in blind batches: no lanes, no candidates, no read-back. */
export async function writeBlindly(queue: Queue, count: number): Promise<void> {
  const now = await queue.clock.now();
  const ids = Array.from({ length: count }, () => newTaskId(now));
  const batches = Array.from({ length: Math.ceil(count / batch) }, (_, n) =>
    ids.slice(n * batch, (n + 1) * batch),
  );
  const writers = Array.from({ length: inFlight }, async (_, writer) => {
    for (let n = writer; n < batches.length; n += inFlight) await writeBatch(queue, batches[n]!, now);
  });
  await Promise.all(writers);
}

async function writeBatch(queue: Queue, ids: string[], now: Date): Promise<void> {
  await queue.tasks.insertMany(
    ids.map((id, n) => blindTask(id, n, now)),
    { ordered: false },
  );
  const named = { worker_id: 'raw', claim: 'raw.1' };
  await queue.tasks.updateMany({ _id: { $in: ids }, status: 'queued' }, move('claim', { set: named }), {
    hint: { _id: 1 },
  });
  const refs = ids.map((_id, n) => ({ _id, lane: laneOf(n), claim: 'raw.1' }));
  const results = byPosition(
    ids,
    ids.map((_, n) => ({ n })),
  );
  await queue.tasks.updateMany(heldBy(refs), move('complete', { set: { result: results } }), {
    hint: { _id: 1 },
  });
}

const laneOf = (n: number) => `echo#${n % 4}`;

function blindTask(_id: string, n: number, now: Date): Task {
  return {
    _id,
    actor: 'echo',
    lane: laneOf(n),
    concurrency_identifier: null,
    concurrency_limit: null,
    status: 'queued',
    priority: 0,
    payload: { n },
    max_retries: 3,
    created_at: now,
    ready_at: now,
    attempt: 0,
    retry_count: 0,
    rev: 1,
    attempts: [],
  };
}
