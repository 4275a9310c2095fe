// Stopping tasks on request: one, or one with all that it spawned.
import { newTally } from './bulk.ts';
import { TaskConflict, TaskNotFound } from './errors.ts';
import type { Queue } from './queue.ts';
import { cancelledError } from './settle.ts';
import { allowed, isTerminal, move } from './states.ts';
import type { Task, TaskStatus } from './task.ts';
import { cancelBelow, closeTrees } from './tree.ts';

// A task may move between our looks (claimed, promoted, released); it cannot do so for ever.
const tries = 5;

/**
 * Cancels a pending task at once. A processing one is asked to stop: its worker learns of it at its next heartbeat and
 * keeps the slot until the actor has stopped. Throws TaskNotFound, and TaskConflict when it has ended already.
 */
export async function cancelTask(
  queue: Queue,
  task_id: string,
): Promise<{ task_id: string; status: 'cancelled' | 'processing' }> {
  const { status, asked } = await tryCancel(queue, task_id);
  if (!asked) throw new TaskConflict(`The task has ended already: it is ${status}.`);
  return { task_id, status: status === 'processing' ? status : 'cancelled' };
}

/** What became of a task, and of all that it spawned. */
export interface CancelledTree {
  task_id: string;
  /** `processing`: it was asked to stop. Any other: it has ended, now or before. */
  status: TaskStatus;
  /** How many of those below it lived, and how many of them are cancelled or were asked to stop. */
  children: { matched: number; changed: number; more: boolean };
}

/**
 * Cancels a task and the whole tree below it, also where the task itself has ended. It and they spawn no more, until
 * somebody retries them. `more`: the tree is larger than one call may cancel; ask again. Throws TaskNotFound.
 */
export async function cancelTree(queue: Queue, task_id: string): Promise<CancelledTree> {
  const tally = newTally();
  await closeTrees(queue, [task_id]);
  const { status } = await tryCancel(queue, task_id);
  await cancelBelow(queue, [task_id], tally);
  return {
    task_id,
    status,
    children: { matched: tally.matched.size, changed: tally.changed, more: tally.more },
  };
}

/** The status it came to; not `asked`: it had ended before. */
async function tryCancel(queue: Queue, task_id: string): Promise<{ status: TaskStatus; asked: boolean }> {
  for (let left = tries; left > 0; left--) {
    const task = await queue.tasks.findOne({ _id: task_id }, { projection: { lane: 1, status: 1 } });
    if (!task) throw new TaskNotFound(task_id);
    if (isTerminal(task.status)) return { status: task.status, asked: false };
    if (await cancelPending(queue, task)) return { status: 'cancelled', asked: true };
    if (await requestCancel(queue, task)) return { status: 'processing', asked: true };
  }
  throw new TaskConflict('The task keeps changing its status; try again.');
}

async function cancelPending(queue: Queue, { _id, lane }: Pick<Task, '_id' | 'lane'>): Promise<boolean> {
  const update = move('cancel', { set: { error: { $literal: cancelledError } } });
  const { matchedCount } = await queue.tasks.updateOne({ _id, lane, ...allowed('cancel') }, update);
  if (matchedCount === 1) queue.events.emit('task:cancelled', { task_id: _id });
  return matchedCount === 1;
}

async function requestCancel(queue: Queue, { _id, lane }: Pick<Task, '_id' | 'lane'>): Promise<boolean> {
  const { matchedCount } = await queue.tasks.updateOne({ _id, lane, status: 'processing' }, [
    // Asking twice is one change.
    { $set: { rev: { $add: ['$rev', { $cond: ['$cancel_requested', 0, 1] }] }, cancel_requested: true } },
  ]);
  return matchedCount === 1;
}
