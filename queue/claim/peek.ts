// A look at what a claim round would find, for one who claims for several workers and wants to divide it well.
import type { Queue } from '../queue.ts';
import { lookInto, readMerged, readOpenLanes } from './candidates.ts';

export interface Claimable {
  /** Those of the actors that may have tasks in an open lane, of each such lane. */
  lanes: readonly (readonly string[])[];
  /** Their tasks there, counted up to the limit; a lane may be full. */
  waiting: number;
}

/** What is open to claimers with these actors; nothing is claimed. */
export async function peekClaimable(
  queue: Queue,
  actors: readonly string[],
  limit: number,
): Promise<Claimable> {
  const served = new Set(actors);
  const looks = (await readOpenLanes(queue, actors)).map(lane => lookInto(lane, served));
  const waiting = await readMerged(queue, looks, limit);
  return { lanes: looks.map(look => look.actors), waiting: waiting.length };
}
