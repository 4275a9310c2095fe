// The rows of worker processes: who is there, what it serves, when it last gave a sign of life.
import type { Queue } from './queue.ts';

/** A document of `workers`. */
export interface WorkerRecord {
  _id: string;
  host: string;
  pid: number;
  version: string;
  /** Names of the actors it claims tasks for. */
  actors: string[];
  /** Tasks it runs at once at most. */
  capacity: number;
  /** Tasks it ran at its last heartbeat. */
  running: number;
  /** It has been told to stop and claims nothing more. */
  draining: boolean;
  started_at: Date;
  heartbeat_at: Date;
  /** A worker outside (remote.ts), with what follows. */
  remote?: true;
  /** SHA-256 of its token, in hex. */
  token_hash?: string;
  /** The stream that is its stream now, and the server that holds it. */
  stream?: string | null;
  server?: string | null;
  /** Its own last sign of life, if it gives any: once it does, it must go on. */
  heard_at?: Date;
  /** Rises when one of its tasks has changed elsewhere than at that server. */
  nudges?: number;
}

export type WorkerRow = Omit<
  WorkerRecord,
  'started_at' | 'heartbeat_at' | 'running' | 'draining' | RemoteField
>;

type RemoteField = 'remote' | 'token_hash' | 'stream' | 'server' | 'heard_at' | 'nudges';

/** Writes a worker's row; one of the same id is replaced. */
export async function registerWorker(queue: Queue, row: WorkerRow): Promise<void> {
  const fresh = { $literal: { ...row, running: 0, draining: false } };
  const moments = { started_at: '$$NOW', heartbeat_at: '$$NOW' };
  await queue.workers.updateOne({ _id: row._id }, [{ $replaceWith: { $mergeObjects: [fresh, moments] } }], {
    upsert: true,
  });
}

/** A worker's sign of life; false when its row is gone (it then registers again). */
export async function beatWorker(
  queue: Queue,
  worker_id: string,
  running: number,
  draining: boolean,
): Promise<boolean> {
  const { matchedCount } = await queue.workers.updateOne(
    { _id: worker_id },
    { $set: { running, draining }, $currentDate: { heartbeat_at: true } },
  );
  return matchedCount === 1;
}

export async function deregisterWorker(queue: Queue, worker_id: string): Promise<void> {
  await queue.workers.deleteOne({ _id: worker_id });
}

// The token of a worker outside outlives its server, and its own bad days.
const remoteSilentMs = 3_600_000;

/** Removes the rows of workers that have been silent for longer than `silentMs`; tells how many. Their tasks are the recoverer's. */
export async function forgetDeadWorkers(queue: Queue, silentMs: number): Promise<number> {
  const patience = { $cond: ['$remote', remoteSilentMs, silentMs] };
  const silent = { $expr: { $lt: ['$heartbeat_at', { $subtract: ['$$NOW', patience] }] } };
  const { deletedCount } = await queue.workers.deleteMany(silent);
  return deletedCount;
}

/** Silent for longer, a worker is not counted on: three missed heartbeats at the default period, the default lease. */
export const workerAliveMs = 30_000;

/** Whether a worker of ours, not one outside, gave a sign of life within `withinMs` of the database's now. */
export async function hasOwnWorker(queue: Queue, withinMs: number): Promise<boolean> {
  const alive = { $expr: { $gte: ['$heartbeat_at', { $subtract: ['$$NOW', withinMs] }] } };
  return (
    (await queue.workers.findOne({ remote: { $ne: true }, ...alive }, { projection: { _id: 1 } })) !== null
  );
}

/** Workers that gave a sign of life within `withinMs` of the database's now, in the order of their ids. */
export async function listLiveWorkers(queue: Queue, withinMs: number): Promise<WorkerRecord[]> {
  const alive = { $expr: { $gte: ['$heartbeat_at', { $subtract: ['$$NOW', withinMs] }] } };
  return queue.workers.find(alive).sort({ _id: 1 }).limit(1_000).toArray();
}

/** Those of these workers that take tasks of an actor. */
export function servingOf(workers: readonly WorkerRecord[], actor: string): WorkerRecord[] {
  return workers.filter(worker => !worker.draining && worker.actors.includes(actor));
}

/** Whether a live worker takes tasks of an actor. */
export async function isServed(queue: Queue, actor: string): Promise<boolean> {
  return servingOf(await listLiveWorkers(queue, workerAliveMs), actor).length > 0;
}

/** Whoever claims beside `me` for one of these actors, and my place among them: claimers divide the candidates by it. */
export function shareOf(
  live: readonly WorkerRecord[],
  me: string,
  actors: ReadonlySet<string>,
): { index: number; of: number } {
  const rivals = live.filter(worker => worker.actors.some(actor => actors.has(actor)));
  // All workers outside that one server serves are claimed for by that server.
  const claimers = [...new Set([me, ...rivals.map(({ _id, server }) => server ?? _id)])].sort();
  return { index: claimers.indexOf(me), of: claimers.length };
}
