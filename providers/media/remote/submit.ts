// Submitting a paid job once. Before the service is asked, the task says that it is being asked; right after, under which id
// it was accepted. So whoever goes on after a crash knows which of three it is: nothing was sent, go on with the job, or
// nobody knows. In the last case the job is looked for in the service, and without it found the task ends as
// SubmissionUncertain instead of paying again.
import { AnswerLostError, GenerationError, SubmissionUncertain } from '../errors.ts';
import type { GenerationRequest, Submission } from '../provider.ts';
import type { Clock } from './clock.ts';

/** A job that the service accepted. */
export type Accepted = Extract<Submission, { external_id: string }>;

/** A job that may have been accepted: since when, and what it can be told by. */
export type Submitting = Extract<Submission, { submitting: object }>['submitting'];

export interface SubmitSteps<Prepared> {
  /** The service as people call it. */
  name: string;
  /** Unpaid work ahead of the submit, such as an upload; only when there will be a submit. May be done again. */
  prepare: (signal: AbortSignal) => Promise<Prepared>;
  /** What the job can be told by in the service's own list; null when nothing can. */
  mark: Submitting['mark'];
  /**
   * The one paid request, by `ApiClient.send`. A GenerationError other than AnswerLostError says that it was certainly not
   * accepted; whatever else is thrown counts as lost.
   */
  submit: (prepared: Prepared, signal: AbortSignal) => Promise<Accepted>;
  /** Looks for the job in the service; null when it is not there. Left out when the service has no list. */
  find?: (submitting: Submitting, signal: AbortSignal) => Promise<Accepted | null>;
}

type Request = Pick<GenerationRequest, 'signal' | 'resume' | 'checkpoint'>;

/** How long an answer is waited for once the attempt shall stop: with it, nothing is uncertain. */
const graceMs = 5_000;

/** A list may show a job some moments late. */
const looksAfterMs = [0, 2_000, 5_000];

/**
 * The job of this task, submitted now unless an attempt before has done so. Throws SubmissionUncertain when it may have
 * been accepted but cannot be found: what the task keeps then still says that it was being submitted. Any other error of
 * the submit itself means that it was not accepted, and the task forgets it. A failed look throws its own error and
 * forgets nothing: the next attempt looks again.
 */
export async function submitOnce<Prepared>(
  request: Request,
  steps: SubmitSteps<Prepared>,
  clock: Clock,
): Promise<Accepted> {
  const { resume, signal, checkpoint } = request;
  if (resume && 'external_id' in resume) return resume;
  if (resume) return lookFor(resume.submitting, request, steps, clock);
  const prepared = await steps.prepare(signal);
  signal.throwIfAborted();
  const submitting = { since: new Date(clock.now()).toISOString(), mark: steps.mark };
  await checkpoint({ submitting });
  if (signal.aborted) return forget(request, signal.reason);
  let accepted: Accepted;
  try {
    accepted = await withGrace(signal, clock, late => steps.submit(prepared, late));
  } catch (error) {
    if (error instanceof GenerationError && !(error instanceof AnswerLostError))
      return forget(request, error);
    return lookFor(submitting, request, steps, clock, error);
  }
  await checkpoint(accepted);
  return accepted;
}

/** Nothing was accepted: the next attempt submits. */
async function forget({ checkpoint }: Request, why: unknown): Promise<never> {
  await checkpoint(null);
  throw why;
}

/** Lets a request come to its end for a while after `signal` was aborted. */
async function withGrace<T>(
  signal: AbortSignal,
  clock: Clock,
  work: (late: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  const begin = () =>
    void clock.wait(graceMs, done.signal).then(
      () => late.abort(signal.reason),
      () => {},
    );
  signal.addEventListener('abort', begin, { once: true });
  try {
    return await work(late.signal);
  } finally {
    signal.removeEventListener('abort', begin);
    done.abort();
  }
}

async function lookFor(
  submitting: Submitting,
  { signal, checkpoint }: Request,
  { name, find }: Pick<SubmitSteps<never>, 'name' | 'find'>,
  clock: Clock,
  cause?: unknown,
): Promise<Accepted> {
  for (const afterMs of find ? looksAfterMs : []) {
    await clock.wait(afterMs, signal);
    const accepted = await find?.(submitting, signal);
    if (!accepted) continue;
    await checkpoint(accepted);
    return accepted;
  }
  const looked = find ? 'and it is not in the list of the account' : `and ${name} has no list to look in`;
  throw new SubmissionUncertain(
    `Nobody knows whether ${name} accepted the job of ${submitting.since}: its answer was lost, ${looked}. It may be paid for: look at the account before you try again.`,
    { cause },
  );
}
