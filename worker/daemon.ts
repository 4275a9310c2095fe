// The running worker: joins the queue, starts the loops, and leaves without losing anything. What it runs on, a database
// and a clock, it is given; what users may say of it is in worker.ts.
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { ClaimedTask } from '../queue/index.ts';
import { OutageGrace } from '../queue/pace/grace.ts';
import type { Loop } from '../queue/pace/loop.ts';
import type { Time } from '../queue/pace/time.ts';
import type { ActorRegistry } from './actors/registry.ts';
import { Attempt } from './attempt.ts';
import type { Injected } from './context.ts';
import { type Dispatcher, startDispatcher } from './dispatcher.ts';
import { drain } from './drain.ts';
import type { WorkerEvents } from './events.ts';
import { executeAttempt } from './executor.ts';
import { type HeartbeatLoop, startHeartbeat } from './heartbeat.ts';
import { HeldAttempts } from './held.ts';
import { startMaintenance } from './maintenance.ts';
import { openOutbox } from './outbox.ts';
import { ProgressWriter } from './progress.ts';
import type { Store } from './store.ts';
import { version } from './version.ts';

export interface DaemonSettings extends Injected {
  store: Store;
  time: Time;
  worker_id: string;
  /** The actors that it claims tasks for. */
  actors: ActorRegistry;
  capacity: number;
  heartbeat_ms: number;
  lease_ms: number;
  poll_ms: number;
  drain_ms: number;
  log: Logger;
  /** Ends the generations that ended tasks left open; resolves how many. */
  failOrphans: () => Promise<number>;
  /** Removes bytes that no record will ever name; resolves how many. */
  sweepContents: () => Promise<number>;
}

/** How a worker does. */
export interface Standing {
  capacity: number;
  /** It claims nothing more. */
  draining: boolean;
  /** Since the last heartbeat that the database took. */
  heartbeat_age_ms: number;
  /** It is so long ago that what this worker holds may be another's. */
  heartbeat_late: boolean;
}

export interface Daemon {
  /** Tasks it holds now. */
  running(): number;
  standing(): Standing;
  /** Claims nothing more, drains, leaves; `release` skips the draining, also of a stop under way. */
  stop(options?: { release?: boolean }): Promise<void>;
}

/** Joins the queue and runs tasks until it is stopped. */
export async function startDaemon(settings: DaemonSettings, events: WorkerEvents): Promise<Daemon> {
  const { worker_id, actors, capacity } = settings;
  const running = await startLoops(settings, events);
  events.emit('worker:started', { worker_id, actors: actors.names(), capacity });
  const hurry = new AbortController();
  let stopping: Promise<void> | undefined;
  return {
    running: () => running.held.size,
    standing() {
      const { ms: heartbeat_age_ms, late: heartbeat_late } = running.heartbeat.age();
      return { capacity, draining: running.state.draining, heartbeat_age_ms, heartbeat_late };
    },
    stop({ release = false } = {}) {
      if (release) hurry.abort();
      stopping ??= leave(settings, events, running, hurry.signal);
      return stopping;
    },
  };
}

interface Running {
  held: HeldAttempts;
  progress: ProgressWriter;
  heartbeat: HeartbeatLoop;
  maintenance: Pick<Loop, 'stop'>;
  dispatcher: Dispatcher;
  /** Says in heartbeats that it claims nothing more. */
  state: { draining: boolean };
}

async function startLoops(settings: DaemonSettings, events: WorkerEvents): Promise<Running> {
  const { store, time, actors, lease_ms, capacity } = settings;
  const held = new HeldAttempts();
  const state = { draining: false };
  const grace = new OutageGrace(lease_ms, () => settings.time.wall());
  const row = {
    _id: settings.worker_id,
    host: hostname(),
    pid: process.pid,
    version,
    actors: actors.servedNames(),
    capacity,
  };
  const heartbeat = await startHeartbeat({ ...settings, row, held, state, grace });
  const progress = new ProgressWriter(store, time, events);
  const settling = (attempt: Attempt) => {
    held.settling(attempt);
    dispatcher.freed();
  };
  const parts = { ...settings, events, progress, outbox: openOutbox(store, time), settling };

  function start(task: ClaimedTask, claimedAt: number): void {
    const attempt = new Attempt(task, heartbeat.fenceFrom(claimedAt), time);
    void held.add(attempt, executeAttempt(parts, attempt)).then(() => dispatcher.freed());
  }
  const room = () => held.room(capacity);
  const dispatcher = startDispatcher({ ...settings, room, share: () => heartbeat.share(), start });
  const maintenance = startMaintenance({ ...settings, events, grace });
  return { held, progress, heartbeat, maintenance, dispatcher, state };
}

async function leave(
  { store, time, worker_id, drain_ms }: DaemonSettings,
  events: WorkerEvents,
  { held, progress, heartbeat, maintenance, dispatcher, state }: Running,
  hurry: AbortSignal,
): Promise<void> {
  state.draining = true;
  events.emit('worker:draining', { worker_id, running: held.size });
  // Leaving is a courtesy to the others: when the database is away, leases and rows run out by themselves.
  const tryTo = (doing: string, step: () => Promise<void>) =>
    step().catch((error: unknown) => void store.events.emit('queue:trouble', { doing, error }));
  await tryTo('stopping to claim', () => dispatcher.stop());
  await drain(held, drain_ms, hurry, time);
  await progress.close();
  await tryTo('giving back the maintenance lease', () => maintenance.stop());
  await heartbeat.stop();
  await tryTo('leaving', () => store.deregisterWorker(worker_id));
  events.emit('worker:stopped', { worker_id });
}
