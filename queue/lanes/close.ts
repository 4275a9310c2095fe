// Closing lanes, with the second look that makes a closed flag trustworthy. The argument stands in poke.ts.
import { readHeads } from '../claim/candidates.ts';
import { readFreeSlots } from '../claim/slots.ts';
import type { Queue } from '../queue.ts';
import { reopenLanes } from './poke.ts';

/** Closes lanes that were found empty or full, then reads the truth again and reopens those that are neither. */
export async function closeLanes(queue: Queue, lanes: readonly string[]): Promise<void> {
  if (lanes.length === 0) return;
  await queue.lanes.updateMany({ _id: { $in: [...lanes] }, open: true }, { $set: { open: false } });
  await reopenLanes(queue, await findClaimable(queue, lanes));
}

/** Which of these lanes have something queued and room for it, by the tasks alone. */
export async function findClaimable(queue: Queue, lanes: readonly string[]): Promise<string[]> {
  const heads = await readHeads(queue, lanes);
  if (heads.size === 0) return [];
  // The limits are read after the close as well: one may have been raised in between.
  const waiting = await queue.lanes.find({ _id: { $in: [...heads.keys()] } }).toArray();
  const free = await readFreeSlots(queue, waiting);
  return waiting
    .filter(lane => lane.limit === null || (free.get(lane._id)?.length ?? 0) > 0)
    .map(lane => lane._id);
}
