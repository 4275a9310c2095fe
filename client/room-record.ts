// Rooms, their jobs, and workers outside, on the wire. Types only.
import type { JsonObject, Task, TaskState, TaskStatus } from './task.ts';

/** What can be asked for in a room. */
export interface Job {
  /** `scope:category:name`. */
  full_name: string;
  /** Its scope: `@global`, `@internal` or a room. */
  room: string;
  category: string;
  name: string;
  description: string;
  tags: string[];
  /** JSON Schema of the payload. */
  schema: JsonObject | null;
  concurrency: JsonObject | null;
  timeouts: { soft_ms: number; hard_ms: number };
  retry: { max_retries: number; base_ms: number; max_ms: number; jitter: boolean };
  max_retries: number;
  /** Live workers that serve it. */
  workers: string[];
}

/** A job to publish. */
export interface NewJob {
  category: string;
  name: string;
  /** JSON Schema (draft 2020-12) of the payload. */
  schema: object;
  description?: string | undefined;
  tags?: readonly string[] | undefined;
  /** 0 unless said. */
  max_retries?: number | undefined;
  /** How a task of it finds its lane, and how many may run there at once. */
  concurrency?:
    | { limit: number }
    | { key: string; limits: Record<string, number>; default: number }
    | undefined;
  timeouts?: { soft_ms?: number | undefined; hard_ms?: number | undefined } | undefined;
  retry?: { max_retries?: number; base_ms?: number; max_ms?: number; jitter?: boolean } | undefined;
}

/** A worker outside that is to be. */
export interface NewWorker {
  name: string;
  /** Full names of the jobs that it executes. */
  jobs: readonly string[];
  /** Tasks that it runs at once; 1 unless said. */
  capacity?: number | undefined;
}

/** Who a worker outside is, and its key: told once, and good for what is its own alone. */
export interface JoinedWorker {
  worker_id: string;
  token: string;
}

/** A task that a worker outside holds. */
export interface HeldTask {
  task: Task;
  /** Every report on the task names it. */
  claim: string;
}

/** A worker outside as it sees itself. */
export interface RemoteWorker {
  worker_id: string;
  name: string;
  jobs: string[];
  capacity: number;
  started_at: string;
  tasks: HeldTask[];
}

/** How a task of a worker outside stands. */
export interface JobState {
  task_id: string;
  status: TaskStatus;
  state: TaskState;
}

export interface HeldState extends JobState {
  claim: string;
  /** It is to stop working on it. */
  cancel_requested: boolean;
}

/** What a worker outside holds: anything else was lost. */
export interface Heartbeat {
  worker_id: string;
  tasks: HeldState[];
}

/** What a worker outside says of a task that it holds. */
export interface Report {
  status: 'processing' | 'completed' | 'failed';
  /** The claim that came with the task. */
  claim: string;
  progress?: { elapsed_ms?: number; message?: string; fraction?: number | null } | null | undefined;
  /** Any JSON; of `completed`. */
  result?: unknown;
  /** Of `failed`: a text, or more. */
  error?:
    | string
    | { type?: string; message?: string; details?: object | null; stack_trace?: string | null }
    | null;
}
