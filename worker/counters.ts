// What a worker has done since it started, in figures: kept by listening to its events, published by others. Labels are
// the actors of its own registry and the seven ways an attempt can end, never a task.
import type { EventEmitter } from 'node:events';
import { type AttemptOutcome, figureBounds, type QueueEvents } from '../queue/index.ts';
import { type Listeners, listen, type WorkerEvents } from './events.ts';

/** `counts[n]` are the values at or below `bounds[n]` that are in no earlier bucket; the rest is in the last, extra one. */
export interface Histogram {
  bounds: readonly number[];
  counts: number[];
  count: number;
  sum: number;
}

export interface Counters {
  /** From claimable to claimed, by actor. */
  task_queue_delay_seconds: { actor: string; seconds: Histogram }[];
  /** From the actor's beginning to its end, by actor and outcome; its `count` is the number of such attempts. */
  task_execution_seconds: { actor: string; outcome: AttemptOutcome; seconds: Histogram }[];
  tasks_claimed_total: number;
  /** Taken back from dead workers. */
  tasks_recovered_total: number;
  tasks_promoted_total: number;
  /** Dead letters. */
  tasks_dead_total: number;
  /** Candidates and slots that another claimer took first. */
  task_claim_conflicts_total: number;
  /** Things that went wrong and are tried again by themselves. */
  queue_trouble_total: number;
}

export interface CountersSubscription {
  /** The figures of now: a copy. */
  read(): Counters;
  stop(): void;
}

/** Starts counting. */
export function countEvents(queue: EventEmitter<QueueEvents>, worker: WorkerEvents): CountersSubscription {
  const delays: Counters['task_queue_delay_seconds'] = [];
  const executions: Counters['task_execution_seconds'] = [];
  const totals = newTotals();
  const stopQueue = listen(queue, queueListeners(totals));
  const stopWorker = listen(worker, {
    'task:started'({ actor, delay_ms }) {
      observe(histogramOf(delays, { actor }, figureBounds.task_queue_delay_seconds), delay_ms);
    },
    'attempt:ended'({ actor, outcome, run_ms }) {
      observe(histogramOf(executions, { actor, outcome }, figureBounds.task_execution_seconds), run_ms);
    },
  });
  return {
    read: () =>
      structuredClone({ task_queue_delay_seconds: delays, task_execution_seconds: executions, ...totals }),
    stop() {
      stopQueue();
      stopWorker();
    },
  };
}

function newTotals() {
  return {
    tasks_claimed_total: 0,
    tasks_recovered_total: 0,
    tasks_promoted_total: 0,
    tasks_dead_total: 0,
    task_claim_conflicts_total: 0,
    queue_trouble_total: 0,
  };
}

function queueListeners(totals: ReturnType<typeof newTotals>): Listeners<QueueEvents> {
  const add = (name: keyof typeof totals, count = 1) => {
    totals[name] += count;
  };
  return {
    'task:claimed': () => add('tasks_claimed_total'),
    'task:recovered': () => add('tasks_recovered_total'),
    'task:promoted': ({ count }) => add('tasks_promoted_total', count),
    'task:dead': () => add('tasks_dead_total'),
    'claim:contended': ({ lost }) => add('task_claim_conflicts_total', lost),
    'queue:trouble': () => add('queue_trouble_total'),
  };
}

/** The histogram of these labels, made when it is first asked for. There are as many as actors and outcomes: few. */
function histogramOf<Labels extends { actor: string; outcome?: AttemptOutcome }>(
  known: (Labels & { seconds: Histogram })[],
  labels: Labels,
  bounds: readonly number[],
): Histogram {
  const found = known.find(({ actor, outcome }) => actor === labels.actor && outcome === labels.outcome);
  if (found) return found.seconds;
  const counts = Array.from({ length: bounds.length + 1 }, () => 0);
  const seconds = { bounds, counts, count: 0, sum: 0 };
  known.push({ ...labels, seconds });
  return seconds;
}

function observe(seconds: Histogram, ms: number): void {
  const value = Math.max(0, ms) / 1_000;
  const bucket = seconds.bounds.findIndex(bound => value <= bound);
  seconds.counts[bucket === -1 ? seconds.bounds.length : bucket]! += 1;
  seconds.count += 1;
  seconds.sum += value;
}
