// How the queue is doing, overall or for one actor: who works, what waits, how fast it went in the last minute. Every count is of
// a partial index and bounded; what has ended is told by figures, not counted.
import type { Filter } from 'mongodb';
import { type FigureRecord, readFigures, recentCounts } from './figures.ts';
import { quantileMs } from './quantile.ts';
import type { Queue } from './queue.ts';
import type { Task } from './task.ts';
import { listLiveWorkers, workerAliveMs } from './workers.ts';

export interface Stats {
  /** Live workers that run nothing, and those that run something. */
  idle_workers: number;
  busy_workers: number;
  /** Scheduled or queued, counted up to 100,000. */
  pending_jobs: number;
  running_jobs: number;
  /** Tasks that completed, and that ended as failed (out of time and lost ones too), since counting began; some seconds late. */
  completed: number;
  failed: number;
  /** Dead letters. */
  dead: number;
  /** Completed in the last minute; some seconds late. */
  throughput_per_min: number;
  /** From claimable to claimed, of the last minute; null when nothing was claimed. */
  delay_ms: { p50: number | null; p99: number | null };
}

const maxCounted = 100_000;
const readMs = { maxTimeMS: 2_000 };

/** The figures of now; of one actor, or of all. */
export async function readStats(queue: Queue, actor?: string): Promise<Stats> {
  const mine = actor === undefined ? {} : { actor };
  const count = (filter: Filter<Task>, hint: string) =>
    queue.tasks.countDocuments({ ...filter, ...mine }, { hint, limit: maxCounted, ...readMs });
  const [workers, queued, scheduled, running_jobs, dead, figures] = await Promise.all([
    countWorkers(queue, actor),
    count({ status: 'queued' }, 'queued'),
    count({ status: 'scheduled' }, 'due'),
    count({ status: 'processing' }, 'live'),
    count({ dead: true }, 'dead'),
    readFigures(queue, readMs),
  ]);
  const own = figures.filter(figure => actor === undefined || figure.actor === actor);
  const pending_jobs = Math.min(queued + scheduled, maxCounted);
  return { ...workers, pending_jobs, running_jobs, dead, ...told(own, await queue.clock.now()) };
}

async function countWorkers(queue: Queue, actor: string | undefined) {
  const live = await listLiveWorkers(queue, workerAliveMs);
  const serving = live.filter(
    worker => !worker.draining && (actor === undefined || worker.actors.includes(actor)),
  );
  const ids = serving.map(({ _id }) => _id);
  const busy = await queue.tasks
    .aggregate<{ _id: string }>(
      [{ $match: { status: 'processing', worker_id: { $in: ids } } }, { $group: { _id: '$worker_id' } }],
      { hint: 'live', ...readMs },
    )
    .toArray();
  return { idle_workers: ids.length - busy.length, busy_workers: busy.length };
}

function told(figures: readonly FigureRecord[], now: Date) {
  const named = (wanted: string) => figures.filter(({ name }) => name === wanted);
  const completed = named('task_execution_seconds').filter(({ outcome }) => outcome === 'completed');
  const total = (some: readonly FigureRecord[]) => some.reduce((sum, { count }) => sum + count, 0);
  const lately = (some: readonly FigureRecord[]) => sumUp(some.map(figure => recentCounts(figure, now)));
  const delays = lately(named('task_queue_delay_seconds'));
  return {
    completed: total(completed),
    failed: total(named('tasks_dead_total')),
    throughput_per_min: Math.round(lately(completed).reduce((sum, count) => sum + count, 0)),
    delay_ms: { p50: quantileMs(delays, 0.5), p99: quantileMs(delays, 0.99) },
  };
}

function sumUp(columns: readonly (readonly number[])[]): number[] {
  const length = Math.max(0, ...columns.map(counts => counts.length));
  return Array.from({ length }, (_, bucket) =>
    columns.reduce((sum, counts) => sum + (counts[bucket] ?? 0), 0),
  );
}
