// How workers outside end their tasks, by their own reports: each is a fenced write, whoever holds the stream. What ends without
// a word of its worker is in alarms.ts.
import {
  type ClaimedTask,
  endedSo,
  LostClaim,
  type Queue,
  type SettleOutcome,
  type Task,
  TaskNotFound,
  type TaskStatus,
} from '../../queue/index.ts';
import { Problem } from '../problems.ts';
import { readLimits } from './limits.ts';
import type { Report } from './report.ts';
import { insistHeld, type Reports } from './reports.ts';
import type { HeldTask, Session } from './session.ts';
import type { Sessions } from './sessions.ts';

export interface EndingParts {
  queue: Queue;
  sessions: Sessions;
  reports: Reports;
  /** A task has left this worker; `left` is null when nobody here knows how. */
  onLeft: (session: Session | undefined, task: ClaimedTask, left: Left | null) => void;
}

export interface Left {
  outcome: 'completed' | 'failed' | 'retried' | 'cancelled' | 'timed_out';
  /** Of the error that ended it. */
  errorType?: string;
}

/** Answers what a worker says of one of its tasks. Throws LostClaim, TaskNotFound, and 409 for what is no longer possible. */
export async function settleReport(
  parts: EndingParts,
  worker_id: string,
  task_id: string,
  said: Report,
): Promise<TaskStatus> {
  const held = parts.sessions.find(worker_id, task_id, said.claim);
  const found = held?.task ?? (await findReported(parts.queue, worker_id, task_id, said));
  if ('replayed' in found) return found.replayed;
  if (held?.cancelled || (!held && found.cancel_requested)) return refuseCancelled(parts, found, held);
  if (said.status === 'processing') return settleProgress(parts, found, held, said);
  if (held) held.settling = true;
  try {
    return await settleEnd(parts, found, held, said);
  } finally {
    if (held) held.settling = false;
  }
}

async function settleProgress(
  parts: EndingParts,
  task: ClaimedTask,
  held: HeldTask | undefined,
  { progress }: Report,
): Promise<TaskStatus> {
  const standing = insistHeld(task._id, await parts.reports.progress(task, progress));
  if (standing === 'cancelled') return refuseCancelled(parts, task, held);
  if (held) held.begun = true;
  return 'processing';
}

async function settleEnd(
  parts: EndingParts,
  task: ClaimedTask,
  held: HeldTask | undefined,
  said: Report,
): Promise<TaskStatus> {
  const { settled, left, status } = await (said.status === 'completed'
    ? complete(parts, task, said)
    : fail(parts, task, said));
  leave(parts, task, held, settled === 'settled' ? left : null);
  if (settled === 'cancelled') throw cancelled(task._id);
  if (settled === 'settled') return status;
  // Another report of this claim may have ended it meanwhile: the answer is as for one that comes later.
  const found = await findReported(parts.queue, task.worker_id, task._id, said);
  if ('replayed' in found) return found.replayed;
  throw new LostClaim(task._id);
}

interface Settled {
  settled: SettleOutcome;
  left: Left;
  status: TaskStatus;
}

async function complete({ reports }: EndingParts, task: ClaimedTask, { result }: Report): Promise<Settled> {
  const settled = await reports.complete(task, result);
  return { settled, left: { outcome: 'completed' }, status: 'completed' };
}

/** One that fails after its soft limit has run out of its time, as in our own workers. */
async function fail({ queue, reports }: EndingParts, task: ClaimedTask, { error }: Report): Promise<Settled> {
  const { soft_ms, ran_ms } = await readLimits(queue, task);
  const { settled, status, outcome } = await reports.fail(task, error, ran_ms >= soft_ms);
  return { settled, left: { outcome, errorType: error.type }, status };
}

/** What the worker says comes after a cancellation: it has heard of it now, if not before, and its slot is free. */
async function refuseCancelled(
  parts: EndingParts,
  task: ClaimedTask,
  held: HeldTask | undefined,
): Promise<never> {
  const outcome = await parts.reports.stop(task);
  leave(parts, task, held, outcome === 'settled' ? { outcome: 'cancelled' } : null);
  throw cancelled(task._id);
}

function cancelled(task_id: string): Problem {
  return new Problem('task-cancelled', `The task ${task_id} was cancelled: stop working on it.`);
}

/** A task is its worker's no more. */
export function leave(
  { sessions, onLeft }: EndingParts,
  task: ClaimedTask,
  held: HeldTask | undefined,
  left: Left | null,
): void {
  const session = sessions.get(task.worker_id);
  if (held && session?.held.get(task._id) === held) session.drop(task._id);
  onLeft(session, task, left);
}

/** A task that no session here holds under this claim: held by it all the same, ended just so before, or another's. */
async function findReported(
  queue: Queue,
  worker_id: string,
  task_id: string,
  said: Report,
): Promise<ClaimedTask | { replayed: TaskStatus }> {
  const task = await queue.tasks.findOne({ _id: task_id }, { readConcern: 'majority', maxTimeMS: 2_000 });
  if (!task) throw new TaskNotFound(task_id);
  if (task.claim !== said.claim || !said.claim.startsWith(`${worker_id}.`)) throw new LostClaim(task_id);
  if (task.status === 'processing') return task as ClaimedTask;
  if (task.status === 'cancelled') throw cancelled(task_id);
  if (!isReplay(said, task))
    throw new Problem(
      'invalid-task-transition',
      `The task ${task_id} is ${task.status} already, and not by this report.`,
    );
  return { replayed: task.status };
}

/** Whether a worker says once more what it has said, because the answer was lost: nothing else has ended the attempt so. */
function isReplay({ status, result, error }: Report, task: Task): boolean {
  if (status === 'processing') return false;
  const said =
    status === 'completed'
      ? ({ outcomes: ['completed'], result } as const)
      : ({ outcomes: ['failed', 'retried', 'timed_out'], error } as const);
  return endedSo(task, task.attempt, said);
}
