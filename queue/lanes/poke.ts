/*
 * Opening lanes. The rule that keeps a hint right: change the truth first, then look at the flag; before trusting a
 * closed flag, read the truth again (close.ts).
 *
 *   enqueue:  [lane knows the actor] -> insert the task -> poke (open = true)
 *   close:    open = false -> read the tasks again -> open = true if one is claimable
 *
 * Whichever write comes last, a claimable task ends up behind an open flag: a poke before the close is seen by the
 * close's second read, a poke after it reopens. A crash between insert and poke is repaired by the janitor.
 */
import { type Document, MongoBulkWriteError } from 'mongodb';
import { duplicateKey } from '../errors.ts';
import type { Queue } from '../queue.ts';

/** What a task needs its lane to know before it is stored. */
export interface LaneNeed {
  lane: string;
  limit: number | null;
  actor: string;
}

// Forgetting costs one write that changes nothing; a process that serves more keys than this forgets now and then.
const maxRemembered = 20_000;

/**
 * Makes sure that each lane exists and knows each actor, before tasks are stored in it: claimers take whole lanes
 * whose actors they all have. The limit counts only for a lane that is new.
 */
export async function prepareLanes(queue: Queue, needs: readonly LaneNeed[]): Promise<void> {
  const missing = new Map<string, LaneNeed>();
  for (const need of needs)
    if (!queue.preparedLanes.get(need.lane)?.has(need.actor))
      missing.set(`${need.lane}\n${need.actor}`, need);
  if (missing.size === 0) return;
  await upsertLanes(
    queue,
    [...missing.values()].map(({ lane, limit, actor }) => ({
      lane,
      update: {
        $addToSet: { actors: actor },
        $setOnInsert: { ...emptyLane(limit), open: false, head: lowestPriority },
      },
    })),
  );
  if (queue.preparedLanes.size > maxRemembered) queue.preparedLanes.clear();
  for (const { lane, actor } of missing.values()) {
    const actors = queue.preparedLanes.get(lane) ?? new Set();
    queue.preparedLanes.set(lane, actors.add(actor));
  }
}

/** Says that each lane has a task of this priority to claim. A lane that says so already is not written. */
export async function pokeLanes(queue: Queue, heads: ReadonlyMap<string, number>): Promise<void> {
  if (heads.size === 0) return;
  const updates = [...heads].map(([lane, head]) => ({
    updateOne: { filter: { _id: lane }, update: { $set: { open: true }, $max: { head } } },
  }));
  await queue.lanes.bulkWrite(updates, { ordered: false });
}

/** Reopens lanes in which a slot was freed. Whether anything waits there is for the next claim to see. */
export async function reopenLanes(queue: Queue, lanes: readonly string[]): Promise<void> {
  if (lanes.length > 0)
    await queue.lanes.updateMany({ _id: { $in: [...lanes] }, open: false }, { $set: { open: true } });
}

const lowestPriority = -1_000;

function emptyLane(limit: number | null): Document {
  return { limit, paused: false, turn: new Date(0) };
}

async function upsertLanes(queue: Queue, lanes: { lane: string; update: Document }[]): Promise<void> {
  const write = () =>
    queue.lanes.bulkWrite(
      lanes.map(({ lane, update }) => ({ updateOne: { filter: { _id: lane }, update, upsert: true } })),
      { ordered: false },
    );
  // Two processes may both insert a new lane: the loser's second try finds it there.
  await write().catch(error => {
    if (error instanceof MongoBulkWriteError && duplicateKey(error, '_id_')) return write();
    throw error;
  });
}
