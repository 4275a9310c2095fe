// What streams tell: how tasks stand, and to a worker outside which tasks are its own. Types only.
import type { HeldTask, JobState } from './room-record.ts';
import type { Json, Progress, TaskError, TaskState, TaskStatus, Waiting } from './task.ts';

interface Changed {
  task_id: string;
  rev: number;
}
/** Where the task stands. */
export interface ProgressEvent extends Changed {
  event: 'progress';
  status: TaskStatus;
  state: TaskState;
  progress: Progress | null;
  queue: Waiting | null;
}
/** Its end: it was done. */
export interface CompleteEvent extends Changed {
  event: 'complete';
  result: Json;
}
/** Its end: it failed, or (type `Cancelled`) was cancelled. */
export interface ErrorEvent extends Changed {
  event: 'error';
  error: TaskError | null;
}
export type TaskEvent = ProgressEvent | CompleteEvent | ErrorEvent;

/** To a worker outside: a task is its own. One that it did not begin comes again on its next stream. */
export interface AssignedEvent extends HeldTask {
  event: 'job:assigned';
  /** The parent of the worker's own spans (W3C Trace Context). */
  traceparent?: string;
}
/** To a worker outside: a task has reached its soft time limit. It is to finish or to fail before the hard one ends it. */
export interface SoftTimeoutEvent {
  event: 'job:soft_timeout';
  task_id: string;
  claim: string;
  soft_ms: number;
  hard_ms: number;
}
/** To a worker outside: one of its tasks was changed by another hand, or is to stop. */
export interface StateChangedEvent extends JobState {
  event: 'job:state_changed';
  /** It is to stop working on it. */
  cancel_requested?: true;
}
export type WorkerEvent = AssignedEvent | SoftTimeoutEvent | StateChangedEvent;
