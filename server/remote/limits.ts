// The time limits of an attempt outside, and how much of its time is over.
import { type ClaimedTask, type Queue, recallActor, timeoutsOf } from '../../queue/index.ts';

export interface Limits {
  soft_ms: number;
  hard_ms: number;
  /** Since it was claimed. */
  ran_ms: number;
}

export async function readLimits(
  queue: Queue,
  { actor, timeouts, started_at }: ClaimedTask,
): Promise<Limits> {
  const limits = timeoutsOf(timeouts, (await recallActor(queue, actor))?.timeouts);
  return { ...limits, ran_ms: (await queue.clock.now()).getTime() - started_at.getTime() };
}
