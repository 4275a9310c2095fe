// Keeping what this worker holds: heartbeats, the fence of each task, and its place among the live workers.
import {
  beatWorker,
  listLiveWorkers,
  type Queue,
  registerWorker,
  updateHeartbeat,
  type WorkerShare,
} from '../queue/index.ts';
import type { OutageGrace } from './grace.ts';
import type { HeldAttempts } from './held.ts';
import { type Loop, startLoop } from './loop.ts';

type WorkerRow = Parameters<typeof registerWorker>[1];

export interface HeartbeatParts {
  queue: Queue;
  row: WorkerRow;
  held: HeldAttempts;
  state: { readonly draining: boolean };
  heartbeat_ms: number;
  lease_ms: number;
  grace: OutageGrace;
}

export interface HeartbeatLoop extends Pick<Loop, 'stop'> {
  share(): WorkerShare;
  /** The moment from which a claim that was alive at `since` may be another's. */
  fenceFrom(since: number): number;
}

/**
 * Nothing is written in the name of a claim after this part of its lease: what is under way then has the rest of the
 * lease to arrive, and the recoverer cannot have taken the task back before.
 */
const fencedAfter = 0.75;

/** Registers the worker, and keeps it and its tasks alive until stopped. */
export async function startHeartbeat(parts: HeartbeatParts): Promise<HeartbeatLoop> {
  const { queue, row, held, heartbeat_ms, lease_ms, grace } = parts;
  const fenceFrom = (since: number) => since + lease_ms * fencedAfter;
  await registerWorker(queue, row);
  let share = await findShare(parts);

  const loop = startLoop({
    async round() {
      const sentAt = performance.now();
      await Promise.all([beatTasks(parts, fenceFrom(sentAt)), beatRow(parts)]);
      share = await findShare(parts);
      grace.noteSuccess(sentAt);
      return Math.max(0, sentAt + heartbeat_ms - performance.now());
    },
    onTrouble(error) {
      grace.noteTrouble();
      queue.events.emit('queue:trouble', { doing: 'sending heartbeats', error });
    },
  });
  const fences = setInterval(() => {
    for (const attempt of held.all()) if (attempt.fenced && !attempt.settling) attempt.lose();
  }, heartbeat_ms / 2);

  return {
    share: () => share,
    fenceFrom,
    async stop() {
      await loop.stop();
      clearInterval(fences);
    },
  };
}

async function beatTasks({ queue, row, held }: HeartbeatParts, fence: number): Promise<void> {
  const attempts = new Map(held.all().map(attempt => [attempt.task._id, attempt]));
  const tasks = [...attempts.values()].map(attempt => attempt.task);
  const { kept, lost, cancelled } = await updateHeartbeat(queue, row._id, tasks);
  for (const id of kept) attempts.get(id)?.extend(fence);
  for (const id of cancelled) attempts.get(id)?.cancel();
  for (const id of lost) {
    const attempt = attempts.get(id);
    // One that is being settled has left `processing` by our own hand.
    if (attempt && !attempt.settling) attempt.lose();
  }
}

async function beatRow({ queue, row, held, state }: HeartbeatParts): Promise<void> {
  const known = await beatWorker(queue, row._id, held.size, state.draining);
  if (!known) await registerWorker(queue, row);
}

/** This worker's rank among the live ones: claimers divide the candidates by it. */
async function findShare({ queue, row, lease_ms }: HeartbeatParts): Promise<WorkerShare> {
  const ids = (await listLiveWorkers(queue, lease_ms)).map(worker => worker._id);
  return { index: Math.max(0, ids.indexOf(row._id)), of: Math.max(1, ids.length) };
}
