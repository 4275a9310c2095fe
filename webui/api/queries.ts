// The questions this page asks, as TanStack Query knows them: keys, how to ask, when to try again.
import { QueryClient, queryOptions } from '@tanstack/react-query';
import { type Actor, Problem, type Task } from '../../client/index.ts';
import { client } from './client.ts';
import { newerOf } from './events.ts';

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
  return !(error instanceof Problem) || error.status >= 500;
}

/** One task. An answer that was overtaken by an event does not take its place. */
export function taskQuery(taskId: string) {
  return queryOptions({
    queryKey: [TASK_KEY, taskId],
    queryFn: async ({ signal, client: queries, queryKey }) =>
      newerOf(queries.getQueryData<Task>(queryKey), await client.getTask(taskId, { signal })),
  });
}

export const actorsQuery = queryOptions({
  queryKey: ['actors'],
  queryFn: async ({ signal }) => sortActors((await client.listActors({ signal, limit: 200 }).page()).items),
  // Workers come and go; a page that shows an empty catalog finds them without a reload.
  refetchInterval: ({ state }) => (state.data?.length ? 60_000 : 3_000),
});

/** Media first, because it is what a newcomer came for; then by name. */
function sortActors(actors: readonly Actor[]): Actor[] {
  const rank = (actor: Actor) => (actor.name === 'media' ? 0 : 1);
  return [...actors].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** The record of a stored picture. It never changes. */
export function contentQuery(contentId: string) {
  return queryOptions({
    queryKey: ['content', contentId],
    queryFn: ({ signal }) => client.contents.get(contentId, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** How a finished picture was made. It never changes. */
export function generationQuery(metadataId: string) {
  return queryOptions({
    queryKey: ['generation', metadataId],
    queryFn: ({ signal }) => client.contents.getGeneration(metadataId, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
