// Which time limits an attempt has; pure. Who keeps them: the worker that runs it, or the server for one outside.
import type { Timeouts } from './task.ts';

/**
 * Soft and hard time limits of an attempt, the first override that says one. The soft one leaves the actor a fifth of its
 * time to finish, also where it was said for a longer hard one.
 */
export function timeoutsOf(...overrides: (Timeouts | undefined)[]): { soft_ms: number; hard_ms: number } {
  const said = (key: 'soft_ms' | 'hard_ms') => overrides.find(one => one?.[key] !== undefined)?.[key];
  const hard_ms = said('hard_ms') ?? 300_000;
  const soft_ms = said('soft_ms') ?? Infinity;
  return { soft_ms: soft_ms < hard_ms ? soft_ms : Math.round(hard_ms * 0.8), hard_ms };
}
