// The calls about tasks: making, reading, watching, stopping them, trying them again.
import type { TaskEvent } from './event.ts';
import { type EventStream, type FollowOptions, followStream } from './follow.ts';
import { type Listing, type ListOptions, listOf } from './listing.ts';
import type { CancelledTask, ChangedTask, Counts, CreatedTask, NewTask, Task, TaskStatus } from './task.ts';
import { type CreateOptions, onceHeader, queryOf, type RequestOptions, type Transport } from './transport.ts';

/** What a list of tasks is narrowed to. Of several tags all must be there, of several statuses one. */
export interface TaskFilter {
  status?: TaskStatus | readonly TaskStatus[] | undefined;
  actor?: string | undefined;
  workflow_run_id?: string | undefined;
  concurrency_identifier?: string | undefined;
  tag?: string | readonly string[] | undefined;
  worker_id?: string | undefined;
}

/** Which tasks: those that are named, or all that match. */
export type Which = { ids: readonly string[] } | { filter: TaskFilter & { error_type?: string } };

export interface ActOptions extends RequestOptions {
  /** Only counts. */
  dry_run?: boolean | undefined;
  /** Of a cancellation: with all that these tasks spawned. */
  children?: boolean | undefined;
}

/** A task by its id, or anything that carries one. */
export type TaskRef = string | { task_id: string };

const idOf = (task: TaskRef): string => (typeof task === 'string' ? task : task.task_id);
const pathOf = (task: TaskRef): string => `/api/task/${encodeURIComponent(idOf(task))}`;

export function taskCalls(transport: Transport) {
  const { ask, tell } = transport;

  const watch = (task: TaskRef, options: FollowOptions = {}): AsyncGenerator<TaskEvent, void> =>
    followStream(transport, { ...told, path: `${pathOf(task)}/stream` }, options);

  return {
    /** Makes a task. Problem 404 `unknown-actor`, 422 with each wrong field. */
    createTask: (task: NewTask, { signal, idempotency_key }: CreateOptions = {}): Promise<CreatedTask> =>
      tell('POST', '/api/task', task, { signal, headers: onceHeader(idempotency_key) }),

    /** Makes up to 1,000 tasks: all of them, or (Problem 422) none. */
    createTasks: (
      tasks: readonly NewTask[],
      { signal, idempotency_key }: CreateOptions = {},
    ): Promise<{ task_ids: string[] }> =>
      tell('POST', '/api/tasks', { tasks }, { signal, headers: onceHeader(idempotency_key) }),

    /** Reads a task. Problem 404 when there is none. */
    getTask: (task: TaskRef, { signal }: RequestOptions = {}): Promise<Task> => ask(pathOf(task), { signal }),

    /** Tasks, newest first. */
    listTasks: (filter: TaskFilter = {}, options: ListOptions = {}): Listing<Task> =>
      listOf(transport, '/api/tasks', { ...filter }, options),

    /** Tasks that tasks spawned, newest first. */
    listJobs: (
      filter: {
        parent_id?: string | undefined;
        status?: TaskStatus | readonly TaskStatus[] | undefined;
      } = {},
      options: ListOptions = {},
    ): Listing<Task> => listOf(transport, '/api/v1/jobs', { ...filter }, options),

    /** Reads a task that a task spawned. Problem 404 for any other. */
    getJob: (task: TaskRef, { signal }: RequestOptions = {}): Promise<Task> =>
      ask(`/api/v1/jobs/${encodeURIComponent(idOf(task))}`, { signal }),

    /** Every change of a task as it happens, beginning with where it stands now and ending with its end. */
    watch,

    /** The same of many tasks in one stream, until `signal`. `all`: changes only, and nothing of how they stand now. */
    watchMany: (
      which: { ids: readonly string[] } | { workflow_run_id: string } | { all: true },
      options: FollowOptions = {},
    ): AsyncGenerator<TaskEvent, void> =>
      followStream(
        transport,
        { ...told, path: '/api/tasks/stream', query: wanted(which), isLast: () => false },
        options,
      ),

    /** Waits until a task has ended, however it ended, and reads it. Throws what `watch` throws. */
    waitFor: async (task: TaskRef, options: Omit<FollowOptions, 'after'> = {}): Promise<Task> => {
      for await (const { event } of watch(task, options)) if (event !== 'progress') break;
      return ask(pathOf(task), { signal: options.signal });
    },

    /** Stops a task: at once while it is pending; a running one is asked to stop. Problem 409 when it has ended. */
    cancelTask: (
      task: TaskRef,
      { signal, children }: RequestOptions & { children?: boolean | undefined } = {},
    ): Promise<CancelledTask> =>
      tell('POST', `${pathOf(task)}/cancel${queryOf({ children: children || undefined })}`, undefined, {
        signal,
      }),

    /** Tries a failed or cancelled task again, under its own id. Problem 409 in any other status. */
    retryTask: (task: TaskRef, { signal }: RequestOptions = {}): Promise<ChangedTask> =>
      tell('POST', `${pathOf(task)}/retry`, undefined, { signal }),

    /** One action on many tasks; a task that moved meanwhile is left as it is. */
    actOnTasks: (
      action: 'cancel' | 'retry' | 'dismiss',
      which: Which,
      { signal, ...how }: ActOptions = {},
    ): Promise<Counts> => tell('POST', '/api/tasks/actions', { action, ...which, ...how }, { signal }),
  };
}

const told: Pick<EventStream<TaskEvent>, 'names' | 'isLast'> = {
  names: ['progress', 'complete', 'error'],
  isLast: ({ event }) => event !== 'progress',
};

function wanted(
  which: { ids: readonly string[] } | { workflow_run_id: string } | { all: true },
): Record<string, string> {
  if ('ids' in which) return { ids: which.ids.join(',') };
  return 'all' in which ? { all: '1' } : which;
}
