// The named events of a worker, beside those of the queue: what its log, its counters and tests listen to.
import { EventEmitter } from 'node:events';
import type { AttemptOutcome, LimitConflict, ProgressValue } from '../queue/index.ts';

interface AttemptNamed {
  task_id: string;
  worker_id: string;
  attempt: number;
}

export type WorkerEventMap = {
  'worker:started': [{ worker_id: string; actors: string[]; capacity: number }];
  /** It claims nothing more and waits for what it runs. */
  'worker:draining': [{ worker_id: string; running: number }];
  'worker:stopped': [{ worker_id: string }];
  /** Two actors name one key with different limits: the smaller holds. */
  'limits:conflict': [LimitConflict];
  /** The actor begins; `delay_ms` after the task became claimable it was claimed. */
  'task:started': [AttemptNamed & { actor: string; delay_ms: number }];
  /** What the actor said of its work is in the database; values in between may have been skipped. */
  'task:progress': [AttemptNamed & { progress: ProgressValue }];
  /** The actor was told to stop, or is no longer waited for. */
  'task:timed_out': [AttemptNamed & { limit: 'soft' | 'hard'; ms: number }];
  /** The outside service asked for a rest: the task was given back, and its lane rests. */
  'task:cooldown': [AttemptNamed & { until: Date; message: string }];
  /** How the attempt ended in the database; `lost`: without a word, since its claim was or may have been lost. */
  'attempt:ended': [AttemptNamed & { actor: string; lane: string; outcome: AttemptOutcome; run_ms: number }];
  /** What dead workers and dead tasks had left was removed: rows of workers, open generations, bytes without record. */
  'queue:swept': [{ workers: number; generations: number; contents: number }];
};

export type WorkerEvents = EventEmitter<WorkerEventMap>;

export const newWorkerEvents = (): WorkerEvents => new EventEmitter<WorkerEventMap>();

export type Listeners<Events extends Record<keyof Events, unknown[]>> = {
  [Name in keyof Events]?: (...args: Events[Name]) => void;
};

/** Listens to some events; returns what ends it. */
export function listen<Events extends Record<keyof Events, unknown[]>>(
  emitter: EventEmitter<Events>,
  listeners: Listeners<Events>,
): () => void {
  return listenByName(emitter, listeners);
}

/** `listeners` is typed by the events; the emitter is told name by name. */
function listenByName(emitter: object, listeners: object): () => void {
  if (!(emitter instanceof EventEmitter)) throw new TypeError('Events come from an EventEmitter.');
  const entries = Object.entries(listeners);
  for (const [name, listener] of entries) emitter.on(name, listener);
  return () => {
    for (const [name, listener] of entries) emitter.off(name, listener);
  };
}
