// Keeping the names that a lane remembers few: every claim round reads them, and a key may have had tasks of any number of actors.
import { pageSize, readPerLane } from '../claim/candidates.ts';
import type { Queue } from '../queue.ts';
import { anyone, type Lane, maxNamed } from './lane.ts';
import type { LaneActor } from './restore.ts';

/** A lane as it was read; one of the version before says of nobody that he waits. */
export type Crowd = Pick<Lane, '_id' | 'actors' | 'rings'> & { waiting?: string[] };

/**
 * Lets these lanes forget actors that have nothing there, neither queued nor `live`, the longest known first, until 100 are
 * left. One that comes back is named again by its poke; before that a change of its default limit does not reach the lane.
 */
export async function trimActors(
  queue: Queue,
  crowds: readonly Crowd[],
  live: readonly LaneActor[],
): Promise<void> {
  for (const crowd of crowds) {
    const { _id, actors, rings } = crowd;
    const present = new Set(await findWaiting(queue, crowd));
    for (const { lane, actor } of live) if (lane === _id) present.add(actor);
    const others = actors.filter(actor => !present.has(actor));
    const gone = others.slice(0, Math.min(others.length, actors.length - maxNamed));
    // It rises with whoever joins: one who came since the look is not among those who go.
    if (gone.length > 0) await queue.lanes.updateOne({ _id, rings }, { $pullAll: { actors: gone } });
  }
}

/** The actors that may have something queued in a lane. */
async function findWaiting(queue: Queue, { _id: lane, actors, waiting }: Crowd): Promise<readonly string[]> {
  if (waiting && !waiting.includes(anyone)) return waiting;
  return [...(waiting ?? []), ...(await readQueued(queue, lane, actors))];
}

/** Those of these actors that have something queued in a lane. */
async function readQueued(queue: Queue, lane: string, actors: readonly string[]): Promise<string[]> {
  const queued: string[] = [];
  for (let at = 0; at < actors.length; at += pageSize) {
    const page = actors.slice(at, at + pageSize);
    const found = await Promise.all(
      page.map(async actor => {
        const [first] = await readPerLane(queue, [{ lane, actors: [actor], count: 1 }]);
        return first ? [actor] : [];
      }),
    );
    queued.push(...found.flat());
  }
  return queued;
}
