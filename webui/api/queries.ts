// The questions this page asks, as TanStack Query knows them: keys, how to ask, when to try again.
import { QueryClient, queryOptions } from '@tanstack/react-query';
import { getContent, getGeneration } from './contents.ts';
import { newerOf } from './events.ts';
import { Problem } from './http.ts';
import type { Task } from './task.ts';
import { getTask, listActors } from './tasks.ts';

export const TASK_KEY = 'task';

/** The page's one cache. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The server may be on this very machine and reachable while the browser calls itself offline.
        networkMode: 'always',
        retry: (failures, error) => failures < 3 && isWorthRetrying(error),
        refetchOnWindowFocus: false,
        staleTime: 2_000,
      },
      mutations: { networkMode: 'always' },
    },
  });
}

function isWorthRetrying(error: Error): boolean {
  return !(error instanceof Problem) || error.status === 0 || error.status >= 500;
}

/** One task. An answer that was overtaken by an event does not take its place. */
export function taskQuery(taskId: string) {
  return queryOptions({
    queryKey: [TASK_KEY, taskId],
    queryFn: async ({ signal, client, queryKey }) =>
      newerOf(client.getQueryData<Task>(queryKey), await getTask(taskId, signal)),
  });
}

export const actorsQuery = queryOptions({
  queryKey: ['actors'],
  queryFn: ({ signal }) => listActors(signal),
  // Workers come and go; a page that shows an empty catalog finds them without a reload.
  refetchInterval: ({ state }) => (state.data?.length ? 60_000 : 3_000),
});

/** The record of a stored picture. It never changes. */
export function contentQuery(contentId: string) {
  return queryOptions({
    queryKey: ['content', contentId],
    queryFn: ({ signal }) => getContent(contentId, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** How a finished picture was made. It never changes. */
export function generationQuery(metadataId: string) {
  return queryOptions({
    queryKey: ['generation', metadataId],
    queryFn: ({ signal }) => getGeneration(metadataId, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
