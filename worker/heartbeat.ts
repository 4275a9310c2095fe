// Keeping what this worker holds: heartbeats, the fence of each task, and its place among the live workers.
import { shareOf, type WorkerShare } from '../queue/index.ts';
import type { OutageGrace } from '../queue/pace/grace.ts';
import { type Loop, startLoop } from '../queue/pace/loop.ts';
import type { Time } from '../queue/pace/time.ts';
import type { HeldAttempts } from './held.ts';
import type { Store } from './store.ts';

export interface HeartbeatParts {
  store: Store;
  time: Time;
  row: Parameters<Store['registerWorker']>[0];
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
  /** Since the last one that the database took was sent; `late`: what it kept alive may be another's by now. */
  age(): { ms: number; late: boolean };
}

/**
 * Nothing is written in the name of a claim after this part of its lease: what is under way then has the rest of the
 * lease to arrive, and the recoverer cannot have taken the task back before.
 */
const fencedAfter = 0.75;

/** Registers the worker, and keeps it and its tasks alive until stopped. */
export async function startHeartbeat(parts: HeartbeatParts): Promise<HeartbeatLoop> {
  const { store, time, row, heartbeat_ms, lease_ms, grace } = parts;
  const fenceFrom = (since: number) => since + lease_ms * fencedAfter;
  await store.registerWorker(row);
  let share = await findShare(parts);
  let beatAt = time.now();

  const loop = startLoop({
    time,
    async round() {
      const sentAt = time.now();
      await Promise.all([beatTasks(parts, fenceFrom(sentAt)), beatRow(parts)]);
      share = await findShare(parts);
      grace.noteSuccess(time.now());
      beatAt = sentAt;
      return Math.max(0, sentAt + heartbeat_ms - time.now());
    },
    onTrouble(error) {
      grace.noteTrouble();
      store.events.emit('queue:trouble', { doing: 'sending heartbeats', error });
    },
  });
  const fences = watchFences(parts);

  return {
    share: () => share,
    fenceFrom,
    age: () => ({ ms: time.now() - beatAt, late: time.now() >= fenceFrom(beatAt) }),
    async stop() {
      await loop.stop();
      await fences.stop();
    },
  };
}

/** Ends the attempts whose claim may be lost without our knowing. */
function watchFences({ store, time, held, heartbeat_ms }: HeartbeatParts): Loop {
  return startLoop({
    time,
    round() {
      for (const attempt of held.all()) if (attempt.fenced && !attempt.settling) attempt.lose();
      return Promise.resolve(heartbeat_ms / 2);
    },
    onTrouble: error => store.events.emit('queue:trouble', { doing: 'watching leases', error }),
  });
}

async function beatTasks({ store, row, held }: HeartbeatParts, fence: number): Promise<void> {
  const attempts = new Map(held.all().map(attempt => [attempt.task._id, attempt]));
  const tasks = [...attempts.values()].map(attempt => attempt.task);
  const { kept, lost, cancelled } = await store.updateHeartbeat(row._id, tasks);
  for (const id of kept) attempts.get(id)?.extend(fence);
  for (const id of cancelled) attempts.get(id)?.cancel();
  for (const id of lost) {
    const attempt = attempts.get(id);
    // One that is being settled has left `processing` by our own hand.
    if (attempt && !attempt.settling) attempt.lose();
  }
}

async function beatRow({ store, row, held, state }: HeartbeatParts): Promise<void> {
  const known = await store.beatWorker(row._id, held.size, state.draining);
  if (!known) await store.registerWorker(row);
}

/** This worker's rank among the live ones: claimers divide the candidates by it. */
async function findShare({ store, row, lease_ms }: HeartbeatParts): Promise<WorkerShare> {
  return shareOf(await store.listLiveWorkers(lease_ms), row._id, new Set(row.actors));
}
