// The lists this page shows, as TanStack Query knows them. Their keys begin alike: when a task changes, or the connection
// was away, every list that is shown is read again.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { listGenerations } from './contents.ts';
import { type DeadFilter, listDead, listDeadGroups } from './dead.ts';
import { listLanes } from './lanes.ts';
import type { Page } from './page.ts';
import { listSchedules } from './schedules.ts';
import { getStats, listMinutes } from './stats.ts';
import type { Task } from './task.ts';
import { listChildren, listTasks, type TaskFilter } from './tasks.ts';
import { listWorkers } from './workers.ts';

/** What the keys of all lists begin with. */
export const LISTS = ['list'];
/** What the keys of the lists begin with that events about tasks are applied to. */
export const TASK_LISTS = [...LISTS, 'tasks'];

const CHILDREN_EVERY_MS = 3_000;
const BEATS_EVERY_MS = 5_000;
const CLOCK_EVERY_MS = 15_000;

function pages<Item>(
  key: unknown[],
  read: (cursor: string | null, signal: AbortSignal) => Promise<Page<Item>>,
) {
  return infiniteQueryOptions({
    queryKey: [...LISTS, ...key],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    getNextPageParam: page => page.next_cursor,
  });
}

/** Tasks by pages, newest first. */
export function tasksQuery(filter: TaskFilter = {}) {
  return pages(['tasks', filter], (cursor, signal) => listTasks(filter, cursor, signal));
}

/**
 * The tasks that a task spawned, by pages. While it or one of them is `live` they are read again and again: its own stream
 * says nothing of them.
 */
export function childrenQuery(parentId: string, live: (children: readonly Task[]) => boolean) {
  const query = pages(['tasks', { parentId }], (cursor, signal) => listChildren(parentId, cursor, signal));
  return infiniteQueryOptions({
    ...query,
    refetchInterval: ({ state }) =>
      live(state.data?.pages.flatMap(page => page.items) ?? []) ? CHILDREN_EVERY_MS : false,
  });
}

/** What was made, by pages, newest first. */
export const galleryQuery = pages(['generations'], listGenerations);

/** Dead letters by pages, the latest death first. */
export function deadQuery(filter: DeadFilter) {
  return pages(['dead', filter], (cursor, signal) => listDead(filter, cursor, signal));
}

export const deadGroupsQuery = queryOptions({
  queryKey: [...LISTS, 'dead-groups'],
  queryFn: ({ signal }) => listDeadGroups(signal),
});

/** Schedules by pages, oldest first; their next ticks move with the clock. */
export const schedulesQuery = {
  ...pages(['schedules'], listSchedules),
  refetchInterval: CLOCK_EVERY_MS,
};

/** Lanes by pages, by name; what runs in them changes with every task. */
export const lanesQuery = {
  ...pages(['lanes'], listLanes),
  refetchInterval: BEATS_EVERY_MS,
};

/** The workers that are alive; heartbeats are no change of a task and not on the stream. */
export const workersQuery = queryOptions({
  queryKey: [...LISTS, 'workers'],
  queryFn: ({ signal }) => listWorkers(signal),
  refetchInterval: BEATS_EVERY_MS,
});

/** How all is doing now, or one actor. */
export function statsQuery(actor: string | null) {
  return queryOptions({
    queryKey: [...LISTS, 'stats', actor],
    queryFn: ({ signal }) => getStats(actor, signal),
    refetchInterval: BEATS_EVERY_MS,
  });
}

/** The last hour by minutes; workers add to it every few seconds. */
export function minutesQuery(actor: string | null) {
  return queryOptions({
    queryKey: ['minutes', actor],
    queryFn: ({ signal }) => listMinutes(actor, signal),
    refetchInterval: BEATS_EVERY_MS,
  });
}
