// Where a claimer looks besides the best lanes while their heads are the tasks of others: what is better for it may stand in a
// lane that they keep off its page.
import type { Queue } from '../queue.ts';

interface Beyond {
  /** Until when heads are known to be of others. */
  until: number;
  /** How many of the best lanes come before the next ones to look at. */
  skip: number;
}
const beyond = new WeakMap<Queue, Beyond>();

const knownMs = 1_000;
/** Each skipped lane costs a fetch: these take some milliseconds. */
const maxSkip = 2_000;

/** A round has seen lanes with heads that actors owe them which it does not serve. */
export function noteOthersHeads(queue: Queue): void {
  beyond.set(queue, { skip: 0, ...beyond.get(queue), until: performance.now() + knownMs });
}

/** After how many of the best lanes, at least a page, to look for others too; null when heads are what they seem. */
export function lanesToSkip(queue: Queue, page: number): number | null {
  const known = beyond.get(queue);
  return known && performance.now() < known.until ? Math.max(page, known.skip) : null;
}

/** The next look goes on from there; from the beginning when there was no more. */
export function goOnFrom(queue: Queue, skip: number | null): void {
  const known = beyond.get(queue);
  if (known) known.skip = skip === null || skip > maxSkip ? 0 : skip;
}
