// The rows of workers outside: registered over HTTP, each with a token, and served by whichever server holds their stream.
// What such a worker holds is read from the tasks: the row says who it is, never what it runs.
import { randomUUID } from 'node:crypto';
import type { Queue } from './queue.ts';
import type { ClaimedTask, Task } from './task.ts';
import type { WorkerRecord } from './workers.ts';

/** A row of `workers` whose worker is outside. */
export type RemoteWorker = WorkerRecord & Required<Pick<WorkerRecord, 'remote' | 'token_hash'>>;

/** Whether an id is that of a worker outside: its tasks say so when it is gone. */
export function isRemoteId(worker_id: string): boolean {
  return /^rw_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(worker_id);
}

export interface NewRemoteWorker {
  name: string;
  /** Full names of the jobs it executes. */
  jobs: readonly string[];
  capacity: number;
  /** SHA-256 of its token, in hex. */
  token_hash: string;
}

/** Registers a worker; it is given nothing before it opens its stream. Resolves its id. */
export async function addRemoteWorker(queue: Queue, worker: NewRemoteWorker): Promise<string> {
  const { name, jobs, capacity, token_hash } = worker;
  const _id = `rw_${randomUUID()}`;
  const said = { _id, host: name, pid: 0, version: '', actors: [...jobs], capacity, running: 0 };
  const row = { ...said, draining: true, remote: true, token_hash, stream: null, server: null };
  const moments = { started_at: '$$NOW', heartbeat_at: '$$NOW' };
  await queue.workers.updateOne(
    { _id },
    [{ $replaceWith: { $mergeObjects: [{ $literal: row }, moments] } }],
    {
      upsert: true,
    },
  );
  return _id;
}

export async function findRemoteWorker(queue: Queue, worker_id: string): Promise<RemoteWorker | null> {
  if (!isRemoteId(worker_id)) return null;
  return queue.workers.findOne<RemoteWorker>({ _id: worker_id, remote: true });
}

/** Makes `stream` its stream, in place of any other; null when the worker has left. */
export async function takeRemoteStream(
  queue: Queue,
  worker_id: string,
  { stream, server }: { stream: string; server: string },
): Promise<RemoteWorker | null> {
  return queue.workers.findOneAndUpdate(
    { _id: worker_id, remote: true },
    [
      {
        $set: {
          stream: { $literal: stream },
          server: { $literal: server },
          draining: false,
          heartbeat_at: '$$NOW',
          // Coming back is a sign of life of its own; one that gives no others need not begin to.
          heard_at: { $cond: ['$heard_at', '$$NOW', '$$REMOVE'] },
        },
      },
    ],
    { returnDocument: 'after' },
  ) as Promise<RemoteWorker | null>;
}

/** A sign of life of a worker by its stream; null when another stream is its stream now, or it has left. */
export async function beatRemoteWorker(
  queue: Queue,
  worker_id: string,
  { stream, running }: { stream: string; running: number },
): Promise<RemoteWorker | null> {
  return queue.workers.findOneAndUpdate(
    { _id: worker_id, stream },
    { $set: { running }, $currentDate: { heartbeat_at: true } },
    { returnDocument: 'after' },
  ) as Promise<RemoteWorker | null>;
}

/** Worker → its stream, of those that exist. */
export async function readRemoteStreams(
  queue: Queue,
  worker_ids: readonly string[],
): Promise<Map<string, string | null>> {
  if (worker_ids.length === 0) return new Map();
  const rows = await queue.workers
    .find({ _id: { $in: [...worker_ids] } }, { projection: { stream: 1 } })
    .toArray();
  return new Map(rows.map(({ _id, stream = null }) => [_id, stream]));
}

/** A sign of life of a worker by itself. */
export async function noteRemoteWorker(queue: Queue, worker_id: string): Promise<void> {
  await queue.workers.updateOne({ _id: worker_id }, { $currentDate: { heartbeat_at: true, heard_at: true } });
}

/** Its stream is gone: it is given nothing until it opens another. One that has opened another is left alone. */
export async function dropRemoteStream(queue: Queue, worker_id: string, stream: string): Promise<void> {
  await queue.workers.updateOne({ _id: worker_id, stream }, { $set: { stream: null, draining: true } });
}

/** Tells the server that holds its stream that one of its tasks has changed elsewhere. */
export async function nudgeRemoteWorker(queue: Queue, worker_id: string): Promise<void> {
  await queue.workers.updateOne({ _id: worker_id, remote: true }, { $inc: { nudges: 1 } });
}

/** The tasks that a worker holds, by the tasks themselves. */
export async function findHeld(queue: Queue, worker_id: string): Promise<ClaimedTask[]> {
  const held = { status: 'processing' as const, worker_id };
  return queue.tasks
    .find(held, { readConcern: 'majority', maxTimeMS: 5_000 })
    .hint('live')
    .limit(maxHeld)
    .toArray() as Promise<ClaimedTask[]>;
}

/** The claims under which a worker holds tasks, by the tasks themselves. */
export async function findHeldClaims(
  queue: Queue,
  worker_id: string,
): Promise<Pick<Task, '_id' | 'claim'>[]> {
  return queue.tasks
    .find({ status: 'processing', worker_id }, { projection: { claim: 1 }, maxTimeMS: 5_000 })
    .hint('live')
    .limit(maxHeld)
    .toArray();
}

// Ten times the largest capacity.
const maxHeld = 10_000;

/** What somebody who holds tasks has to know of them. */
export type HeldLook = Pick<Task, '_id' | 'status' | 'claim' | 'begun' | 'cancel_requested'>;

export async function lookAtHeld(queue: Queue, task_ids: readonly string[]): Promise<HeldLook[]> {
  const projection = { status: 1, claim: 1, begun: 1, cancel_requested: 1 } as const;
  return queue.tasks.find({ _id: { $in: [...task_ids] } }, { projection, maxTimeMS: 2_000 }).toArray();
}

/** How tasks stand, with the attempts that have ended. */
export async function lookAtAttempts(
  queue: Queue,
  task_ids: readonly string[],
): Promise<Pick<Task, '_id' | 'status' | 'claim' | 'attempts'>[]> {
  const projection = { status: 1, claim: 1, attempts: 1 } as const;
  return queue.tasks.find({ _id: { $in: [...task_ids] } }, { projection, maxTimeMS: 2_000 }).toArray();
}
