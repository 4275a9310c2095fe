// Keeping claims alive.
import type { Queue } from './queue.ts';
import type { ClaimedTask } from './task.ts';

export interface Heartbeat {
  /** Still held: their lease begins anew. */
  kept: Set<string>;
  /** No longer this worker's. */
  lost: string[];
  /** Still held, but somebody asked to cancel them. */
  cancelled: string[];
}

/**
 * Renews the lease of exactly these tasks. Never of "all tasks of this worker": a claim whose answer was lost would be
 * kept alive for ever by a worker that does not know of it.
 */
export async function updateHeartbeat(
  queue: Queue,
  worker_id: string,
  tasks: readonly ClaimedTask[],
): Promise<Heartbeat> {
  if (tasks.length === 0) return { kept: new Set(), lost: [], cancelled: [] };
  const ids = tasks.map(task => task._id);
  const lanes = [...new Set(tasks.map(task => task.lane))];
  const mine = { _id: { $in: ids }, lane: { $in: lanes }, worker_id, status: 'processing' as const };
  await queue.tasks.updateMany(mine, { $currentDate: { heartbeat_at: true } }, { hint: { _id: 1 } });
  const rows = await queue.tasks.find(mine, { projection: { claim: 1, cancel_requested: 1 } }).toArray();
  const claims = new Map(rows.map(row => [row._id, row]));
  const held = tasks.filter(task => claims.get(task._id)?.claim === task.claim);
  const kept = new Set(held.map(task => task._id));
  return {
    kept,
    lost: ids.filter(id => !kept.has(id)),
    cancelled: [...kept].filter(id => claims.get(id)?.cancel_requested),
  };
}
