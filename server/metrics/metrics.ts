// The figures of this server for Prometheus: what it did itself, counted as it happens, and what the database says of
// the queue, read at most every few seconds however many ask. What workers counted is shown by queue/figures-text.ts.
import { Counter, Gauge, Registry } from 'prom-client';
import { figuresText, type Queue } from '../../queue/index.ts';
import { lagReader } from '../../queue/pace/lag.ts';
import type { Hub } from '../hub/hub.ts';
import { boundNames, foldActors } from './labels.ts';
import { type QueueReading, readQueue } from './read.ts';

export interface Metrics {
  contentType: string;
  /** All figures in Prometheus' text form. Never rejects: without a database the process still has its own. */
  text(): Promise<string>;
}

const prefix = 'callsheet_';
const freshMs = 3_000;
const patienceMs = 2_500;
// Names come from whoever publishes actors; a label may not grow without end.
const maxActors = 200;

export function openMetrics(queue: Queue, hub: Hub): Metrics {
  const registry = new Registry();
  const nameOf = boundNames(maxActors);
  countEvents(queue, registry, nameOf);
  const show = newGauges(registry, hub);
  let latest: { at: number; reading: Promise<QueueReading | null> } | undefined;
  const readSometimes = () => {
    if (!latest || performance.now() - latest.at >= freshMs)
      latest = { at: performance.now(), reading: inTime(readQueue(queue)) };
    return latest.reading;
  };
  return {
    contentType: registry.contentType,
    async text() {
      const reading = await readSometimes();
      show(reading);
      const own = await registry.metrics();
      return reading ? `${own}\n${await figuresText(foldActors(reading.figures, nameOf), prefix)}` : own;
    },
  };
}

/** The reading, or null when it fails or takes too long: it then ends by itself. */
async function inTime(reading: Promise<QueueReading>): Promise<QueueReading | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>(resolve => {
    timer = setTimeout(() => resolve(null), patienceMs);
  });
  return Promise.race([reading.catch(() => null), late]).finally(() => clearTimeout(timer));
}

function countEvents(queue: Queue, registry: Registry, nameOf: (actor: string) => string): void {
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `${prefix}${name}`, help, labelNames, registers: [registry] });
  const enqueued = counter('tasks_enqueued_total', 'New tasks stored by this server', ['actor']);
  const cancelled = counter('tasks_cancelled_total', 'Pending tasks cancelled by this server on request', []);
  const retried = counter('tasks_retried_total', 'Failed or cancelled tasks queued again on request', []);
  const dismissed = counter('tasks_dismissed_total', 'Dead letters dismissed by actions on many', []);
  queue.events.on('task:queued', ({ actor }) => enqueued.inc({ actor: nameOf(actor) }));
  queue.events.on('task:cancelled', () => cancelled.inc());
  queue.events.on('task:revived', () => retried.inc());
  const ofAction = { cancel: cancelled, retry: retried, dismiss: dismissed };
  queue.events.on('tasks:acted', ({ action, count }) => ofAction[action].inc(count));
}

/** The gauges; resolves how to set them to a reading (null: the database does not answer). */
function newGauges(registry: Registry, hub: Hub): (reading: QueueReading | null) => void {
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name: `${prefix}${name}`, help, labelNames, registers: [registry] });
  const tasks = gauge('tasks', 'Tasks of a live status, and dead letters; counted up to 100,000', ['status']);
  const queued = gauge('tasks_queued', 'Claimable tasks of a lane, counted up to 1,000; 200 lanes at most', [
    'lane',
  ]);
  const processing = gauge('tasks_processing', 'Tasks of a lane that run; 200 lanes at most', ['lane']);
  const limit = gauge('lane_limit', 'How many tasks of a lane may run; unlimited lanes are left out', [
    'lane',
  ]);
  const workers = gauge('workers', 'Workers that gave a sign of life lately', []);
  const up = gauge('database_up', 'Whether the database answered this server in time', []);
  const clients = gauge('sse_clients', 'Open streams of this server', []);
  const lag = gauge('event_loop_lag_seconds', "Delay of this server's event loop since the last look", [
    'quantile',
  ]);
  const readLag = lagReader();
  return reading => {
    for (const one of [tasks, queued, processing, limit, workers]) one.reset();
    clients.set(hub.size);
    for (const [quantile, seconds] of readLag()) lag.set({ quantile }, seconds);
    up.set(reading ? 1 : 0);
    if (!reading) return;
    for (const status of ['queued', 'scheduled', 'processing', 'dead'] as const)
      tasks.set({ status }, reading[status]);
    workers.set(reading.workers);
    for (const { lane, ...figures } of reading.lanes) {
      queued.set({ lane }, figures.queued);
      processing.set({ lane }, figures.processing);
      if (figures.limit !== null) limit.set({ lane }, figures.limit);
    }
  };
}
