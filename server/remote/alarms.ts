// What happens to the tasks of workers outside without a word of theirs: a cancellation, and their time limits. Each alarm belongs
// to one stream, and is called off with it.
import type { ClaimedTask, TaskStatus } from '../../queue/index.ts';
import { type EndingParts, type Left, leave } from './endings.ts';
import { type Limits, readLimits } from './limits.ts';
import type { HeldTask, Session } from './session.ts';

/** How long a worker that was told to stop may take to say that it has. */
const cancelGraceMs = 5_000;

/** Tells the worker that one of its tasks is to stop; it is ended at once when it has not begun, else when it stops. */
export function askToStop(parts: EndingParts, session: Session, held: HeldTask): void {
  if (held.cancelled || held.settling) return;
  held.cancelled = true;
  session.tell(held.task._id, { status: 'processing', ...(held.begun && { begun: true }) }, true);
  const end = () => endBy(parts, session, held, () => stop(parts, held.task));
  if (held.begun) held.alarms.push(setTimeout(end, cancelGraceMs));
  else end();
}

const againMs = 1_000;

/** Sets the alarms of a task's time limits. Never rejects: limits that cannot be read are read again. */
export async function limitTime(parts: EndingParts, session: Session, held: HeldTask): Promise<void> {
  const set = (alarm: () => void, ms: number) => {
    if (session.held.get(held.task._id) === held) held.alarms.push(setTimeout(alarm, ms));
  };
  try {
    const limits = await readLimits(parts.queue, held.task);
    set(() => warn(session, held, limits), limits.soft_ms - limits.ran_ms);
    const end = () => timeOut(parts, held.task, limits.hard_ms);
    set(() => endBy(parts, session, held, end), limits.hard_ms - limits.ran_ms);
  } catch (error) {
    parts.queue.events.emit('queue:trouble', { doing: 'setting a time limit', error });
    set(() => void limitTime(parts, session, held), againMs);
  }
}

/** Tells the worker that the soft limit has passed, unless it has to stop anyway. */
function warn(session: Session, held: HeldTask, { soft_ms, hard_ms }: Limits): void {
  if (!held.cancelled && !held.settling) session.warn(held.task, { soft_ms, hard_ms });
}

/** Ends a task without its worker. Never rejects: when the database is away, the next alarm or the lease decides. */
function endBy(parts: EndingParts, session: Session, held: HeldTask, end: () => Promise<Ended>): void {
  if (held.settling || session.held.get(held.task._id) !== held) return;
  held.settling = true;
  const { task } = held;
  end()
    .then(ended => {
      if (ended) session.tell(task._id, ended);
      leave(parts, task, held, ended ? ended.left : null);
    })
    .catch(error => {
      held.settling = false;
      parts.queue.events.emit('queue:trouble', { doing: `ending ${task._id}`, error });
      held.alarms.push(setTimeout(() => endBy(parts, session, held, end), cancelGraceMs));
    });
}

/** What a task came to; null when it was no longer this worker's. */
type Ended = { status: TaskStatus; left: Left } | null;

const cancelled = { status: 'cancelled', left: { outcome: 'cancelled' } } as const;

async function stop({ reports }: EndingParts, task: ClaimedTask): Promise<Ended> {
  return (await reports.stop(task)) === 'lost' ? null : cancelled;
}

async function timeOut({ reports }: EndingParts, task: ClaimedTask, hard_ms: number): Promise<Ended> {
  const type = 'HardTimeout';
  const message = `The task ran longer than its hard limit of ${hard_ms} ms.`;
  const error = { type, message, details: {}, stack_trace: '' };
  const { settled, status, outcome } = await reports.fail(task, error, true);
  if (settled === 'lost') return null;
  return settled === 'cancelled' ? cancelled : { status, left: { outcome, errorType: type } };
}
