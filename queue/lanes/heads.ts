/*
 * The order among lanes: `head`, the best waiting priority, and `turn`, when a lane was last served. Both are hints.
 *
 * A head is of all actors that wait in its lane. Where it is owed to one that a claimer does not serve, the lane stands too
 * far in front of those that have better tasks for it, and 64 such lanes would keep them off its page for as long as they
 * have any at all: so it then also looks further back (beyond.ts), at every lane in turn.
 */
import { type Candidate, readHeads } from '../claim/candidates.ts';
import type { Queue } from '../queue.ts';
import { noteOthersHeads } from './beyond.ts';
import type { Lane } from './lane.ts';

/**
 * Lowers heads that promise more than is there: what a claimer saw, and what waits there for others. Only the value it
 * saw is replaced, and the truth is read again afterwards: a better task that came in between raises it anew.
 */
export async function lowerHeads(
  queue: Queue,
  lanes: readonly Lane[],
  candidates: readonly Candidate[],
  served: ReadonlySet<string>,
): Promise<void> {
  const best = new Map<string, number>();
  for (const { lane, priority } of candidates) raise(best, lane, priority);
  const isStale = ({ _id, head }: Lane) => best.has(_id) && best.get(_id)! < head;
  const shared = lanes.filter(lane => isStale(lane) && lane.waiting.some(actor => !served.has(actor)));
  if (shared.length > 0) noteOthersHeads(queue);
  for (const [lane, head] of await readAllHeads(queue, shared)) raise(best, lane, head);
  const stale = lanes.filter(isStale);
  if (stale.length === 0) return;
  const lowered = stale.map(({ _id, head }) => ({
    updateOne: { filter: { _id, head }, update: { $set: { head: best.get(_id)! } } },
  }));
  await queue.lanes.bulkWrite(lowered, { ordered: false });
  const truth = await readAllHeads(queue, stale);
  const raised = [...truth].map(([_id, head]) => ({
    updateOne: { filter: { _id }, update: { $max: { head } } },
  }));
  if (raised.length > 0) await queue.lanes.bulkWrite(raised, { ordered: false });
}

function raise(heads: Map<string, number>, lane: string, head: number): void {
  heads.set(lane, Math.max(head, heads.get(lane) ?? head));
}

function readAllHeads(queue: Queue, lanes: readonly Lane[]): Promise<Map<string, number>> {
  return readHeads(
    queue,
    lanes.map(({ _id: lane, actors }) => ({ lane, actors })),
  );
}

/** Marks lanes as served now. Written only when more lanes are open than one round reads: else every lane is seen anyway. */
export async function turnLanes(queue: Queue, lanes: readonly Lane[]): Promise<void> {
  await queue.lanes.updateMany(
    { _id: { $in: lanes.map(lane => lane._id) } },
    { $currentDate: { turn: true } },
  );
}
