// The order among lanes: `head`, the best waiting priority, and `turn`, when a lane was last served. Both are hints.
import { type Candidate, readHeads } from '../claim/candidates.ts';
import type { Queue } from '../queue.ts';
import type { Lane } from './lane.ts';
import { pokeLanes } from './poke.ts';

/**
 * Lowers heads that promise more than a claimer saw. Only the value it saw is replaced, and the truth is read again
 * afterwards: a better task that came in between raises it anew.
 */
export async function lowerHeads(
  queue: Queue,
  lanes: readonly Lane[],
  candidates: readonly Candidate[],
): Promise<void> {
  const best = new Map<string, number>();
  for (const { lane, priority } of candidates) best.set(lane, Math.max(priority, best.get(lane) ?? priority));
  const stale = lanes.filter(({ _id, head }) => best.has(_id) && best.get(_id)! < head);
  if (stale.length === 0) return;
  const updates = stale.map(({ _id, head }) => ({
    updateOne: { filter: { _id, head }, update: { $set: { head: best.get(_id)! } } },
  }));
  await queue.lanes.bulkWrite(updates, { ordered: false });
  await pokeLanes(
    queue,
    await readHeads(
      queue,
      stale.map(lane => lane._id),
    ),
  );
}

/** Marks lanes as served now. Written only when more lanes are open than one round reads: else every lane is seen anyway. */
export async function turnLanes(queue: Queue, lanes: readonly Lane[]): Promise<void> {
  await queue.lanes.updateMany(
    { _id: { $in: lanes.map(lane => lane._id) } },
    { $currentDate: { turn: true } },
  );
}
