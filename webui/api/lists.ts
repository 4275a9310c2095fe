// The lists this page shows, as TanStack Query knows them. Their keys begin alike: when a task changes, or the connection
// was away, every list that is shown is read again.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { DeadFilter, Listing, ListOptions, Task, TaskFilter } from '../../client/index.ts';
import { client } from './client.ts';

/** What the keys of all lists begin with. */
export const LISTS = ['list'];
/** What the keys of the lists begin with that events about tasks are applied to. */
export const TASK_LISTS = [...LISTS, 'tasks'];

/** What an address says of which tasks are to be shown: it may say anything, and the server judges it. */
export type TaskChoice = { [Field in keyof TaskFilter]?: string };

const CHILDREN_EVERY_MS = 3_000;
const BEATS_EVERY_MS = 5_000;
const CLOCK_EVERY_MS = 15_000;
const PAGE_SIZE = 25;
const GALLERY_PAGE = 24;
/** The most that the server puts on one page. */
const MOST = 200;

function pages<Item>(key: unknown[], list: (options: ListOptions) => Listing<Item>, limit = PAGE_SIZE) {
  return infiniteQueryOptions({
    queryKey: [...LISTS, ...key],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => list({ signal, limit }).page(pageParam),
    getNextPageParam: page => page.next_cursor,
  });
}

/** Tasks by pages, newest first. */
export function tasksQuery(choice: TaskChoice = {}) {
  return pages(['tasks', choice], options => client.listTasks(choice as TaskFilter, options));
}

/**
 * The tasks that a task spawned, by pages. While it or one of them is `live` they are read again and again: its own stream
 * says nothing of them.
 */
export function childrenQuery(parent_id: string, live: (children: readonly Task[]) => boolean) {
  const query = pages(['tasks', { parent_id }], options => client.listJobs({ parent_id }, options));
  return infiniteQueryOptions({
    ...query,
    refetchInterval: ({ state }) =>
      live(state.data?.pages.flatMap(page => page.items) ?? []) ? CHILDREN_EVERY_MS : false,
  });
}

/** What was made, by pages, newest first. */
export const galleryQuery = pages(
  ['generations'],
  options => client.contents.listGenerations({ status: 'completed' }, options),
  GALLERY_PAGE,
);

/** Dead letters by pages, the latest death first. */
export function deadQuery(filter: DeadFilter) {
  return pages(['dead', filter], options => client.dlq.list(filter, options));
}

export const deadGroupsQuery = queryOptions({
  queryKey: [...LISTS, 'dead-groups'],
  queryFn: ({ signal }) => client.dlq.groups({}, { signal, limit: MOST }),
});

/** Schedules by pages, oldest first; their next ticks move with the clock. */
export const schedulesQuery = {
  ...pages(['schedules'], client.schedules.list),
  refetchInterval: CLOCK_EVERY_MS,
};

/** Lanes by pages, by name; what runs in them changes with every task. */
export const lanesQuery = {
  ...pages(['lanes'], client.lanes.list),
  refetchInterval: BEATS_EVERY_MS,
};

/** The workers that are alive; heartbeats are no change of a task and not on the stream. */
export const workersQuery = queryOptions({
  queryKey: [...LISTS, 'workers'],
  queryFn: async ({ signal }) => (await client.listWorkers({ signal, limit: MOST }).page()).items,
  refetchInterval: BEATS_EVERY_MS,
});

/** How all is doing now, or one actor. */
export function statsQuery(actor: string | null) {
  return queryOptions({
    queryKey: [...LISTS, 'stats', actor],
    queryFn: ({ signal }) => client.getStats({ signal, actor: actor ?? undefined }),
    refetchInterval: BEATS_EVERY_MS,
  });
}

/** The last hour by minutes; workers add to it every few seconds. */
export function minutesQuery(actor: string | null) {
  return queryOptions({
    queryKey: ['minutes', actor],
    queryFn: ({ signal }) => client.listMinutes({ signal, actor: actor ?? undefined }),
    refetchInterval: BEATS_EVERY_MS,
  });
}
