// Ending attempts: complete, fail, retry, release, stop. Each is one conditional change per task, fenced by its claim
// (fenced.ts), and one statement per batch.
import type { Document } from 'mongodb';
import { byPosition } from './batch.ts';
import { type Ending, findOutcome } from './ending.ts';
import { changeHeld, type Fenced } from './fenced.ts';
import { pokeLanes, reopenLanes } from './lanes/poke.ts';
import type { Queue } from './queue.ts';
import { move } from './states.ts';
import type { ClaimedTask, Json, Task, TaskError } from './task.ts';

/**
 * `lost`: the claim was no longer in force, or had ended the attempt in another way, and nothing was written. `cancelled`:
 * somebody had asked to cancel the task, so it ended as cancelled, whatever its attempt came to.
 */
export type SettleOutcome = 'settled' | 'lost' | 'cancelled';

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
  const outcomes = await settle(queue, tasks, move('complete', { set: { result: results } }), index => ({
    outcomes: ['completed'],
    result: completions[index]!.result,
  }));
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
  const how = outcome ?? (retry ? 'retried' : 'failed');
  const [settled] = await settle(queue, [task], update, () => ({ outcomes: [how], error }));
  if (settled === 'settled') {
    const { _id: task_id, actor, worker_id } = task;
    if (retry) queue.events.emit('task:retried', { ...named(task), actor, delay_ms: retry.delay_ms, error });
    else queue.events.emit('task:dead', { task_id, actor, worker_id, error });
  }
  await freeSlots(queue, [task]);
  return settled!;
}

/** Gives tasks back unfinished: claimable at once, at their old place, no retry counted. */
export async function releaseTasks(queue: Queue, tasks: readonly ClaimedTask[]): Promise<SettleOutcome[]> {
  const outcomes = await settle(queue, tasks, move('release'), () => ({ outcomes: ['released'] }));
  forSettled(tasks, outcomes, task => queue.events.emit('task:released', named(task)));
  await pokeLanes(queue, tasks);
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
  const outcomes = await stopAll(queue, [task]);
  await freeSlots(queue, [task]);
  return outcomes.get(task._id) === 'lost' ? 'lost' : 'settled';
}

const stopping = move('stop', { error: { $literal: cancelledError } });

async function stopAll(queue: Queue, tasks: readonly ClaimedTask[]): Promise<Map<string, SettleOutcome>> {
  const changes = await changeHeld(queue, tasks, stopping, {});
  const ends = tasks.map(
    // Once a cancellation was asked for, no holder can end it in another way.
    task => [task._id, changes.get(task._id) === 'lost' ? 'lost' : 'cancelled'] as const,
  );
  for (const [task_id, end] of ends)
    if (end === 'cancelled') queue.events.emit('task:cancelled', { task_id });
  return new Map(ends);
}

const stillWanted = { cancel_requested: { $exists: false } };

async function settle(
  queue: Queue,
  tasks: readonly ClaimedTask[],
  update: Document[],
  endingOf: (index: number) => Ending,
): Promise<SettleOutcome[]> {
  const changes = await changeHeld(queue, tasks, update, stillWanted);
  const those = (change: Fenced) => tasks.filter(({ _id }) => changes.get(_id) === change);
  const stopped = await stopAll(queue, those('unwanted'));
  const ended = await readEnded(queue, those('found'));
  const outcomes = tasks.map(({ _id, attempt }, index): SettleOutcome => {
    const row = ended.get(_id);
    // Somebody else who has this claim may have come first.
    if (row) return findOutcome(row, attempt, endingOf(index));
    return stopped.get(_id) ?? (changes.get(_id) === 'changed' ? 'settled' : 'lost');
  });
  for (const [index, task] of tasks.entries())
    if (outcomes[index] === 'lost') queue.events.emit('task:lost', named(task));
  return outcomes;
}

async function readEnded(
  queue: Queue,
  tasks: readonly ClaimedTask[],
): Promise<Map<string, Pick<Task, 'attempts' | 'result'>>> {
  if (tasks.length === 0) return new Map();
  const options = {
    projection: { attempts: 1, result: 1 },
    readConcern: 'majority',
    maxTimeMS: 5_000,
  } as const;
  const rows = await queue.tasks.find({ _id: { $in: tasks.map(task => task._id) } }, options).toArray();
  return new Map(rows.map(row => [row._id, row]));
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
