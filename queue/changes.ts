// Doorbells: "something changed, go and look". A change stream where there is one; it never carries the truth itself.
import { setTimeout as pause } from 'node:timers/promises';
import type { ChangeStream, Collection, Document } from 'mongodb';
import type { Queue } from './queue.ts';

export interface Doorbell {
  /** `polling`: this mongod has no change streams (a standalone); the watcher must look by itself. */
  mode(): 'stream' | 'polling';
  close(): Promise<void>;
}

export interface TaskWatcher {
  /** This task was stored or visibly changed; its current state is newer than the event. */
  onChange: (task_id: string) => void;
  /** Anything may have changed unseen: the doorbell was just connected (again), or there is none here. */
  onGap: () => void;
}

/** Rings for every new task and every change of a task's `rev`. Heartbeats are filtered out inside mongod. */
export function watchTasks(queue: Queue, { onChange, onGap }: TaskWatcher): Doorbell {
  const visible = [
    { operationType: { $in: ['insert', 'replace'] } },
    { operationType: 'update', 'updateDescription.updatedFields.rev': { $exists: true } },
  ];
  return openDoorbell(queue, queue.tasks, visible, onChange, onGap);
}

export interface LaneWatcher {
  /** A lane may have claimable work that it had not before. */
  onOpen: () => void;
  onGap: () => void;
}

/**
 * Rings when a lane opens, another actor waits in it, it is resumed, or gets another limit: wakes idle workers. Lanes of
 * which nothing new is said are quiet.
 */
export function watchLanes(queue: Queue, { onOpen, onGap }: LaneWatcher): Doorbell {
  const updated = 'updateDescription.updatedFields';
  const opened = [
    { operationType: { $in: ['insert', 'replace'] }, 'fullDocument.open': true },
    { [`${updated}.open`]: true },
    { [`${updated}.rings`]: { $exists: true } },
    { [`${updated}.paused`]: false },
    { [`${updated}.limit`]: { $exists: true } },
  ];
  return openDoorbell(queue, queue.lanes, opened, onOpen, onGap);
}

export interface RemoteWatcher {
  /** This worker outside has another stream, has left, or one of its tasks changed elsewhere. */
  onChange: (worker_id: string) => void;
  onGap: () => void;
}

/** Rings for what one server has to tell another about a worker outside. Heartbeats are filtered out inside mongod. */
export function watchRemoteWorkers(queue: Queue, { onChange, onGap }: RemoteWatcher): Doorbell {
  const updated = 'updateDescription.updatedFields';
  const told = [
    { operationType: 'delete' },
    { [`${updated}.stream`]: { $exists: true } },
    { [`${updated}.nudges`]: { $exists: true } },
  ];
  return openDoorbell(queue, queue.workers, told, onChange, onGap);
}

// How long mongod holds an unanswered look: also the longest that opening and closing a doorbell take.
const awaitMs = 300;

function openDoorbell<T extends { _id: string }>(
  queue: Queue,
  collection: Collection<T>,
  anyOf: Document[],
  onRing: (id: string) => void,
  onGap: () => void,
): Doorbell {
  const stopped = new AbortController();
  let mode: 'stream' | 'polling' = 'stream';
  let stream: ChangeStream | undefined;
  const pipeline = [{ $match: { $or: anyOf } }, { $project: { _id: 1, documentKey: 1 } }];

  let failures = 0;

  async function listen(): Promise<void> {
    stream = collection.watch(pipeline, { maxAwaitTimeMS: awaitMs });
    // The first look opens the cursor: only what happens after it is certain to ring.
    let event: Document | null = await stream.tryNext();
    failures = 0;
    onGap();
    for (; !stopped.signal.aborted; event = await stream.next()) if (event) onRing(event.documentKey._id);
  }

  async function keepListening(): Promise<void> {
    for (; !stopped.signal.aborted; failures++) {
      try {
        await listen();
      } catch (error) {
        if (stopped.signal.aborted) return;
        if (isUnsupported(error)) {
          mode = 'polling';
          return onGap();
        }
        queue.events.emit('queue:trouble', { doing: `watching ${collection.collectionName}`, error });
        await pause(backoffMs(failures), undefined, { signal: stopped.signal }).catch(() => {});
      } finally {
        await stream?.close().catch(() => {});
      }
    }
  }

  const listening = keepListening();
  return {
    mode: () => mode,
    async close() {
      stopped.abort();
      await stream?.close().catch(() => {});
      await listening;
    },
  };
}

function backoffMs(failures: number): number {
  return Math.min(100 * 2 ** failures, 5_000) * (0.5 + Math.random() / 2);
}

/** 40573: change streams exist on replica sets only. */
function isUnsupported(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 40573;
}
