// Telling how far the work is, and taking the time that was asked for. A step is reported when it is done, never before.
import { setTimeout as delay } from 'node:timers/promises';
import type { GenerationRequest } from '../provider.ts';

export interface Pace {
  /**
   * Runs one step, reports it, and waits until the time of the next one. `weight` (1 by default) is its part of the whole.
   * Throws the signal's reason once aborted.
   */
  step<T>(message: string, work: () => T | Promise<T>, weight?: number): Promise<T>;
}

/** Spreads steps of `total` weight evenly over `durationMs`; work that needs longer is not slowed down. */
export function createPace({ signal, progress }: GenerationRequest, total: number, durationMs: number): Pace {
  const began = performance.now();
  const elapsed = () => Math.round(performance.now() - began);
  let done = 0;
  signal.throwIfAborted();
  progress(0, 'Preparing the studio', 0);
  return {
    async step(message, work, weight = 1) {
      const made = await unlessAborted(signal, work);
      done += weight;
      progress(elapsed(), message, Math.min(done / total, 1));
      const rest = (durationMs * done) / total - elapsed();
      if (rest > 0) await unlessAborted(signal, () => delay(rest, undefined, { signal }));
      return made;
    },
  };
}

/** What `work` gives, or the signal's reason at once: a picture in the making cannot be stopped, only left behind. */
function unlessAborted<T>(signal: AbortSignal, work: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    Promise.resolve(work())
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}
