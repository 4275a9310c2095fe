// Looking at an outside job until it has ended. What a look finds is the truth; one that fails says nothing of the job.
import {
  type GenerationError,
  GenerationTimeoutError,
  NotFoundError,
  ProviderUnavailableError,
  RateLimitError,
} from '../errors.ts';
import type { GenerationRequest } from '../provider.ts';
import type { Clock } from './clock.ts';

/** What a look at a job finds. A state that is not known is `pending`. */
export type Look<Done> =
  | { state: 'pending'; message: string; fraction?: number | undefined }
  | { state: 'done'; done: Done }
  /** It failed in the service: only a new job can help. */
  | { state: 'failed'; error: GenerationError };

export interface PollOptions<Done> {
  /** The service as people call it. */
  name: string;
  look: (signal: AbortSignal) => Promise<Look<Done>>;
  deadlineMs: number;
}

const pauses = { firstMs: 2_000, growth: 1.5, longestMs: 10_000, restMs: 60_000 } as const;

/** A new job may be unknown to some machines of a service for a while. */
const unknownMs = 60_000;

/**
 * How a job ended. Looks that cannot be made (no connection, a broken service, a wish for rest, a new job not known yet)
 * are made again; other errors are thrown as they are. Throws GenerationTimeoutError at the deadline, and the signal's
 * reason.
 */
export async function pollUntilEnd<Done>(
  options: PollOptions<Done>,
  { signal, progress }: Pick<GenerationRequest, 'signal' | 'progress'>,
  clock: Clock,
): Promise<Exclude<Look<Done>, { state: 'pending' }>> {
  const { name, look, deadlineMs } = options;
  const began = clock.now();
  for (
    let pauseMs: number = pauses.firstMs;
    ;
    pauseMs = Math.min(pauseMs * pauses.growth, pauses.longestMs)
  ) {
    signal.throwIfAborted();
    const found = await look(signal).catch(error => excuse(error, name, clock.now() - began));
    signal.throwIfAborted();
    if (found.state !== 'pending') return found;
    const elapsedMs = Math.max(0, clock.now() - began);
    if (elapsedMs >= deadlineMs) throw tooLate(name, deadlineMs);
    progress(elapsedMs, found.message, found.fraction);
    await clock.wait(Math.min(pauseFor(found, pauseMs, clock), deadlineMs - elapsedMs), signal);
  }
}

type Pending = Extract<Look<never>, { state: 'pending' }> & { until?: Date };

/** A look that failed, as one that found nothing new. Throws what no further look would change. */
function excuse(error: unknown, name: string, elapsedMs: number): Pending {
  const newlyUnknown = error instanceof NotFoundError && elapsedMs < unknownMs;
  if (error instanceof RateLimitError)
    return { state: 'pending', message: `${name} asks for a rest`, until: error.until };
  if (error instanceof ProviderUnavailableError || newlyUnknown)
    return { state: 'pending', message: `${name} does not say how far it is; looking again` };
  throw error;
}

/** Spread over 80 to 120 %, so that many polls do not come together. */
function pauseFor(found: Pending, pauseMs: number, clock: Clock): number {
  if (found.until) return Math.min(Math.max(found.until.getTime() - clock.now(), pauseMs), pauses.restMs);
  return pauseMs * (0.8 + 0.4 * clock.random());
}

const tooLate = (name: string, deadlineMs: number) =>
  new GenerationTimeoutError(
    `${name} has not finished the job within ${Math.round(deadlineMs / 60_000)} minutes. It is not lost: another try goes on with it.`,
  );
