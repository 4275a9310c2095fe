// The calls this page makes about dead letters: failed tasks that nobody has retried or put away yet.
import { postJson, requestJson } from './http.ts';
import { type Page, pageQuery } from './page.ts';
import type { Task } from './task.ts';

/** Which dead letters; what is absent narrows nothing. */
export type DeadFilter = { actor?: string; error_type?: string };
export type DeadGroup = { actor: string; error_type: string; count: number; latest_at: string };
export type DeadAction = 'retry' | 'dismiss';
export type Outcome = { matched: number; changed: number; more?: boolean };

const PATH = '/api/v1/admin/dlq';
const MOST_GROUPS = 200;

/** Reads how many there are of each actor and error type, the largest groups first, at most 200. */
export async function listDeadGroups(signal: AbortSignal): Promise<DeadGroup[]> {
  const query = pageQuery({ group: 'actor,error_type' }, MOST_GROUPS);
  return (await requestJson<Page<DeadGroup>>(`${PATH}?${query}`, { signal })).items;
}

/** Reads a page of dead letters, the latest death first. */
export function listDead(
  filter: DeadFilter,
  cursor: string | null,
  signal: AbortSignal,
): Promise<Page<Task>> {
  return requestJson<Page<Task>>(`${PATH}?${pageQuery({ ...filter, cursor })}`, { signal });
}

/** Retries or puts away one; Problem 409 when it is no dead letter any more. */
export function actOnDead(action: DeadAction, taskId: string): Promise<unknown> {
  return postJson(`${PATH}/${encodeURIComponent(taskId)}/${action}`, {});
}

/** Retries or puts away all that match, or only counts them. */
export function actOnAllDead(action: DeadAction, filter: DeadFilter, dryRun: boolean): Promise<Outcome> {
  return postJson(`${PATH}/actions`, { action, filter, dry_run: dryRun });
}
