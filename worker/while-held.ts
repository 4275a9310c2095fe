// Keeping what an attempt has got hold of: an outage is waited out for as long as the claim allows.
import { isTransient, LostClaim } from '../queue/index.ts';
import { pause, type Time } from '../queue/pace/time.ts';
import type { Attempt } from './attempt.ts';

/** Does a write that may be repeated until it succeeds. Throws LostClaim when the claim may be another's first. */
export async function whileHeld<T>(attempt: Attempt, time: Time, write: () => Promise<T>): Promise<T> {
  for (let failures = 0; !attempt.fenced; failures++) {
    try {
      return await write();
    } catch (error) {
      if (!isTransient(error)) throw error;
      await pause(time, Math.min(100 * 2 ** failures, 2_000));
    }
  }
  throw new LostClaim(attempt.task._id);
}
