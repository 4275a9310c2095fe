// A worker as its users start it: options and their defaults, and publishing its actors. What it then does is in daemon.ts.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import { type Content, failOrphanedGenerations, openContent, sweepContents } from '../content/index.ts';
import { MediaProviderRegistry } from '../providers/index.ts';
import { limitJobs, publishActors, publishLimits, type Queue } from '../queue/index.ts';
import type { Loop } from '../queue/pace/loop.ts';
import { realTime } from '../queue/pace/time.ts';
import type { AnyActor } from './actors/actor.ts';
import { addDependencies, type Inject, refuseMissing } from './actors/dependencies.ts';
import { ActorRegistry } from './actors/registry.ts';
import { shellEnvironment } from './config.ts';
import { type Counters, type CountersSubscription, countEvents } from './counters.ts';
import { type Daemon, type DaemonSettings, type Standing, startDaemon } from './daemon.ts';
import { newWorkerEvents, type WorkerEvents } from './events.ts';
import { startFigures } from './figures.ts';
import { countLanes } from './lane-counts.ts';
import { logEvents } from './log.ts';
import { storeOf } from './store.ts';

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
  /** What actors name as their dependencies, beside the worker's own. */
  inject?: Inject;
  /**
   * At most so many tasks that tasks spawned run at once, over all workers, of actors without a limit of their own; unlimited.
   * The same for all workers of a queue: the one that started last is right.
   */
  jobs_max_concurrency?: number;
  /** Whether actors may run shell commands; they may not. */
  shell?: boolean;
}

export interface Worker {
  readonly worker_id: string;
  readonly events: WorkerEvents;
  /** Tasks it holds now. */
  running(): number;
  /** How it does now: what its port is asked. */
  standing(): Standing;
  /** What it has done since it started, in figures; they keep after its stop. */
  counters(): Counters;
  /**
   * Claims nothing more, lets running tasks finish, releases those that do not within `drain_ms`, and leaves.
   * `release` skips the waiting, also of a stop under way. Resolves when all is settled.
   */
  stop(options?: { release?: boolean }): Promise<void>;
}

/** Publishes the actors, joins the queue and runs tasks until it is stopped. Throws InvalidActor for what it cannot run. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { queue, actors, serves, shell, ...rest } = options;
  const published = actors instanceof ActorRegistry ? actors : new ActorRegistry(actors);
  const content = options.content ?? (await openContent(queue.db));
  const store = storeOf(queue);
  const settings: DaemonSettings = {
    ...defaults(),
    ...rest,
    store,
    time: realTime,
    database: queue.db,
    content,
    failOrphans: () => failOrphanedGenerations(content, ids => store.findLive(ids)),
    sweepContents: () => sweepContents(content),
    actors: serves ? published.select(serves) : published,
    inject: addDependencies({}, rest.inject ?? {}),
    shell: shell ? shellEnvironment() : null,
  };
  refuseMissing(settings.actors, settings.inject ?? {});
  const events = newWorkerEvents();
  const counters = countEvents(queue.events, events);
  const lanes = countLanes(events);
  const stopLogging = logEvents(queue.events, events, settings.log);
  const stopListening = () => {
    counters.stop();
    lanes.stop();
    stopLogging();
  };
  try {
    await publish(queue, published, events);
    if (rest.jobs_max_concurrency !== undefined) await limitJobs(queue, rest.jobs_max_concurrency);
    const daemon = await startDaemon(settings, events);
    const figures = startFigures(
      queue,
      () => counters.read(),
      () => lanes.take(),
    );
    return handle({ worker_id: settings.worker_id, events, daemon, counters, figures, stopListening });
  } catch (error) {
    stopListening();
    throw error;
  }
}

function defaults() {
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
  };
}

/** Others route and validate by what is published: it comes before the first claim. */
async function publish(queue: Queue, published: ActorRegistry, events: WorkerEvents): Promise<void> {
  const descriptions = published.describe();
  await publishActors(queue, descriptions);
  for (const conflict of await publishLimits(queue, descriptions)) events.emit('limits:conflict', conflict);
}

interface Parts {
  worker_id: string;
  events: WorkerEvents;
  daemon: Daemon;
  counters: CountersSubscription;
  figures: Pick<Loop, 'stop'>;
  stopListening: () => void;
}

function handle({ worker_id, events, daemon, counters, figures, stopListening }: Parts): Worker {
  let stopped: Promise<void> | undefined;
  async function end(stopping: Promise<void>): Promise<void> {
    try {
      await stopping;
    } finally {
      await figures.stop();
      stopListening();
    }
  }
  return {
    worker_id,
    events,
    running: () => daemon.running(),
    standing: () => daemon.standing(),
    counters: () => counters.read(),
    stop(options) {
      const stopping = daemon.stop(options);
      stopped ??= end(stopping);
      return stopped;
    },
  };
}
