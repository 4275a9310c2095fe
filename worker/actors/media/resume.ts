// What an attempt does about the paid job that an attempt before it has begun, or may have begun.
//
// The rule: what is written down stands, however the attempts before have ended (a crash, a shutdown, a time limit, a cancel, a
// failure), and only two may forget it. The provider: when the service says that the job failed or was cancelled. And a person,
// whose retry says that paying again is right: of a task that had ended as SubmissionUncertain at once, of any other when the
// service does not know the job any more.
import { z } from 'zod';
import { NotFoundError, type Submission, SubmissionUncertain } from '../../../providers/index.ts';
import type { ActorContext } from '../actor.ts';
import { RetryableError } from '../errors.ts';

const submission = z.union([
  z.object({
    external_id: z.string(),
    cost: z.object({ amount: z.number(), unit: z.string() }).nullable().exactOptional(),
  }),
  z.object({
    submitting: z.object({ since: z.string(), mark: z.union([z.string(), z.number(), z.null()]) }),
  }),
]);

type Past = Pick<ActorContext, 'state' | 'last_attempt' | 'checkpoint'>;

/**
 * The job to go on with, or null to begin one; a person's decision to begin another is then durable. Throws
 * SubmissionUncertain when what was written down cannot be read.
 */
export async function resumeOf({ state, last_attempt, checkpoint }: Past): Promise<Submission | null> {
  if (state === null) return null;
  const kept = submission.safeParse(state).data;
  if (kept && 'external_id' in kept) return kept;
  if (isDecided(last_attempt)) {
    // Before anything else: if this attempt is lost, the next one must not take its end for another uncertainty.
    await checkpoint(null);
    return null;
  }
  if (kept) return kept;
  throw new SubmissionUncertain('What was written down of the paid job cannot be read: look at the account.');
}

/**
 * An attempt that was lost, released or cancelled since hides the decision: then the job is looked for once more, and nothing is
 * paid unasked.
 */
function isDecided(last_attempt: Past['last_attempt']): boolean {
  return last_attempt?.outcome === 'failed' && last_attempt.error_type === 'SubmissionUncertain';
}

/** The service was asked for the job before anything was forgotten: the fault may have been a wrong address, put right since. */
export async function forgetGone(
  error: unknown,
  resume: Submission | null,
  { last_attempt, checkpoint }: Past,
): Promise<never> {
  const byPerson = last_attempt?.outcome === 'failed' || last_attempt?.outcome === 'cancelled';
  const isGone = error instanceof NotFoundError && resume !== null && 'external_id' in resume;
  if (!byPerson || !isGone) throw error;
  await checkpoint(null);
  throw new RetryableError(`${error.message} The next attempt begins another job.`, {
    cause: error,
    delay_ms: 0,
  });
}
