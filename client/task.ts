// What a task is on the wire. Types only; the server's own description of the same is held against them by a test.

/** Anything JSON can say. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

export type TaskStatus = 'scheduled' | 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled';

/** What people read: `pending` is scheduled or queued, `assigned` claimed with the actor not yet begun. */
export type TaskState = 'pending' | 'assigned' | 'running' | 'completed' | 'failed' | 'cancelled';

/** Why an attempt or a task failed. `type` is the `name` of what was thrown. */
export interface TaskError {
  type: string;
  message: string;
  details: JsonObject;
  stack_trace: string;
}

/** The latest thing the actor said; intermediate values may be skipped. */
export interface Progress {
  /** Milliseconds of work as the actor counts them. */
  elapsed_ms: number;
  message: string;
  /** 0 to 1 where the actor knows it. */
  fraction: number | null;
  updated_at: string;
}

/** Why a pending task waits. */
export interface Waiting {
  /** Tasks before it in its lane, up to 1,000; null while it is not queued. */
  position: number | null;
  lane: string;
  blocked_by: 'limit' | 'paused' | 'cooldown' | 'no_worker' | 'scheduled' | null;
  /** Tasks that hold the slots it waits for, when a limit blocks it. */
  holders: string[];
  eta_ms: number | null;
}

/** One finished attempt. */
export interface Attempt {
  attempt: number;
  worker_id: string;
  started_at: string;
  ended_at: string;
  outcome: 'completed' | 'failed' | 'retried' | 'lost' | 'released' | 'cancelled' | 'timed_out';
  error: TaskError | null;
}

/** A task; absent values are null. Moments are ISO 8601 in UTC, by the database's clock. */
export interface Task {
  task_id: string;
  actor: string;
  status: TaskStatus;
  state: TaskState;
  /** Rises at every visible change. */
  rev: number;
  concurrency_identifier: string | null;
  concurrency_limit: number | null;
  priority: number;
  payload: JsonObject;
  result: Json;
  error: TaskError | null;
  progress: Progress | null;
  /** Null unless it is pending. */
  queue: Waiting | null;
  created_at: string;
  /** Not before this moment; null once queued. */
  run_at: string | null;
  /** The latest claim. */
  started_at: string | null;
  completed_at: string | null;
  heartbeat_at: string | null;
  worker_id: string | null;
  attempt: number;
  retry_count: number;
  max_retries: number;
  attempts: Attempt[];
  tags: string[];
  workflow_run_id: string | null;
  /** The room that asked for it; only of a job. */
  room?: string;
  /** The task that spawned it. */
  parent_id: string | null;
  cancel_requested: boolean;
  /** A dead letter: failed, and nobody has retried or dismissed it yet. */
  dead: boolean;
  urls: { self: string; stream: string; cancel: string };
}

/** What may be asked for; see the actor's own schema for its payload. */
export interface NewTask {
  actor: string;
  payload: object;
  /** Higher runs first; 0 unless said. */
  priority?: number | undefined;
  max_retries?: number | undefined;
  /** Not before this moment, or not before this much time has passed: one of both. */
  run_at?: string | Date | undefined;
  delay_ms?: number | undefined;
  tags?: readonly string[] | undefined;
  workflow_run_id?: string | undefined;
  /** While a live task has this key, it is returned instead of a new one. */
  dedupe_key?: string | undefined;
  timeouts?: { soft_ms?: number; hard_ms?: number } | undefined;
}

/** What one knows of a task that was just made. */
export interface CreatedTask {
  task_id: string;
  status: TaskStatus;
  queue: Waiting | null;
  urls: Task['urls'];
}

/** How many tasks an action applied to. `more`: the bound of one call was met; ask again for the rest. */
export interface Counts {
  matched: number;
  changed: number;
  more?: true;
}

export interface ChangedTask {
  task_id: string;
  status: TaskStatus;
}

/** `children`: those below it, where they were to be cancelled too. */
export interface CancelledTask extends ChangedTask {
  children?: Counts;
}

/** Whether a task can never change again, but by a retry that somebody asks for. */
export function hasEnded({ status }: { status: TaskStatus }): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
