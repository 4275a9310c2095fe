// A paid job in an outside service from its submit to its end: what every provider of such a service does. The service's own
// requests are given as steps.
import type { GenerationRequest } from '../provider.ts';
import { type Clock, realClock } from './clock.ts';
import { type Look, pollUntilEnd } from './poll.ts';
import { type Accepted, type SubmitSteps, submitOnce } from './submit.ts';

export interface JobSteps<Prepared, Done> extends SubmitSteps<Prepared> {
  /** One look at the job, by `ApiClient.send`. */
  look: (external_id: string, signal: AbortSignal) => Promise<Look<Done>>;
  /** How long it is polled: 10 minutes are usual for pictures, 20 for films. */
  deadlineMs: number;
  /** Cancels the job; resolves once the service has said yes to that. Left out when the service cannot. */
  cancel?: (external_id: string, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Submits the job of a request once and follows it to its end. A job that failed in the service is forgotten before its
 * error is thrown, so that another attempt begins a new one, which the service may charge anew. A job whose task was
 * cancelled is cancelled too, as well as that can be done; after any other abort it goes on, for the next attempt.
 */
export async function runJob<Prepared, Done>(
  request: GenerationRequest,
  steps: JobSteps<Prepared, Done>,
  clock: Clock = realClock,
): Promise<{ accepted: Accepted; done: Done }> {
  const accepted = await submitOnce(request, steps, clock);
  try {
    return { accepted, done: await follow(accepted.external_id, request, steps, clock) };
  } catch (error) {
    if (isCancelled(request.signal)) await cancelQuietly(accepted.external_id, request, steps);
    throw error;
  }
}

async function follow<Done>(
  external_id: string,
  request: GenerationRequest,
  { name, look, deadlineMs }: Pick<JobSteps<never, Done>, 'name' | 'look' | 'deadlineMs'>,
  clock: Clock,
): Promise<Done> {
  const options = { name, deadlineMs, look: (signal: AbortSignal) => look(external_id, signal) };
  const ended = await pollUntilEnd(options, request, clock);
  if (ended.state === 'done') return ended.done;
  await request.checkpoint(null);
  throw ended.error;
}

const isCancelled = ({ aborted, reason }: AbortSignal): boolean =>
  aborted && reason instanceof Error && reason.name === 'Cancelled';

const cancelMs = 5_000;

async function cancelQuietly(
  external_id: string,
  { checkpoint }: GenerationRequest,
  { cancel }: Pick<JobSteps<never, never>, 'cancel'>,
): Promise<void> {
  if (!cancel) return;
  try {
    await cancel(external_id, AbortSignal.timeout(cancelMs));
    await checkpoint(null);
  } catch {
    // The task is cancelled whatever becomes of the job; its id stays known.
  }
}
