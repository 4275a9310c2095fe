// Who the page speaks for. A server without keys asks nobody; one with keys wants one, once, and then knows this browser.
import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { Problem } from '../../client/index.ts';
import { client } from './client.ts';

/** The session of this browser; Problem 401 when the server wants a key first. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => client.session.get({ signal }),
  retry: false,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Tells a refusal for want of a key from every other error. */
export function wantsKey(error: Error | null): boolean {
  return error instanceof Problem && error.status === 401;
}

/** Asks for the session again as soon as anything is refused for want of a key; ends when the returned function is called. */
export function watchSession(queries: QueryClient): () => void {
  return queries.getQueryCache().subscribe(({ type, query }) => {
    const isOther = query.queryKey[0] !== sessionQuery.queryKey[0];
    if (type === 'updated' && isOther && query.state.status === 'error' && wantsKey(query.state.error))
      void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
  });
}
