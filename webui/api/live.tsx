// The tab's one stream: which tasks it watches, what it does to the cache, and the state it is in.
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { Task, TaskEvent } from '../../client/index.ts';
import { EventBatch } from './batch.ts';
import { applyToCache, Heard } from './cache.ts';
import { client } from './client.ts';
import { parseEvent } from './events.ts';
import { isReady } from './health.ts';
import { LISTS } from './lists.ts';
import { TASK_KEY } from './queries.ts';
import { StreamClient } from './stream/client.ts';
import type { Connection } from './stream/connection.ts';
import { throttle } from './throttle.ts';

/**
 * What a page watches: `all` tasks, one task by its id, nothing any more because it has `finished`, or nothing at all
 * (`idle`); null while not yet known. (An id begins with `tq_`, so it is never one of the words.)
 */
export type Watch = string | null;

type Live = { connection: Connection; watch: (target: Watch) => void };
const LiveContext = createContext<Live>({ connection: 'connecting', watch: () => {} });

// A list is read again at most this often, however many tasks change.
const LIST_EVERY_MS = 1_000;

/** Holds the stream for the pages inside; `onEnded` hears of each task that was seen to end. */
export function LiveProvider({ children, onEnded }: { children: ReactNode; onEnded: (task: Task) => void }) {
  const queries = useQueryClient();
  const [target, watch] = useState<Watch>(null);
  const [connection, setConnection] = useState<Connection>('connecting');

  useEffect(() => {
    if (target === null || target === 'finished' || target === 'idle') {
      setConnection(target ?? 'connecting');
      return;
    }
    return openStream(queries, target, setConnection, onEnded);
  }, [queries, target, onEnded]);

  const live = useMemo(() => ({ connection, watch }), [connection]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

/** Opens the stream of one task (by id) or of all, and returns how to end it. */
function openStream(
  queries: QueryClient,
  target: string,
  onConnection: (connection: Connection) => void,
  onEnded: (task: Task) => void,
): () => void {
  const heard = new Heard();
  const readLists = throttle(LIST_EVERY_MS, () => void queries.invalidateQueries({ queryKey: LISTS }));
  const batch = new EventBatch((events: TaskEvent[]) => {
    const { changed, ended } = applyToCache(queries, heard, events);
    for (const id of changed) void queries.invalidateQueries({ queryKey: [TASK_KEY, id] });
    if (changed.length > 0) readLists.call();
    for (const task of ended) onEnded(task);
  });
  const stream = new StreamClient({
    url: `${client.url}/api/tasks/stream?${target === 'all' ? 'all=1' : `ids=${encodeURIComponent(target)}`}`,
    beginsWithState: target !== 'all',
    onConnection,
    onEvent: (name, data) => {
      const event = parseEvent(name, data);
      if (event) batch.push(event);
    },
    resync: () => resync(queries, target),
    isReady,
  });
  return () => {
    stream.stop();
    batch.stop();
    readLists.stop();
  };
}

/** Reads what the page shows once more; resolves to whether the server answered. */
async function resync(queries: QueryClient, target: string): Promise<boolean> {
  const queryKey = target === 'all' ? LISTS : [TASK_KEY, target];
  await queries.refetchQueries({ queryKey, type: 'active' });
  const asked = queries.getQueryCache().findAll({ queryKey, type: 'active' });
  return asked.some(query => query.state.fetchFailureCount === 0 && query.state.status === 'success');
}

/** Says what this page watches, for as long as it is shown. */
export function useWatch(target: Watch): void {
  const { watch } = useContext(LiveContext);
  useEffect(() => {
    watch(target);
    return () => watch(null);
  }, [watch, target]);
}

/** The state of the tab's connection. */
export function useConnection(): Connection {
  return useContext(LiveContext).connection;
}
