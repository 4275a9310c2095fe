// The one claimer of a worker: asks for as many tasks as there is room for and starts them.
import type { ClaimedTask, ConcurrencyInfo, JsonObject, WorkerShare } from '../queue/index.ts';
import { startLoop } from '../queue/pace/loop.ts';
import type { Time } from '../queue/pace/time.ts';
import { ActorBase } from './actors/actor.ts';
import type { ActorRegistry } from './actors/registry.ts';
import type { Store } from './store.ts';

export interface DispatcherParts {
  store: Store;
  time: Time;
  worker_id: string;
  actors: ActorRegistry;
  capacity: number;
  poll_ms: number;
  /** How many more tasks this worker can take. */
  room: () => number;
  share: () => WorkerShare;
  /** Of what tasks spawned. */
  jobs_max_concurrency?: number;
  /** Starts a task; `claimedAt` is a moment before the claim was written. */
  start: (task: ClaimedTask, claimedAt: number) => void;
}

export interface Dispatcher {
  /** There is room again. */
  freed(): void;
  /** No claim begins after this; resolves when the one under way is dealt with. */
  stop(): Promise<void>;
}

/** Room for less than a quarter of the capacity waits this long for more, so that claims come in batches. */
const refillAfterMs = 5;
const worthwhile = (capacity: number) => Math.max(1, capacity / 4);

export function startDispatcher(parts: DispatcherParts): Dispatcher {
  const { store, time, capacity } = parts;
  let stopped = false;
  let callOff: (() => void) | undefined;

  const loop = startLoop({
    time,
    round: () => round(parts, () => stopped, idleMs),
    onTrouble: error => store.events.emit('queue:trouble', { doing: 'claiming', error }),
  });
  const doorbell = store.watchLanes({ onOpen: () => loop.wake(), onGap: () => loop.wake() });
  // Where no change stream rings, looking often is the only way to be quick.
  function idleMs(): number {
    return Math.min(doorbell.mode() === 'polling' ? 100 + time.random() * 150 : Infinity, parts.poll_ms);
  }

  return {
    freed() {
      if (parts.room() >= worthwhile(capacity)) loop.wake();
      else
        callOff ??= time.after(refillAfterMs, () => {
          callOff = undefined;
          loop.wake();
        });
    },
    async stop() {
      stopped = true;
      callOff?.();
      await Promise.all([loop.stop(), doorbell.close()]);
    },
  };
}

async function round(parts: DispatcherParts, stopped: () => boolean, idleMs: () => number): Promise<number> {
  const { store, time, worker_id, actors, capacity, room, share, start } = parts;
  const want = room();
  if (want <= 0) return Infinity;
  const claimedAt = time.now();
  const request = { worker_id, actors: new Set(actors.servedNames()), want, share: share() };
  const { tasks, again, unrouted } = await store.claimTasks(request);
  if (stopped()) await store.releaseTasks(tasks);
  else for (const task of tasks) start(task, claimedAt);
  const rerouted = await reroute(parts, unrouted);
  if (!again && rerouted === 0) return idleMs();
  // Nothing won and yet more to do: another claimer is at it, and the two must not march in step.
  if (tasks.length === 0 && rerouted === 0) return 1 + time.random() * 9;
  return room() >= worthwhile(capacity) ? 0 : refillAfterMs;
}

/** Brings tasks whose lane only their actor's code can tell to that lane; returns how many it looked at. */
async function reroute(
  { store, actors, jobs_max_concurrency }: DispatcherParts,
  unrouted: readonly string[],
): Promise<number> {
  let looked = 0;
  for (const name of unrouted) {
    const actor = actors.get(name);
    if (!actor) continue;
    // Another version of this actor decided by code; where this one decides by data, its data decides.
    const ask = (payload: JsonObject): ConcurrencyInfo =>
      actor.getConcurrencyInfo?.(payload) ?? ActorBase.prototype.getConcurrencyInfo.call(actor, payload);
    looked += await store.rerouteTasks(name, ask, { jobs_max_concurrency });
  }
  return looked;
}
