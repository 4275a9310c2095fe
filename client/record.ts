// Lists, schedules, dead letters and sessions on the wire. Types only, as in the files beside; the server's own description is held against them by a test.
import type { JsonObject } from './task.ts';

/** One page of a list. */
export interface Page<T> {
  items: T[];
  /** The cursor of the next page; null on the last. */
  next_cursor: string | null;
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
