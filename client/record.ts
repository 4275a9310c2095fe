// What is beside tasks on the wire. Types only; the server's own description is held against them by a test.
import type { Json, JsonObject } from './task.ts';

/** One page of a list. */
export interface Page<T> {
  items: T[];
  /** The cursor of the next page; null on the last. */
  next_cursor: string | null;
}

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

export interface Stats {
  idle_workers: number;
  busy_workers: number;
  pending_jobs: number;
  running_jobs: number;
  completed: number;
  failed: number;
  dead: number;
  throughput_per_min: number;
  delay_ms: { p50: number | null; p99: number | null };
}

export interface Schedule {
  schedule_id: string;
  /** Five fields, or six with seconds first. */
  cron: string;
  time_zone: string;
  actor: string;
  payload: JsonObject;
  priority: number;
  paused: boolean;
  /** Null while it is paused. */
  next_run_at: string | null;
  last_task_id: string | null;
  /** Why the latest tick made no task. */
  last_error: string | null;
  created_at: string;
}

export interface NewSchedule {
  cron: string;
  actor: string;
  payload: object;
  /** UTC unless said. */
  time_zone?: string | undefined;
  priority?: number | undefined;
  paused?: boolean | undefined;
}

/** Dead letters of one actor with one type of error. */
export interface DeadGroup {
  actor: string;
  error_type: string;
  count: number;
  latest_at: string;
}

/** A stored picture or film. */
export interface Content {
  content_id: string;
  /** The generation that made it; null when somebody uploaded it. */
  metadata_id: string | null;
  workflow_run_id: string;
  index: number;
  provider_url: string | null;
  content_type: string;
  extension: string;
  size: number;
  sha256: string;
  width: number | null;
  height: number | null;
  thumbnail: { size: number; width: number; height: number } | null;
  store: string;
  created_at: string;
}

/** How media were made. */
export interface Generation {
  metadata_id: string;
  workflow_run_id: string;
  interaction_id: string | null;
  provider: string;
  prompt_id: string | null;
  operation: string;
  request_params: JsonObject;
  source_data: Json;
  provider_task_id: string | null;
  status: 'processing' | 'completed' | 'failed';
  response_data: Json;
  error_message: string | null;
  cost: { amount: number; unit: string } | null;
  task_id: string | null;
  attempt: number;
  content_ids: string[];
  created_at: string;
  completed_at: string | null;
  contents: Content[];
}

/** What a task kept besides its result. */
export interface Artifact {
  artifact_id: string;
  task_id: string;
  parent_id: string | null;
  level: number;
  label: string;
  data: Json;
  metadata: Json;
  created_at: string;
}

export interface ArtifactTree extends Artifact {
  children: ArtifactTree[];
}

export type Scope = 'read' | 'write' | 'worker' | 'admin';

/** Who the page speaks for; a null name where no keys are asked for. */
export interface Session {
  name: string | null;
  scopes: Scope[];
}

export interface Readiness {
  ready: boolean;
  reasons: string[];
}
