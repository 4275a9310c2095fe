// Taking back the tasks of dead workers, and promoting tasks that are due. Safe to run by several at once: every
// change is conditional on what was read.
import { byPosition } from './batch.ts';
import { pokeLanes } from './lanes/poke.ts';
import type { Queue } from './queue.ts';
import { isRemoteId } from './remote.ts';
import { cancelledError } from './settle.ts';
import { allowed, move, type TransitionName } from './states.ts';
import type { Task, TaskError } from './task.ts';
import { finishTrees } from './tree.ts';

/** How many rows one call looks at; call again while it returns this many. */
export const recoverBatch = 200;

export interface RecoveredTask {
  task_id: string;
  worker_id: string | null;
  outcome: 'queued' | 'failed' | 'cancelled';
}

type Stale = Pick<
  Task,
  '_id' | 'lane' | 'claim' | 'heartbeat_at' | 'worker_id' | 'retry_count' | 'max_retries'
> &
  Pick<Task, 'actor' | 'priority' | 'slot' | 'cancel_requested' | 'children_cancelled'>;

/**
 * Takes back tasks whose worker has been silent for longer than the lease: queued again at once, or failed with
 * MaxRetriesExceeded, or cancelled if that was asked for. A heartbeat that arrives in between wins. Also when the
 * database's clock went back by more than a lease: a heartbeat that lies so far ahead was followed by none since.
 */
export async function recoverStaleTasks(
  queue: Queue,
  { lease_ms, limit = recoverBatch }: { lease_ms: number; limit?: number },
): Promise<RecoveredTask[]> {
  const before = { $lt: ['$heartbeat_at', { $subtract: ['$$NOW', lease_ms] }] };
  const ahead = { $gt: ['$heartbeat_at', { $add: ['$$NOW', lease_ms] }] };
  const silent = { $expr: { $or: [before, ahead] } };
  const fields = { _id: 1, lane: 1, claim: 1, heartbeat_at: 1, worker_id: 1, retry_count: 1, max_retries: 1 };
  const stale: Stale[] = await queue.tasks
    .find(
      { status: 'processing', ...silent },
      {
        projection: { ...fields, actor: 1, priority: 1, slot: 1, cancel_requested: 1, children_cancelled: 1 },
      },
    )
    .hint('live')
    .limit(limit)
    .toArray();
  const ready = await finishTrees(queue, stale);
  const recovered = (
    await Promise.all(byTransition(ready).map(([name, tasks]) => recoverBy(queue, name, tasks)))
  ).flat();
  await pokeLanes(queue, recovered);
  return recovered.map(task => tell(queue, task));
}

function byTransition(stale: readonly Stale[]): [TransitionName, Stale[]][] {
  const groups = new Map<TransitionName, Stale[]>();
  for (const task of stale) {
    const { transition } = verdict(task);
    groups.set(transition, [...(groups.get(transition) ?? []), task]);
  }
  return [...groups];
}

/**
 * Takes back those of the tasks that are as they were read, in one statement: a tenth of the time that one write per task
 * takes (measured). When two recoverers take the same tasks at once, each is changed once, but both may be told so.
 */
async function recoverBy(queue: Queue, transition: TransitionName, tasks: Stale[]): Promise<Stale[]> {
  const ids = tasks.map(task => task._id);
  const column = (value: (task: Stale) => unknown) => byPosition(ids, tasks.map(value));
  const asRead = [
    { $eq: [{ $ifNull: ['$claim', null] }, column(({ claim }) => claim ?? null)] },
    { $eq: [{ $ifNull: ['$heartbeat_at', null] }, column(task => task.heartbeat_at ?? null)] },
    // A cancellation that was asked for since has been promised: the next look sees it.
    { $eq: [{ $ifNull: ['$cancel_requested', false] }, column(task => task.cancel_requested ?? false)] },
  ];
  const lanes = [...new Set(tasks.map(task => task.lane))];
  const still = { lane: { $in: lanes }, ...allowed(transition), $expr: { $and: asRead } };
  const update = move(transition, { error: column(task => verdict(task).error) });
  const { matchedCount } = await queue.tasks.updateMany({ _id: { $in: ids }, ...still }, update, {
    hint: { _id: 1 },
  });
  if (matchedCount === tasks.length) return tasks;
  // A recovery takes the claim away: where it still stands, a heartbeat or a settle came first.
  const rows = await queue.tasks.find({ _id: { $in: ids } }, { projection: { claim: 1 } }).toArray();
  const claims = new Map(rows.map(row => [row._id, row.claim]));
  return tasks.filter(({ _id, claim }) => claims.get(_id) !== claim);
}

function tell(queue: Queue, task: Stale): RecoveredTask {
  const { _id: task_id, actor, worker_id = null } = task;
  const { outcome, error } = verdict(task);
  const recovered = { task_id, worker_id, outcome };
  queue.events.emit('task:recovered', { ...recovered, actor });
  if (outcome === 'failed') queue.events.emit('task:dead', { task_id, actor, worker_id, error });
  if (outcome === 'cancelled') queue.events.emit('task:cancelled', { task_id });
  return recovered;
}

interface Verdict {
  transition: TransitionName;
  outcome: RecoveredTask['outcome'];
  error: TaskError;
}

function verdict(task: Stale): Verdict {
  if (task.cancel_requested) return { transition: 'abandon', outcome: 'cancelled', error: cancelledError };
  if (task.retry_count < task.max_retries)
    return { transition: 'recover', outcome: 'queued', error: lostError('LeaseLost', task, 'it runs again') };
  const message = `it had used its ${task.max_retries} retries`;
  return { transition: 'bury', outcome: 'failed', error: lostError('MaxRetriesExceeded', task, message) };
}

function lostError(type: string, { worker_id = 'unknown' }: Stale, then: string): TaskError {
  if (isRemoteId(worker_id))
    return { type, message: 'Worker disconnected', details: { worker_id }, stack_trace: '' };
  const message = `Worker ${worker_id} fell silent while it ran this task; ${then}.`;
  return { type, message, details: { worker_id }, stack_trace: '' };
}

const promoteBatch = 500;

/**
 * Makes due tasks claimable; tells how many, and in how many milliseconds the next one is due (0: more are due now;
 * null: none waits).
 */
export async function promoteDueTasks(
  queue: Queue,
): Promise<{ promoted: number; next_in_ms: number | null }> {
  const first = await nextDue(queue);
  if (!first || first.run_at > first.now)
    return { promoted: 0, next_in_ms: first && first.run_at - first.now };
  // `now` is the database's own clock, read beside the row: the comparison below can use the index.
  const due = await queue.tasks
    .find(
      { status: 'scheduled', run_at: { $lte: new Date(first.now) } },
      { projection: { actor: 1, lane: 1, priority: 1 } },
    )
    .sort({ run_at: 1 })
    .limit(promoteBatch)
    .hint('due')
    .toArray();
  const { matchedCount } = await queue.tasks.updateMany(
    { _id: { $in: due.map(task => task._id) }, ...allowed('promote'), run_at: { $lte: new Date(first.now) } },
    move('promote'),
  );
  await pokeLanes(queue, due);
  if (matchedCount > 0) queue.events.emit('task:promoted', { count: matchedCount });
  const next = await nextDue(queue);
  return { promoted: matchedCount, next_in_ms: next && Math.max(0, next.run_at - next.now) };
}

async function nextDue(queue: Queue): Promise<{ run_at: number; now: number } | null> {
  const [row] = await queue.tasks
    .find<{ run_at: Date; now: Date }>(
      { status: 'scheduled' },
      { projection: { _id: 0, run_at: 1, now: '$$NOW' } },
    )
    .sort({ run_at: 1 })
    .limit(1)
    .hint('due')
    .toArray();
  return row ? { run_at: row.run_at.getTime(), now: row.now.getTime() } : null;
}
