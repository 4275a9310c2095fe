// The queue value that every operation takes first: collections, clock, events. Opened once per process.
import { EventEmitter } from 'node:events';
import type { Collection, Db, WriteConcernSettings } from 'mongodb';
import type { ActorRecord } from './catalog.ts';
import { type Clock, openClock } from './clock.ts';
import type { QueueEvents } from './events.ts';
import type { FigureRecord } from './figures.ts';
import type { Lane } from './lanes/lane.ts';
import type { LaneRate } from './lanes/rates.ts';
import type { Lease } from './leases.ts';
import type { MinuteRecord } from './minutes.ts';
import type { Schedule } from './schedules.ts';
import { ensureSchema } from './schema.ts';
import type { Task } from './task.ts';
import type { WorkerRecord } from './workers.ts';

export interface Queue {
  db: Db;
  tasks: Collection<Task>;
  lanes: Collection<Lane>;
  laneRates: Collection<LaneRate>;
  actors: Collection<ActorRecord>;
  workers: Collection<WorkerRecord>;
  leases: Collection<Lease>;
  schedules: Collection<Schedule>;
  figures: Collection<FigureRecord>;
  minutes: Collection<MinuteRecord>;
  /** The database's clock, for the few stored times that an insert cannot leave to mongod. */
  clock: Clock;
  /** What happened, emitted once where it happened, after the database acknowledged it. */
  events: EventEmitter<QueueEvents>;
  /** Lanes this process has made sure exist; bounded by `lanes/prepare.ts`. */
  preparedLanes: Map<string, Set<string>>;
}

export interface QueueOptions {
  /** False when the schema is known to be there: saves the round trips of a cold start. */
  ensureSchema?: boolean;
}

/** A yes is said only for what a majority holds in its journal; a write concern timeout is an unknown outcome. */
const durable: WriteConcernSettings = { w: 'majority', journal: true, wtimeoutMS: 5_000 };

/**
 * Opens the queue kept in `db`: creates missing collections, indexes and the validator, and measures the
 * database's clock. Safe to call from many processes at once.
 */
export async function openQueue(db: Db, options: QueueOptions = {}): Promise<Queue> {
  if (options.ensureSchema !== false) await ensureSchema(db);
  // fieldsAsRaw without a prototype: the driver looks keys up in it, and would give objects in arrays under a key such
  // as `constructor` back as raw bytes.
  const writes = { writeConcern: durable, fieldsAsRaw: Object.create(null) };
  const events = new EventEmitter<QueueEvents>();
  events.setMaxListeners(50);
  return {
    db,
    tasks: db.collection<Task>('task_queue', writes),
    lanes: db.collection<Lane>('lanes', writes),
    actors: db.collection<ActorRecord>('actors', writes),
    workers: db.collection<WorkerRecord>('workers', writes),
    leases: db.collection<Lease>('leases', writes),
    schedules: db.collection<Schedule>('schedules', writes),
    // Statistics need no majority.
    laneRates: db.collection<LaneRate>('lane_rates'),
    figures: db.collection<FigureRecord>('figures'),
    minutes: db.collection<MinuteRecord>('figure_minutes'),
    clock: await openClock(db),
    events,
    preparedLanes: new Map(),
  };
}
