// What a worker outside says of its tasks, on its way to the database: fenced by the claim, and many in one statement. Works on
// every server, whichever holds the worker's stream.
import { BSON } from 'mongodb';
import {
  type ClaimedTask,
  completeTasks,
  defaultRetry,
  type Failure,
  failTask,
  type Json,
  LostClaim,
  lookAtHeld,
  type ProgressValue,
  type Queue,
  recallActor,
  retryDelay,
  type SettleOutcome,
  stopTask,
  type TaskError,
  updateProgress,
} from '../../queue/index.ts';
import { GroupCommit } from '../../queue/pace/group-commit.ts';

// A command may have 16 MB.
const maxBatchBytes = 8_000_000;

type Standing = 'held' | 'cancelled' | 'lost';

export interface Reports {
  /** Marks a task as begun, with how far it is. */
  progress(task: ClaimedTask, value: ProgressValue | undefined): Promise<Standing>;
  complete(task: ClaimedTask, result: Json): Promise<SettleOutcome>;
  /** Ends a failed attempt by the retries of its task; tells what it came to. */
  fail(task: ClaimedTask, error: TaskError, timedOut: boolean): Promise<FailedAttempt>;
  /** Ends a task whose cancellation was asked for. */
  stop(task: ClaimedTask): Promise<SettleOutcome>;
}

interface FailedAttempt {
  settled: SettleOutcome;
  /** `scheduled`: it will be tried again. */
  status: 'scheduled' | 'failed';
  outcome: 'retried' | 'failed' | 'timed_out';
}

interface Said {
  task: ClaimedTask;
  progress?: ProgressValue;
}

export function openReports(queue: Queue): Reports {
  const completions = new GroupCommit<{ task: ClaimedTask; result: Json }, SettleOutcome>({
    write: items => completeTasks(queue, items),
    sizeOf: ({ result }) => BSON.calculateObjectSize({ result }),
    maxSize: maxBatchBytes,
  });
  const sayings = new GroupCommit<Said, Standing>({ write: said => writeProgress(queue, said) });
  return {
    progress: (task, progress) => sayings.add({ task, ...(progress && { progress }) }),
    complete: (task, result) => completions.add({ task, result }),
    async fail(task, error, timedOut) {
      const failure = await failureOf(queue, task, error);
      const settled = await failTask(queue, task, { ...failure, ...(timedOut && { outcome: 'timed_out' }) });
      const [status, how] = failure.retry
        ? (['scheduled', 'retried'] as const)
        : (['failed', 'failed'] as const);
      return { settled, status, outcome: timedOut ? 'timed_out' : how };
    },
    stop: task => stopTask(queue, task),
  };
}

/** One statement for all, and one look at who was asked to cancel: a worker is told at the first thing it says. */
async function writeProgress(queue: Queue, said: readonly Said[]): Promise<Standing[]> {
  // Of two values for one task in one statement mongod would take the first.
  const latest = new Map<string, Said>();
  for (const one of said) latest.set(one.task._id, { ...latest.get(one.task._id), ...one });
  await updateProgress(queue, [...latest.values()]);
  const looks = new Map((await lookAtHeld(queue, [...latest.keys()])).map(look => [look._id, look]));
  return said.map(({ task }) => {
    const look = looks.get(task._id);
    if (look?.claim !== task.claim || look.status !== 'processing') return 'lost';
    return look.cancel_requested ? 'cancelled' : 'held';
  });
}

async function failureOf(queue: Queue, task: ClaimedTask, error: TaskError): Promise<Failure> {
  const retry = (await recallActor(queue, task.actor))?.retry ?? defaultRetry;
  // What our own actors throw when trying again cannot help.
  const left = task.retry_count < task.max_retries && error.type !== 'PermanentError';
  return { error, retry: left ? { delay_ms: retryDelay(retry, task.retry_count) } : null };
}

/** Throws LostClaim for an outcome that says so. */
export function insistHeld<T extends string>(task_id: string, outcome: T): Exclude<T, 'lost'> {
  if (outcome === 'lost') throw new LostClaim(task_id);
  return outcome as Exclude<T, 'lost'>;
}
