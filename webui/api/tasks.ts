// The calls this page makes about tasks and actors. No caching here; that is queries.ts.
import { type Actor, sortActors } from './actor.ts';
import { postJson, requestJson } from './http.ts';
import { pageQuery } from './page.ts';
import type { JsonObject, Task, TaskPage } from './task.ts';

/** Reads one task; Problem 404 when there is none. */
export function getTask(taskId: string, signal?: AbortSignal): Promise<Task> {
  return requestJson<Task>(`/api/task/${encodeURIComponent(taskId)}`, signal ? { signal } : {});
}

/** What a list of tasks is narrowed to; what is absent narrows nothing. */
export type TaskFilter = {
  status?: string;
  actor?: string;
  tag?: string;
  workflow_run_id?: string;
  concurrency_identifier?: string;
  worker_id?: string;
};

/** Reads a page of tasks, newest first; `cursor` is the `next_cursor` of the page before. */
export function listTasks(filter: TaskFilter, cursor: string | null, signal: AbortSignal): Promise<TaskPage> {
  return requestJson<TaskPage>(`/api/tasks?${pageQuery({ ...filter, cursor })}`, { signal });
}

export type NewTask = { actor: string; payload: JsonObject };

/**
 * Enqueues a task and returns its id. Problem 422 names the fields that were wrong. Sent again under the same `key`
 * (after an answer that was lost) it returns the first task and makes no second one.
 */
export function createTask(task: NewTask, key: string): Promise<{ task_id: string }> {
  return postJson('/api/task', task, { 'idempotency-key': key });
}

/**
 * Asks for a cancellation: a pending task is cancelled at once, a running one is told to stop; with `children` all that it
 * spawned, too. Problem 409 when it is over.
 */
export function cancelTask(taskId: string, children: boolean): Promise<unknown> {
  const query = children ? '?children=true' : '';
  return postJson(`/api/task/${encodeURIComponent(taskId)}/cancel${query}`, {});
}

/** Reads a page of the tasks that a task spawned, newest first. */
export function listChildren(
  parent_id: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<TaskPage> {
  return requestJson<TaskPage>(`/api/v1/jobs?${pageQuery({ parent_id, cursor })}`, { signal });
}

/** Reads the catalog: every actor some worker has offered. */
export async function listActors(signal?: AbortSignal): Promise<Actor[]> {
  const page = await requestJson<{ items: Actor[] }>('/api/v1/actors?limit=200', signal ? { signal } : {});
  return sortActors(page.items);
}
