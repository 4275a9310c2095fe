// How the tasks of workers outside end: by their own report, by a cancellation, by their hard time limit. Each is a fenced write,
// whoever holds the stream.
import {
  type ClaimedTask,
  endedSo,
  LostClaim,
  type Queue,
  recallActor,
  type Task,
  TaskNotFound,
  type TaskStatus,
  timeoutsOf,
} from '../../queue/index.ts';
import { Problem } from '../problems.ts';
import type { Report } from './report.ts';
import { insistHeld, type Reports } from './reports.ts';
import type { HeldTask, Session } from './session.ts';
import type { Sessions } from './sessions.ts';

export interface EndingParts {
  queue: Queue;
  sessions: Sessions;
  reports: Reports;
  /** A task has left this worker: by which outcome, for the figures; null when nobody here knows. */
  onLeft: (session: Session | undefined, task: ClaimedTask, outcome: LeftBy | null) => void;
}

type LeftBy = 'completed' | 'failed' | 'retried' | 'cancelled' | 'timed_out';

/** How long a worker that was told to stop may take to say that it has. */
const cancelGraceMs = 5_000;

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
  const { status, result, error } = said;
  const { settled, ended } =
    status === 'completed'
      ? { settled: await parts.reports.complete(task, result), ended: 'completed' as const }
      : await parts.reports
          .fail(task, error)
          .then(failed => ({ settled: failed.settled, ended: failed.status }));
  leave(parts, task, held, settled === 'settled' ? outcomeOf(ended) : null);
  if (settled === 'cancelled') throw cancelled(task._id);
  if (settled === 'settled') return ended;
  // Another report of this claim may have ended it meanwhile: the answer is as for one that comes later.
  const found = await findReported(parts.queue, task.worker_id, task._id, said);
  if ('replayed' in found) return found.replayed;
  throw new LostClaim(task._id);
}

const outcomeOf = (status: 'completed' | 'scheduled' | 'failed'): LeftBy =>
  status === 'scheduled' ? 'retried' : status;

/** What the worker says comes after a cancellation: it has heard of it now, if not before, and its slot is free. */
async function refuseCancelled(
  parts: EndingParts,
  task: ClaimedTask,
  held: HeldTask | undefined,
): Promise<never> {
  const outcome = await parts.reports.stop(task);
  leave(parts, task, held, outcome === 'settled' ? 'cancelled' : null);
  throw cancelled(task._id);
}

function cancelled(task_id: string): Problem {
  return new Problem('task-cancelled', `The task ${task_id} was cancelled: stop working on it.`);
}

function leave(
  { sessions, onLeft }: EndingParts,
  task: ClaimedTask,
  held: HeldTask | undefined,
  outcome: LeftBy | null,
): void {
  const session = sessions.get(task.worker_id);
  if (held && session?.held.get(task._id) === held) session.drop(task._id);
  onLeft(session, task, outcome);
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

/** Tells the worker that one of its tasks is to stop; it is ended at once when it has not begun, else when it stops. */
export function askToStop(parts: EndingParts, session: Session, held: HeldTask): void {
  if (held.cancelled || held.settling) return;
  held.cancelled = true;
  session.tell(held.task._id, { status: 'processing', ...(held.begun && { begun: true }) }, true);
  const stop = () => endBy(parts, session, held, 'cancelled');
  if (held.begun) held.alarms.push(setTimeout(stop, cancelGraceMs));
  else stop();
}

const againMs = 1_000;

/** Sets the alarm of a task's hard time limit. Never rejects: a limit that cannot be read is read again. */
export async function limitTime(parts: EndingParts, session: Session, held: HeldTask): Promise<void> {
  const set = (alarm: () => void, ms: number) => {
    if (session.held.get(held.task._id) === held) held.alarms.push(setTimeout(alarm, ms));
  };
  try {
    const { hard_ms, left_ms } = await readLimit(parts.queue, held.task);
    set(() => endBy(parts, session, held, 'timed_out', hard_ms), left_ms);
  } catch (error) {
    parts.queue.events.emit('queue:trouble', { doing: 'setting a time limit', error });
    set(() => void limitTime(parts, session, held), againMs);
  }
}

async function readLimit(queue: Queue, { actor, timeouts, started_at }: ClaimedTask) {
  const { hard_ms } = timeoutsOf(timeouts, (await recallActor(queue, actor))?.timeouts);
  const ran_ms = (await queue.clock.now()).getTime() - started_at.getTime();
  return { hard_ms, left_ms: hard_ms - ran_ms };
}

/** Ends a task without its worker. Never rejects: when the database is away, the next alarm or the lease decides. */
function endBy(
  parts: EndingParts,
  session: Session,
  held: HeldTask,
  how: 'cancelled' | 'timed_out',
  hard_ms = 0,
): void {
  if (held.settling || session.held.get(held.task._id) !== held) return;
  held.settling = true;
  const { task } = held;
  const end = how === 'cancelled' ? stop(parts, task) : timeOut(parts, task, hard_ms);
  end
    .then(status => {
      if (status) session.tell(task._id, { status });
      leave(parts, task, held, status && how);
    })
    .catch(error => {
      held.settling = false;
      parts.queue.events.emit('queue:trouble', { doing: `ending ${task._id}`, error });
      held.alarms.push(setTimeout(() => endBy(parts, session, held, how, hard_ms), cancelGraceMs));
    });
}

/** The status it came to; null when it was no longer this worker's. */
async function stop({ reports }: EndingParts, task: ClaimedTask): Promise<TaskStatus | null> {
  return (await reports.stop(task)) === 'lost' ? null : 'cancelled';
}

async function timeOut(
  { reports }: EndingParts,
  task: ClaimedTask,
  hard_ms: number,
): Promise<TaskStatus | null> {
  const message = `The task ran longer than its hard limit of ${hard_ms} ms.`;
  const error = { type: 'HardTimeout', message, details: {}, stack_trace: '' };
  const { settled, status } = await reports.fail(task, error, 'timed_out');
  if (settled === 'lost') return null;
  return settled === 'cancelled' ? 'cancelled' : status;
}
