// Stopping tasks on request.
import { TaskConflict, TaskNotFound } from './errors.ts';
import type { Queue } from './queue.ts';
import { cancelledError } from './settle.ts';
import { allowed, isTerminal, move } from './states.ts';
import type { Task } from './task.ts';

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
  for (let left = tries; left > 0; left--) {
    const task = await queue.tasks.findOne({ _id: task_id }, { projection: { lane: 1, status: 1 } });
    if (!task) throw new TaskNotFound(task_id);
    if (isTerminal(task.status)) throw new TaskConflict(`The task has ended already: it is ${task.status}.`);
    if (await cancelPending(queue, task)) return { task_id, status: 'cancelled' };
    if (await requestCancel(queue, task)) return { task_id, status: 'processing' };
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
