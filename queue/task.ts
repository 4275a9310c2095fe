// What a task is: every stored field with its meaning, first value and who changes it.
// How it may change stands in states.ts; what users see of it in view.ts.

/** Anything JSON can say. Payloads, results and states are stored exactly as given. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

export const taskStatuses = [
  'scheduled',
  'queued',
  'processing',
  'completed',
  'failed',
  'cancelled',
] as const;
export type TaskStatus = (typeof taskStatuses)[number];

export type AttemptOutcome =
  | 'completed'
  | 'failed'
  | 'retried'
  | 'lost'
  | 'released'
  | 'cancelled'
  | 'timed_out';

/** Why an attempt or a task failed, as stored and shown. `type` is the `name` of the thrown error. */
export interface TaskError {
  type: string;
  message: string;
  details: JsonObject;
  stack_trace: string;
}

/** The latest thing an actor said about its work; intermediate values may be skipped. */
export interface TaskProgress {
  /** Milliseconds of work as the actor counts them. */
  elapsed_ms: number;
  message: string;
  /** 0 to 1 where the actor knows it. */
  fraction?: number;
  updated_at: Date;
}

/** One finished attempt. The running one is in the task's own fields. */
export interface Attempt {
  attempt: number;
  worker_id: string;
  started_at: Date;
  ended_at: Date;
  outcome: AttemptOutcome;
  error: TaskError | null;
  /** The slot it held and the limit its claim used, where one bound it; for `verify`, not shown. */
  slot?: number;
  limit?: number;
}

/** Overrides of the actor's timeouts, in milliseconds. */
export interface Timeouts {
  soft_ms?: number | undefined;
  hard_ms?: number | undefined;
}

/** A document of `task_queue`. Every date is the database's clock. */
export interface Task {
  /** `tq_<uuid7>`, shown as `task_id`. */
  _id: string;
  /** The actor that executes it; never changes. */
  actor: string;
  /** Where it waits: the concurrency identifier, `<actor>#<n>` when unlimited, or `route:<actor>` until a worker has routed it. */
  lane: string;
  /** The key whose limit it obeys; null when unlimited. */
  concurrency_identifier: string | null;
  /** The limit in force when it was enqueued, then the one its latest claim used. */
  concurrency_limit: number | null;
  status: TaskStatus;
  /** Higher runs first inside its lane, and lanes with a higher head are served first. */
  priority: number;
  payload: JsonObject;
  /** Set by complete. */
  result?: Json;
  /** Set by fail, retry and recover; cleared by complete. */
  error?: TaskError;
  /** Set by the claimed worker; cleared by the next claim. */
  progress?: TaskProgress;
  created_at: Date;
  /** When it first became claimable, or last after a backoff. A release or a recovery keeps it: the task keeps its place. */
  ready_at: Date;
  /** Not before this moment: a delayed start or the end of a backoff. Gone once queued. */
  run_at?: Date;
  /** The latest claim. */
  started_at?: Date;
  /** The moment it became completed, failed or cancelled. */
  completed_at?: Date;
  /** Who holds or last held it; gone while it is pending. */
  worker_id?: string;
  /** Last sign of life of its worker; only while processing. */
  heartbeat_at?: Date;
  /** `<worker_id>.<round>`: the fence in the filter of every later write. A settle leaves it, so that a lost answer can be read back; a recovery removes it. */
  claim?: string;
  /** The permit it holds under its lane's limit; only while processing and only when limited. */
  slot?: number;
  /** The actor has begun (state `running`, not `assigned`); only while processing. */
  begun?: true;
  /** Rises at every claim, never reset: the fencing number for providers. */
  attempt: number;
  /** Failures and lost leases so far; a release costs none. */
  retry_count: number;
  max_retries: number;
  /** +1 at every visible change: the SSE id. */
  rev: number;
  /** Finished attempts, oldest first; the last 100. */
  attempts: Attempt[];
  /** What the actor saved by `checkpoint`; survives retries. */
  state?: Json;
  /** Somebody asked to stop it while it was processing. */
  cancel_requested?: true;
  /** A dead letter: failed, and nobody retried or dismissed it yet. */
  dead?: true;
  /** At most one live task has it; gone once the task ended. */
  dedupe_key?: string;
  /** The requests that named themselves (once.ts) for which it answers, as hashes: the one that made it comes first. */
  idempotency?: { key: string; body: string }[];
  tags?: string[];
  workflow_run_id?: string;
  /** The room that asked for it, of a job (rooms.ts). */
  room?: string;
  /** The task that spawned it. */
  parent_id?: string;
  /** Every task above it, from the first that spawned down to `parent_id`, and how many there are. */
  ancestors?: string[];
  depth?: number;
  /** Cancelled with all its descendants, or after it had ended: what it still spawns is cancelled too. */
  children_cancelled?: true;
  timeouts?: Timeouts;
  /** The trace that asked for it (W3C Trace Context); set when it is stored, inherited by what it spawns, never shown. */
  traceparent?: string;
}

/** What names a claim: the filter of every write by a worker. */
export type ClaimRef = Pick<Task, '_id' | 'lane'> & { claim: string };

/** A task as the claim returned it: the claim is certain. */
export type ClaimedTask = Task & { claim: string; worker_id: string; started_at: Date };
