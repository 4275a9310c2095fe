// What a task is on the wire (contract section 2). Types only.
import type { Page } from './page.ts';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

export type Status = 'scheduled' | 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled';
export type State = 'pending' | 'assigned' | 'running' | 'completed' | 'failed' | 'cancelled';
export type Outcome = 'completed' | 'failed' | 'retried' | 'lost' | 'released' | 'cancelled' | 'timed_out';

export type TaskError = {
  type: string;
  message: string;
  details: JsonValue;
  stack_trace: string | null;
};

export type Progress = {
  elapsed_ms: number;
  message: string | null;
  fraction?: number | null;
  updated_at: string | null;
};

/** Why a pending task waits. `position` 0 is next in its lane; null when it is not due yet. */
export type QueuePlace = {
  position: number | null;
  lane: string;
  blocked_by: null | 'limit' | 'paused' | 'cooldown' | 'no_worker' | 'scheduled';
  holders: string[];
  eta_ms: number | null;
};

export type Attempt = {
  attempt: number;
  worker_id: string | null;
  started_at: string | null;
  ended_at: string | null;
  outcome: Outcome;
  error: TaskError | null;
};

export type Task = {
  task_id: string;
  actor: string;
  status: Status;
  state: State;
  rev: number;
  concurrency_identifier: string | null;
  concurrency_limit: number | null;
  priority: number;
  payload: JsonObject;
  result: JsonValue;
  error: TaskError | null;
  progress: Progress | null;
  queue: QueuePlace | null;
  created_at: string;
  run_at: string | null;
  started_at: string | null;
  completed_at: string | null;
  worker_id: string | null;
  attempt: number;
  retry_count: number;
  max_retries: number;
  attempts: Attempt[];
  tags: string[];
  workflow_run_id: string | null;
  /** The task that spawned it. */
  parent_id: string | null;
  cancel_requested: boolean;
  dead: boolean;
};

export type TaskPage = Page<Task>;

/** Tells whether the task can never change again. */
export function isOver(task: { status: Status }): boolean {
  return task.status === 'completed' || task.status === 'failed' || task.status === 'cancelled';
}
