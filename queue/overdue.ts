// Ending jobs of `@internal` that run too long, whatever their actors say of their own time.
import { reopenLanes } from './lanes/poke.ts';
import type { Queue } from './queue.ts';
import { cancelledError } from './settle.ts';
import { allowed, move } from './states.ts';
import type { TaskError } from './task.ts';
import { finishTrees } from './tree.ts';

const batch = 200;

/** How long a job of `@internal` may run, whatever its actor says. */
const internalTimeoutMs = 3_600_000;

const overdueError: TaskError = {
  type: 'InternalWorkerTimeout',
  message: 'Internal worker timeout',
  details: {},
  stack_trace: '',
};

/**
 * Fails the jobs of `@internal` that have run for longer than `limitMs`, for good, at most 200; one whose cancellation was
 * asked for is cancelled. Their worker learns of it by its next heartbeat. Resolves how many.
 */
export async function failOverdueInternal(queue: Queue, limitMs = internalTimeoutMs): Promise<number> {
  const overdue = {
    actor: /^@internal:/,
    ...allowed('bury'),
    $expr: { $lt: ['$started_at', { $subtract: ['$$NOW', limitMs] }] },
  };
  const found = await queue.tasks
    .find(overdue, {
      projection: { actor: 1, lane: 1, worker_id: 1, cancel_requested: 1, children_cancelled: 1 },
    })
    .hint('live')
    .limit(batch)
    .toArray();
  const tasks = await finishTrees(queue, found);
  let ended = 0;
  for (const { _id, actor, lane, worker_id = null, cancel_requested } of tasks) {
    // As it was read: a cancellation that was asked for since waits for the next look.
    const asRead = { _id, lane, ...overdue, cancel_requested: { $exists: cancel_requested === true } };
    const update = cancel_requested
      ? move('abandon', { error: { $literal: cancelledError } })
      : move('bury', { error: { $literal: overdueError }, outcome: 'timed_out' });
    const { matchedCount } = await queue.tasks.updateOne(asRead, update);
    if (matchedCount === 0) continue;
    ended += 1;
    if (cancel_requested) queue.events.emit('task:cancelled', { task_id: _id });
    else queue.events.emit('task:dead', { task_id: _id, actor, worker_id, error: overdueError });
  }
  await reopenLanes(queue, [...new Set(tasks.map(task => task.lane))]);
  return ended;
}
