// What can be run, who runs it, under which limits, and how it goes, on the wire. Types only.
import type { Json, JsonObject } from './task.ts';

/** An actor of the catalog. `input` and `output` are JSON Schemas. */
export interface Actor {
  name: string;
  description: string;
  tags: string[];
  input: JsonObject | null;
  output: JsonObject | null;
  concurrency: JsonObject | null;
  timeouts: { soft_ms: number; hard_ms: number };
  retry: { max_retries: number; base_ms: number; max_ms: number; jitter: boolean };
  category: string | null;
  /** What it has injected besides its payload. */
  dependencies: string[];
  /** Live workers that serve it. */
  workers: string[];
}

export interface Worker {
  worker_id: string;
  host: string;
  /** Null of a worker outside, as its version. */
  pid: number | null;
  version: string | null;
  actors: string[];
  capacity: number;
  running: number;
  /** It was told to stop and takes nothing more. */
  draining: boolean;
  started_at: string;
  heartbeat_at: string;
  /** It joined over HTTP. */
  remote: boolean;
}

/** What waits and runs under one key. */
export interface Lane {
  /** The `concurrency_identifier`, or `<actor>#all` for the tasks of an actor that no limit binds. */
  key: string;
  /** Tasks that may run at once; null: any number. */
  limit: number | null;
  /** What the code says. */
  default_limit: number | null;
  /** The limit was set by hand, and holds whatever the code says. */
  limit_set: boolean;
  paused: boolean;
  cooldown_until: string | null;
  queued: number;
  running: number;
  /** Who is first in line, and since when it could have been claimed. */
  next: { task_id: string; ready_at: string } | null;
}

/** `limit`: null for none, `default` for what the code says. */
export interface LanePatch {
  limit?: number | null | 'default' | undefined;
  paused?: boolean | undefined;
  cooldown_until?: string | Date | null | undefined;
}

/** How a call of an actor as a function has ended. */
export interface Execution {
  task_name: string;
  params: JsonObject;
  result: Json;
  error: { type: string; message: string; traceback: string } | null;
}

/** An actor as a function. */
export interface RegisteredTask {
  name: string;
  docstring: string | null;
  /** Parameters and result in one line, such as `(name: string) -> object`. */
  signature: string;
  /** `annotation`: what it may be, as text; `default`: what it is when it is not given, as JSON. */
  parameters: { name: string; annotation: string | null; default: string | null; required: boolean }[];
  tags: string[];
  /** What it has injected besides its parameters. */
  dependencies: string[];
}

export interface Stats {
  idle_workers: number;
  busy_workers: number;
  pending_jobs: number;
  running_jobs: number;
  /** Tasks that completed, and that ended as failed (out of time and lost ones too), since counting began. */
  completed: number;
  failed: number;
  /** Dead letters. */
  dead: number;
  throughput_per_min: number;
  delay_ms: { p50: number | null; p99: number | null };
}

/** What happened in a minute. */
export interface Minute {
  /** Its beginning. */
  at: string;
  completed: number;
  /** Tasks that ended as failed, whatever their last attempt came to. */
  failed: number;
  /** Attempts that are tried again: failed, out of time, or of a lost worker. */
  retried: number;
  /** From claimable to claimed; null when nothing was claimed. */
  delay_ms: { p50: number | null; p99: number | null };
}
