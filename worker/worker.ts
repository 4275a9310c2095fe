// A worker: publishes its actors, joins the queue, starts the loops, and stops without losing anything.
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import { type Content, openContent } from '../content/index.ts';
import { MediaProviderRegistry } from '../providers/index.ts';
import {
  type ClaimedTask,
  deregisterWorker,
  publishActors,
  publishLimits,
  type Queue,
} from '../queue/index.ts';
import type { AnyActor } from './actors/actor.ts';
import { ActorRegistry } from './actors/registry.ts';
import { Attempt } from './attempt.ts';
import { type Dispatcher, startDispatcher } from './dispatcher.ts';
import { drain } from './drain.ts';
import type { WorkerEventMap, WorkerEvents } from './events.ts';
import { executeAttempt } from './executor.ts';
import { OutageGrace } from './grace.ts';
import { type HeartbeatLoop, startHeartbeat } from './heartbeat.ts';
import { HeldAttempts } from './held.ts';
import { logEvents } from './log.ts';
import type { Loop } from './loop.ts';
import { startMaintenance } from './maintenance.ts';
import { openOutbox } from './outbox.ts';
import { ProgressWriter } from './progress.ts';
import { version } from './version.ts';

export interface WorkerOptions {
  queue: Queue;
  actors: ActorRegistry | readonly AnyActor[];
  /** What actors store their media in; the queue's own database by default. */
  content?: Content;
  /** None by default. */
  providers?: MediaProviderRegistry;
  /** Base of the links in results. */
  public_url?: string;
  /** Tasks it runs at once; 16. */
  capacity?: number;
  /** Between two heartbeats; 5,000. */
  heartbeat_ms?: number;
  /** A task silent for longer is recovered; 30,000, the same for all workers of a queue. */
  lease_ms?: number;
  /** The longest sleep of an idle worker that nothing wakes; 1,000. */
  poll_ms?: number;
  /** How long a stop lets running tasks finish before it releases them; 30,000. */
  drain_ms?: number;
  /** `<host>-<pid>-<random>`; unique among the workers of a queue. */
  worker_id?: string;
  /** Silent by default. */
  log?: Logger;
  /** Names or tags (`tag:<name>`) of the actors it claims tasks for; all by default. All are published. */
  serves?: readonly string[];
}

export interface Worker {
  readonly worker_id: string;
  readonly events: WorkerEvents;
  /** Tasks it holds now. */
  running(): number;
  /**
   * Claims nothing more, lets running tasks finish, releases those that do not within `drain_ms`, and leaves.
   * `release` skips the waiting, also of a stop under way. Resolves when all is settled.
   */
  stop(options?: { release?: boolean }): Promise<void>;
}

type Settings = Required<Omit<WorkerOptions, 'actors' | 'serves'>> & {
  published: ActorRegistry;
  actors: ActorRegistry;
};

/** Publishes the actors, joins the queue and runs tasks until it is stopped. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const settings = await withDefaults(options);
  const { queue, worker_id, log, capacity } = settings;
  const events: WorkerEvents = new EventEmitter<WorkerEventMap>();
  const stopLogging = logEvents(queue.events, events, log);
  try {
    await publish(settings, events);
    const running = await startLoops(settings, events);
    events.emit('worker:started', { worker_id, actors: settings.actors.names(), capacity });
    return handle(settings, events, running, stopLogging);
  } catch (error) {
    stopLogging();
    throw error;
  }
}

async function withDefaults(options: WorkerOptions): Promise<Settings> {
  const { actors, serves, ...rest } = options;
  const published = actors instanceof ActorRegistry ? actors : new ActorRegistry(actors);
  return {
    providers: new MediaProviderRegistry(),
    public_url: '',
    capacity: 16,
    heartbeat_ms: 5_000,
    lease_ms: 30_000,
    poll_ms: 1_000,
    drain_ms: 30_000,
    worker_id: `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`,
    log: pino({ level: 'silent' }),
    ...rest,
    content: rest.content ?? (await openContent(rest.queue.db)),
    published,
    actors: serves ? published.select(serves) : published,
  };
}

/** Others route and validate by what is published: it comes before the first claim. */
async function publish({ queue, published }: Settings, events: WorkerEvents): Promise<void> {
  const descriptions = published.describe();
  await publishActors(queue, descriptions);
  for (const conflict of await publishLimits(queue, descriptions)) events.emit('limits:conflict', conflict);
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

async function startLoops(settings: Settings, events: WorkerEvents): Promise<Running> {
  const { queue, worker_id, actors, lease_ms, heartbeat_ms, capacity } = settings;
  const held = new HeldAttempts();
  const state = { draining: false };
  const grace = new OutageGrace(lease_ms);
  const row = {
    _id: worker_id,
    host: hostname(),
    pid: process.pid,
    version,
    actors: actors.names(),
    capacity,
  };
  const heartbeat = await startHeartbeat({ queue, row, held, state, heartbeat_ms, lease_ms, grace });
  const progress = new ProgressWriter(queue);
  const settling = (attempt: Attempt) => {
    held.settling(attempt);
    dispatcher.freed();
  };
  const parts = { ...settings, events, progress, outbox: openOutbox(queue), settling };

  function start(task: ClaimedTask, claimedAt: number): void {
    const attempt = new Attempt(task, heartbeat.fenceFrom(claimedAt));
    void held.add(attempt, executeAttempt(parts, attempt)).then(() => dispatcher.freed());
  }
  const room = () => held.room(capacity);
  const dispatcher = startDispatcher({ ...settings, room, share: () => heartbeat.share(), start });
  const maintenance = startMaintenance({ queue, worker_id, lease_ms, grace });
  return { held, progress, heartbeat, maintenance, dispatcher, state };
}

function handle(settings: Settings, events: WorkerEvents, running: Running, stopLogging: () => void): Worker {
  const { worker_id } = settings;
  const hurry = new AbortController();
  let stopping: Promise<void> | undefined;
  return {
    worker_id,
    events,
    running: () => running.held.size,
    stop({ release = false } = {}) {
      if (release) hurry.abort();
      stopping ??= leave(settings, events, running, hurry.signal).finally(stopLogging);
      return stopping;
    },
  };
}

async function leave(
  { queue, worker_id, drain_ms }: Settings,
  events: WorkerEvents,
  { held, progress, heartbeat, maintenance, dispatcher, state }: Running,
  hurry: AbortSignal,
): Promise<void> {
  state.draining = true;
  events.emit('worker:draining', { worker_id, running: held.size });
  // Leaving is a courtesy to the others: when the database is away, leases and rows run out by themselves.
  const tryTo = (doing: string, step: () => Promise<void>) =>
    step().catch((error: unknown) => void queue.events.emit('queue:trouble', { doing, error }));
  await tryTo('stopping to claim', () => dispatcher.stop());
  await drain(held, drain_ms, hurry);
  await progress.close();
  await tryTo('giving back the maintenance lease', () => maintenance.stop());
  await heartbeat.stop();
  await tryTo('leaving', () => deregisterWorker(queue, worker_id));
  events.emit('worker:stopped', { worker_id });
}
