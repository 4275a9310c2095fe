// The writes of a claim round and the read-back that says what it won.
import { setTimeout as pause } from 'node:timers/promises';
import { MongoBulkWriteError } from 'mongodb';
import { byPosition } from '../batch.ts';
import { duplicateKey } from '../errors.ts';
import type { Queue } from '../queue.ts';
import { allowed, move } from '../states.ts';
import type { ClaimedTask } from '../task.ts';
import { isTransient } from '../transient.ts';
import type { Dealt } from './deal.ts';

export interface Won {
  tasks: ClaimedTask[];
  slot_conflicts: number;
}

/**
 * Claims the picks, each with one conditional single-document change, and reads back by their claims, which no other round has,
 * what was won: the truth also after an error. Unlimited picks go in a statement of their own, which no slot conflict can stop.
 */
export async function writeClaim(
  queue: Queue,
  picks: readonly Dealt[],
  actors: readonly string[],
): Promise<Won> {
  if (picks.length === 0) return { tasks: [], slot_conflicts: 0 };
  const limited = picks.filter(pick => pick.slot !== null);
  const unlimited = picks.filter(pick => pick.slot === null);
  // Settled, not all: a statement that was refused or killed half-way has won what it reached, and so has the other.
  const [free, slotted] = await Promise.allSettled([
    claimAll(queue, unlimited, actors),
    claimSlots(queue, limited, actors),
  ]);
  const certain =
    free.status === 'fulfilled' && free.value && slotted.status === 'fulfilled' && slotted.value.certain;
  const tasks = await readBack(queue, picks, certain);
  for (const part of [free, slotted]) {
    if (part.status === 'fulfilled') continue;
    if (tasks.length === 0) throw part.reason;
    queue.events.emit('queue:trouble', { doing: 'claiming', error: part.reason });
  }
  return { tasks, slot_conflicts: slotted.status === 'fulfilled' ? slotted.value.conflicts : 0 };
}

/** Claims all picks in one statement; false when its outcome is unknown. */
async function claimAll(queue: Queue, picks: readonly Dealt[], actors: readonly string[]): Promise<boolean> {
  if (picks.length === 0) return true;
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
  return isCertain(
    queue.tasks.updateMany(
      { _id: { $in: ids }, ...inLanes(picks), ...claimable(actors) },
      move('claim', { set: { ...named(picks), ...slots } }),
      { hint: { _id: 1 } },
    ),
  );
}

interface SlotClaim {
  certain: boolean;
  /** Slots that other claimers took first. */
  conflicts: number;
}

/** Claims limited picks; another claimer's slot stops the statement, and the rest goes again one by one. */
async function claimSlots(
  queue: Queue,
  picks: readonly Dealt[],
  actors: readonly string[],
): Promise<SlotClaim> {
  try {
    return { certain: await claimAll(queue, picks, actors), conflicts: 0 };
  } catch (error) {
    if (!duplicateKey(error, 'slot')) throw error;
    const won = new Set((await readBack(queue, picks, true)).map(task => task._id));
    const rest = picks.filter(pick => !won.has(pick._id));
    return claimEach(queue, rest, actors);
  }
}

/** Claims one by one, in one unordered bulk. */
async function claimEach(
  queue: Queue,
  picks: readonly Dealt[],
  actors: readonly string[],
): Promise<SlotClaim> {
  if (picks.length === 0) return { certain: true, conflicts: 0 };
  const updates = picks.map(pick => ({
    updateOne: {
      filter: { _id: pick._id, lane: pick.lane, ...claimable(actors) },
      update: move('claim', { set: { ...named([pick]), slot: pick.slot, concurrency_limit: pick.limit } }),
    },
  }));
  try {
    return { certain: await isCertain(queue.tasks.bulkWrite(updates, { ordered: false })), conflicts: 0 };
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const errors = [error.writeErrors].flat();
    if (errors.length === 0 || errors.some(({ err }) => !duplicateKey(err, 'slot'))) throw error;
    return { certain: true, conflicts: errors.length };
  }
}

function inLanes(picks: readonly Dealt[]) {
  return { lane: { $in: [...new Set(picks.map(pick => pick.lane))] } };
}

// The actor is checked again on the document: a lane may have learnt of an actor after this round read it.
function claimable(actors: readonly string[]) {
  return { ...allowed('claim'), actor: { $in: [...actors] } };
}

/** Whose each task will be. */
function named(picks: readonly Dealt[]) {
  const { worker_id, claim } = picks[0]!;
  if (picks.every(pick => pick.claim === claim))
    return { worker_id: { $literal: worker_id }, claim: { $literal: claim } };
  const ids = picks.map(pick => pick._id);
  const column = (name: 'worker_id' | 'claim') =>
    byPosition(
      ids,
      picks.map(pick => pick[name]),
    );
  return { worker_id: column('worker_id'), claim: column('claim') };
}

/** False when the answer was lost or doubtful: not a lost claim, the read-back tells. */
async function isCertain(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isTransient(error)) return false;
    throw error;
  }
}

const confirmTries = 5;

/** What this round won. After an uncertain write only what a majority holds: nothing that could be rolled back. */
async function readBack(queue: Queue, picks: readonly Dealt[], certain: boolean): Promise<ClaimedTask[]> {
  const claim = { $in: [...new Set(picks.map(pick => pick.claim))] };
  const mine = { _id: { $in: picks.map(pick => pick._id) }, claim, status: 'processing' as const };
  const read = (level: 'local' | 'majority') =>
    queue.tasks.find(mine, { readConcern: level, maxTimeMS: 5_000 }).toArray() as Promise<ClaimedTask[]>;
  const written = await read('local');
  if (certain) return written;
  let held = await read('majority');
  for (let tried = 1; tried <= confirmTries && held.length < written.length; tried++) {
    await pause(20 * 2 ** tried);
    held = await read('majority');
  }
  return held;
}
