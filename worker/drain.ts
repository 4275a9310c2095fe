// How running tasks end when their worker stops: by themselves, on request, or cut off; never lost.

import { pause, type Time } from '../queue/pace/time.ts';
import { Shutdown } from './actors/errors.ts';
import type { HeldAttempts } from './held.ts';

/** How long an actor whose signal was aborted has to stop by itself. */
const shutMs = 1_000;

/**
 * Waits `drainMs` for the running tasks, then aborts them, then releases those that still run. `hurry` skips the
 * waiting. Resolves when every outcome is in the database, or its claim may have been lost.
 */
export async function drain(
  held: HeldAttempts,
  drainMs: number,
  hurry: AbortSignal,
  time: Time,
): Promise<void> {
  await idleWithin(held, drainMs, hurry, time);
  for (const attempt of held.all()) attempt.shut();
  await idleWithin(held, shutMs, hurry, time);
  for (const attempt of held.all()) attempt.end(new Shutdown());
  await held.idle();
}

async function idleWithin(held: HeldAttempts, ms: number, hurry: AbortSignal, time: Time): Promise<void> {
  const idle = new AbortController();
  const patience = pause(time, ms, AbortSignal.any([hurry, idle.signal]));
  await Promise.race([held.idle(), patience]);
  idle.abort();
}
