// The calls about what becomes of tasks and what makes them: dead letters, schedules, artifacts.
import { type Listing, type ListOptions, listOf } from './listing.ts';
import type { Artifact, ArtifactTree } from './media-record.ts';
import type { DeadGroup, NewSchedule, Page, Schedule } from './record.ts';
import type { ChangedTask, Counts, Task } from './task.ts';
import { type CreateOptions, onceHeader, queryOf, type RequestOptions, type Transport } from './transport.ts';

const part = encodeURIComponent;

/** Which dead letters; what is absent narrows nothing. */
export interface DeadFilter {
  actor?: string | undefined;
  error_type?: string | undefined;
}

export function deadCalls(transport: Transport) {
  const { ask, tell } = transport;
  const path = '/api/v1/admin/dlq';
  return {
    /** Dead letters, the latest death first. */
    list: (filter: DeadFilter = {}, options: ListOptions = {}): Listing<Task> =>
      listOf(transport, path, { ...filter }, options),
    /** How many there are of each actor and error type, the largest groups first. */
    groups: async (filter: DeadFilter = {}, { signal, limit }: ListOptions = {}): Promise<DeadGroup[]> => {
      const query = queryOf({ ...filter, limit, group: 'actor,error_type' });
      return (await ask<Page<DeadGroup>>(path + query, { signal })).items;
    },
    /** Tries one again, under its own id. */
    retry: (task_id: string, { signal }: RequestOptions = {}): Promise<ChangedTask> =>
      tell('POST', `${path}/${part(task_id)}/retry`, undefined, { signal }),
    /** Puts it away: it stays failed, and is no dead letter any more. */
    dismiss: (task_id: string, { signal }: RequestOptions = {}): Promise<ChangedTask & { dead: false }> =>
      tell('POST', `${path}/${part(task_id)}/dismiss`, undefined, { signal }),
    /** Retries or dismisses many, or with `dry_run` counts them. */
    act: (
      action: 'retry' | 'dismiss',
      which: { ids: readonly string[] } | { filter: DeadFilter },
      { signal, dry_run }: RequestOptions & { dry_run?: boolean | undefined } = {},
    ): Promise<Counts> => tell('POST', `${path}/actions`, { action, ...which, dry_run }, { signal }),
  };
}

export function scheduleCalls(transport: Transport) {
  const { ask, tell } = transport;
  const path = '/api/v1/schedules';
  const one = (schedule_id: string) => `${path}/${part(schedule_id)}`;
  return {
    /** Schedules, oldest first. */
    list: (options: ListOptions = {}): Listing<Schedule> => listOf(transport, path, {}, options),
    /** Reads a schedule. Problem 404 when there is none. */
    get: (schedule_id: string, { signal }: RequestOptions = {}): Promise<Schedule> =>
      ask(one(schedule_id), { signal }),
    /** Makes a schedule. Problem 404 `unknown-actor`, 422 with each wrong field. */
    create: (schedule: NewSchedule, { signal }: RequestOptions = {}): Promise<Schedule> =>
      tell('POST', path, schedule, { signal }),
    /** Changes, pauses or resumes one. */
    change: (
      schedule_id: string,
      patch: { [F in keyof NewSchedule]?: NewSchedule[F] | undefined },
      { signal }: RequestOptions = {},
    ): Promise<Schedule> => tell('PATCH', one(schedule_id), patch, { signal }),
    /** Removes it; its tasks stay. */
    delete: (schedule_id: string, { signal }: RequestOptions = {}): Promise<void> =>
      tell('DELETE', one(schedule_id), undefined, { signal }),
    /** Makes a task of it now, also while it is paused. */
    run: (
      schedule_id: string,
      { signal, idempotency_key }: CreateOptions = {},
    ): Promise<{ task_id: string }> =>
      tell('POST', `${one(schedule_id)}/run`, undefined, { signal, headers: onceHeader(idempotency_key) }),
  };
}

export function artifactCalls(transport: Transport) {
  const { ask } = transport;
  const path = '/api/v1/artifacts';
  return {
    /** The artifacts below one, or of a task, newest first. */
    list: (of: { parent: string } | { task_id: string }, options: ListOptions = {}): Listing<Artifact> =>
      listOf(transport, path, { ...of }, options),
    /** Reads an artifact. Problem 404 when there is none. */
    get: (artifact_id: string, { signal }: RequestOptions = {}): Promise<Artifact> =>
      ask(`${path}/${part(artifact_id)}`, { signal }),
    /** With all below it; `truncated` when there is more below than was asked for. */
    expand: (
      artifact_id: string,
      { signal, ...how }: RequestOptions & { depth?: number; limit?: number } = {},
    ): Promise<ArtifactTree & { truncated: boolean }> =>
      ask(`${path}/${part(artifact_id)}/$expand${queryOf(how)}`, { signal }),
  };
}
