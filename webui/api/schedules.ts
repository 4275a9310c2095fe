// The calls this page makes about schedules: tasks by the clock.
import { patchJson, postJson, requestJson } from './http.ts';
import { type Page, pageQuery } from './page.ts';
import type { JsonObject } from './task.ts';

export type Schedule = {
  schedule_id: string;
  cron: string;
  time_zone: string;
  actor: string;
  payload: JsonObject;
  paused: boolean;
  /** Null while it is paused. */
  next_run_at: string | null;
  last_task_id: string | null;
  last_error: string | null;
  created_at: string;
};

export type NewSchedule = Pick<Schedule, 'cron' | 'time_zone' | 'actor' | 'payload'>;

const PATH = '/api/v1/schedules';
const at = (scheduleId: string) => `${PATH}/${encodeURIComponent(scheduleId)}`;

/** Reads a page of schedules, oldest first. */
export function listSchedules(cursor: string | null, signal: AbortSignal): Promise<Page<Schedule>> {
  return requestJson<Page<Schedule>>(`${PATH}?${pageQuery({ cursor })}`, { signal });
}

/** Makes a schedule. Problem 422 names the fields that were wrong. */
export function createSchedule(schedule: NewSchedule): Promise<Schedule> {
  return postJson(PATH, schedule);
}

/** Pauses a schedule, or lets it go on with its next tick from now. */
export function pauseSchedule(scheduleId: string, paused: boolean): Promise<Schedule> {
  return patchJson(at(scheduleId), { paused });
}

/** Makes a task of it now, besides its ticks. */
export function runSchedule(scheduleId: string): Promise<{ task_id: string }> {
  return postJson(`${at(scheduleId)}/run`, {});
}

/** Removes it; the tasks it made stay. */
export function deleteSchedule(scheduleId: string): Promise<unknown> {
  return requestJson(at(scheduleId), { method: 'DELETE' });
}
