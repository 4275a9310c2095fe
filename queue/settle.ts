/*
 * Ending attempts: complete, fail, retry, release, stop. Each is one conditional change per task whose filter names
 * the claim, and one statement per batch.
 *
 * A change that matched nothing did not happen: the claim was lost, and the result is dropped. When the answer of the
 * database is lost or doubtful, the tasks are read back: these transitions leave the claim in place, so "my claim, and
 * no longer processing" means that the change is in; "my claim, still processing" means that it is not, and it is
 * sent again. A recoverer removes the claim and so can never be mistaken for the holder.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Document } from 'mongodb';
import { byPosition, heldBy } from './batch.ts';
import { pokeLanes, reopenLanes } from './lanes/poke.ts';
import type { Queue } from './queue.ts';
import { move } from './states.ts';
import type { ClaimedTask, ClaimRef, Json, TaskError } from './task.ts';
import { isTransient } from './transient.ts';

/** `lost`: the claim was no longer in force and nothing was written. */
export type SettleOutcome = 'settled' | 'lost';

/**
 * Completes tasks with their results, in one statement; tells for each, in order, whether it took effect. Resolves
 * after a majority acknowledged it. Results must be storable (storable.ts).
 */
export async function completeTasks(
  queue: Queue,
  completions: readonly { task: ClaimedTask; result: Json }[],
): Promise<SettleOutcome[]> {
  const tasks = completions.map(({ task }) => task);
  const ids = tasks.map(task => task._id);
  const results = byPosition(
    ids,
    completions.map(({ result }) => result),
  );
  const outcomes = await settle(queue, tasks, move('complete', { set: { result: results } }));
  forSettled(tasks, outcomes, task => queue.events.emit('task:completed', named(task)));
  await freeSlots(queue, tasks);
  return outcomes;
}

export interface Failure {
  error: TaskError;
  /** When to try again; null fails the task for good and makes it a dead letter. */
  retry: { delay_ms: number } | null;
  /** Said of an attempt that ran out of its time. */
  outcome?: 'timed_out';
}

/** Ends a failed attempt: the task waits for its retry, holding no slot, or is dead. */
export async function failTask(queue: Queue, task: ClaimedTask, failure: Failure): Promise<SettleOutcome> {
  const { error, retry, outcome } = failure;
  const ended = { error: { $literal: error }, ...(outcome && { outcome }) };
  const update = retry
    ? move('retry', { ...ended, set: { run_at: { $add: ['$$NOW', retry.delay_ms] } } })
    : move('fail', ended);
  const [settled] = await settle(queue, [task], update);
  if (settled === 'settled') {
    if (retry) queue.events.emit('task:retried', { ...named(task), delay_ms: retry.delay_ms, error });
    else queue.events.emit('task:failed', { ...named(task), error });
  }
  await freeSlots(queue, [task]);
  return settled!;
}

/** Gives tasks back unfinished: claimable at once, at their old place, no retry counted. */
export async function releaseTasks(queue: Queue, tasks: readonly ClaimedTask[]): Promise<SettleOutcome[]> {
  const outcomes = await settle(queue, tasks, move('release'));
  forSettled(tasks, outcomes, task => queue.events.emit('task:released', named(task)));
  const heads = new Map<string, number>();
  for (const { lane, priority } of tasks) heads.set(lane, Math.max(priority, heads.get(lane) ?? priority));
  await pokeLanes(queue, heads);
  return outcomes;
}

export const cancelledError: TaskError = {
  type: 'Cancelled',
  message: 'Cancelled on request',
  details: {},
  stack_trace: '',
};

/** Ends a task whose cancellation was requested, once its actor has stopped. */
export async function stopTask(queue: Queue, task: ClaimedTask): Promise<SettleOutcome> {
  const [outcome] = await settle(queue, [task], move('stop', { error: { $literal: cancelledError } }));
  if (outcome === 'settled') queue.events.emit('task:cancelled', { task_id: task._id });
  await freeSlots(queue, [task]);
  return outcome!;
}

// Long enough for an election (10 to 12 s) at 5 s per try; the lease then decides.
const tries = 5;

async function settle(
  queue: Queue,
  tasks: readonly ClaimedTask[],
  update: Document[],
): Promise<SettleOutcome[]> {
  let open: readonly ClaimedTask[] = tasks;
  const lost = new Set<string>();
  for (let tried = 1; open.length > 0; tried++) {
    const answer = await write(queue, open, update, tried < tries);
    if (answer === 'all') break;
    const states = await readStates(queue, open, answer);
    for (const { _id } of open) if (states.get(_id) === 'lost') lost.add(_id);
    open = open.filter(({ _id }) => states.get(_id) === 'held');
    if (open.length > 0) await pause(100 * 2 ** tried);
  }
  for (const task of tasks) if (lost.has(task._id)) queue.events.emit('task:lost', named(task));
  return tasks.map(task => (lost.has(task._id) ? 'lost' : 'settled'));
}

/** `some`: the database answered and did not match all of them. */
type Answer = 'all' | 'some' | 'unknown';

async function write(
  queue: Queue,
  tasks: readonly ClaimRef[],
  update: Document[],
  again: boolean,
): Promise<Answer> {
  try {
    const { matchedCount } = await queue.tasks.updateMany(heldBy(tasks), update, { hint: { _id: 1 } });
    return matchedCount === tasks.length ? 'all' : 'some';
  } catch (error) {
    if (again && isTransient(error)) return 'unknown';
    throw error;
  }
}

type State = 'held' | 'settled' | 'lost';

async function readStates(
  queue: Queue,
  tasks: readonly ClaimRef[],
  answer: Answer,
): Promise<Map<string, State>> {
  const states = await readMajority(queue, tasks);
  if (answer === 'unknown') return states;
  // The primary did not match these, so none of them is held: where a majority does not know it yet, wait for it.
  for (let tried = 1; tried <= tries && [...states.values()].includes('held'); tried++) {
    await pause(20 * 2 ** tried);
    for (const [id, state] of await readMajority(queue, tasks)) states.set(id, state);
  }
  return new Map([...states].map(([id, state]) => [id, state === 'held' ? 'lost' : state]));
}

async function readMajority(queue: Queue, tasks: readonly ClaimRef[]): Promise<Map<string, State>> {
  const ids = tasks.map(task => task._id);
  const options = { projection: { claim: 1, status: 1 }, readConcern: 'majority', maxTimeMS: 5_000 } as const;
  const rows = await queue.tasks.find({ _id: { $in: ids } }, options).toArray();
  const found = new Map(rows.map(row => [row._id, row]));
  return new Map(
    tasks.map(({ _id, claim }) => {
      const row = found.get(_id);
      if (row?.claim !== claim) return [_id, 'lost'];
      return [_id, row.status === 'processing' ? 'held' : 'settled'];
    }),
  );
}

function named({ _id, worker_id, attempt }: ClaimedTask) {
  return { task_id: _id, worker_id, attempt };
}

function forSettled(
  tasks: readonly ClaimedTask[],
  outcomes: readonly SettleOutcome[],
  tell: (task: ClaimedTask) => void,
): void {
  tasks.forEach((task, index) => {
    if (outcomes[index] === 'settled') tell(task);
  });
}

/** A freed slot may be what its lane waited for. */
async function freeSlots(queue: Queue, tasks: readonly ClaimedTask[]): Promise<void> {
  const limited = tasks.filter(task => task.slot !== undefined).map(task => task.lane);
  await reopenLanes(queue, [...new Set(limited)]);
}
