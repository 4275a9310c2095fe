// The writes of a claim round and the read-back that says what it won.
import { MongoBulkWriteError } from 'mongodb';
import { byPosition } from '../batch.ts';
import { duplicateKey } from '../errors.ts';
import type { Queue } from '../queue.ts';
import { allowed, move } from '../states.ts';
import type { ClaimedTask } from '../task.ts';
import { isTransient } from '../transient.ts';
import type { Pick } from './choose.ts';

/** Whose claim it is: the token is new in every round. */
export interface Claimer {
  worker_id: string;
  claim: string;
  actors: readonly string[];
}

export interface Won {
  tasks: ClaimedTask[];
  slot_conflicts: number;
}

/**
 * Claims the picks, each with one conditional single-document change, and reads back by the token what was won: the
 * truth also after an error. Unlimited picks go in a statement of their own, which no slot conflict can stop.
 */
export async function writeClaim(queue: Queue, picks: readonly Pick[], claimer: Claimer): Promise<Won> {
  if (picks.length === 0) return { tasks: [], slot_conflicts: 0 };
  const limited = picks.filter(pick => pick.slot !== null);
  const unlimited = picks.filter(pick => pick.slot === null);
  const conflicts = await Promise.all([
    claimAll(queue, unlimited, claimer).then(() => 0),
    claimSlots(queue, limited, claimer),
  ]);
  return { tasks: await readBack(queue, picks, claimer), slot_conflicts: conflicts[1] };
}

async function claimAll(queue: Queue, picks: readonly Pick[], claimer: Claimer): Promise<void> {
  if (picks.length === 0) return;
  const ids = picks.map(pick => pick._id);
  const slots = picks[0]!.slot !== null && {
    slot: byPosition(
      ids,
      picks.map(pick => pick.slot),
    ),
    concurrency_limit: byPosition(
      ids,
      picks.map(pick => pick.limit),
    ),
  };
  await unlessUnknown(
    queue.tasks.updateMany(
      { _id: { $in: ids }, ...inLanes(picks), ...claimable(claimer) },
      move('claim', { set: { ...named(claimer), ...slots } }),
      { hint: { _id: 1 } },
    ),
  );
}

/** Claims limited picks; another claimer's slot stops the statement, and the rest goes again one by one. */
async function claimSlots(queue: Queue, picks: readonly Pick[], claimer: Claimer): Promise<number> {
  try {
    await claimAll(queue, picks, claimer);
    return 0;
  } catch (error) {
    if (!duplicateKey(error, 'slot')) throw error;
    const won = new Set((await readBack(queue, picks, claimer)).map(task => task._id));
    const rest = picks.filter(pick => !won.has(pick._id));
    return claimEach(queue, rest, claimer);
  }
}

/** Claims one by one in one unordered bulk; returns how many slots were taken by others. */
async function claimEach(queue: Queue, picks: readonly Pick[], claimer: Claimer): Promise<number> {
  const updates = picks.map(({ _id, lane, slot, limit }) => ({
    updateOne: {
      filter: { _id, lane, ...claimable(claimer) },
      update: move('claim', { set: { ...named(claimer), slot, concurrency_limit: limit } }),
    },
  }));
  try {
    if (updates.length > 0) await unlessUnknown(queue.tasks.bulkWrite(updates, { ordered: false }));
    return 0;
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const errors = [error.writeErrors].flat();
    if (errors.some(({ err }) => !duplicateKey(err, 'slot'))) throw error;
    return errors.length;
  }
}

function inLanes(picks: readonly Pick[]) {
  return { lane: { $in: [...new Set(picks.map(pick => pick.lane))] } };
}

// The actor is checked again on the document: a lane may have learnt of an actor after this round read it.
function claimable({ actors }: Claimer) {
  return { ...allowed('claim'), actor: { $in: [...actors] } };
}

function named({ worker_id, claim }: Claimer) {
  return { worker_id: { $literal: worker_id }, claim: { $literal: claim } };
}

/** A lost answer is not a lost claim: the read-back tells. */
async function unlessUnknown(write: Promise<unknown>): Promise<void> {
  await write.catch((error: unknown) => {
    if (!isTransient(error)) throw error;
  });
}

async function readBack(queue: Queue, picks: readonly Pick[], { claim }: Claimer): Promise<ClaimedTask[]> {
  const ids = picks.map(pick => pick._id);
  // Majority: what is read here is acted upon, so it must not be rolled back.
  const won = await queue.tasks
    .find({ _id: { $in: ids }, claim, status: 'processing' }, { readConcern: 'majority', maxTimeMS: 5_000 })
    .toArray();
  return won as ClaimedTask[];
}
