// How an attempt that ran is to be settled: from what the actor did and what was asked of it. Pure.
import { type Failure, type Json, LostClaim } from '../queue/index.ts';
import { HardTimeout, verdictOf } from './actors/errors.ts';
import type { Attempt, Cut } from './attempt.ts';
import { checkResult } from './result.ts';
import { toTaskError } from './task-error.ts';

/** How the wait for the actor ended. */
export type Ended = { returned: unknown } | { threw: unknown } | { cut: Cut };

export type Outcome =
  | { kind: 'completed'; result: Json }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'released'; cooldown?: { until: Date; message: string } }
  | { kind: 'stopped' }
  | { kind: 'dropped' };

/** How long to wait after so many failures. */
type Backoff = (retryCount: number) => number;

/** Decides; the claim's own state comes first, then what was asked, then what the actor did. */
export function judge(attempt: Attempt, ended: Ended, backoff: Backoff): Outcome {
  if (attempt.fenced || ('cut' in ended && ended.cut instanceof LostClaim)) return { kind: 'dropped' };
  if (attempt.cancelled) return { kind: 'stopped' };
  if ('returned' in ended) return judgeResult(ended.returned);
  if ('threw' in ended) return judgeError(attempt, ended.threw, backoff);
  if (!(ended.cut instanceof HardTimeout)) return { kind: 'released' };
  return { kind: 'failed', failure: { ...again(attempt, ended.cut, backoff), outcome: 'timed_out' } };
}

function judgeResult(returned: unknown): Outcome {
  try {
    return { kind: 'completed', result: checkResult(returned).value };
  } catch (error) {
    return forGood(error);
  }
}

function judgeError(attempt: Attempt, thrown: unknown, backoff: Backoff): Outcome {
  const asks = verdictOf(thrown);
  const timedOut = attempt.softTimedOut && { outcome: 'timed_out' as const };
  if (asks?.kind === 'permanent') return forGood(thrown, timedOut);
  if (attempt.shutDown) return { kind: 'released' };
  if (asks?.kind === 'cooldown')
    return { kind: 'released', cooldown: { until: asks.until, message: toTaskError(thrown).message } };
  const delay_ms = asks?.kind === 'retry' ? asks.delay_ms : undefined;
  const failure = again(attempt, reasonOf(attempt, thrown), backoff, delay_ms);
  return { kind: 'failed', failure: { ...failure, ...timedOut } };
}

function forGood(error: unknown, how: Pick<Failure, 'outcome'> | false = false): Outcome {
  return { kind: 'failed', failure: { error: toTaskError(error), retry: null, ...how } };
}

/** Tries again while retries are left. */
function again({ task }: Attempt, error: unknown, backoff: Backoff, delay_ms?: number): Failure {
  const left = task.retry_count < task.max_retries;
  return {
    error: toTaskError(error),
    retry: left ? { delay_ms: delay_ms ?? backoff(task.retry_count) } : null,
  };
}

/** An API that was aborted throws its own AbortError; why it was aborted says more. */
function reasonOf({ signal }: Attempt, thrown: unknown): unknown {
  const aborted = signal.aborted && thrown instanceof Error && thrown.name === 'AbortError';
  return aborted ? signal.reason : thrown;
}
