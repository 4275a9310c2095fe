// The named events of a worker, beside those of the queue: what its log and tests listen to.
import type { EventEmitter } from 'node:events';
import type { LimitConflict } from '../queue/index.ts';

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
  /** The attempt ended without a word to the database, because its claim was or may have been lost. */
  'attempt:dropped': [AttemptNamed];
  /** The outside service asked for a rest: the task was given back, and its lane rests. */
  'attempt:cooldown': [AttemptNamed & { until: Date; message: string }];
};

export type WorkerEvents = EventEmitter<WorkerEventMap>;
