// The calls about what can be run, who runs it, and under which limits.
import { type Listing, type ListOptions, listOf } from './listing.ts';
import type { Actor, Execution, Lane, LanePatch, Stats, Worker } from './record.ts';
import type { CreatedTask } from './task.ts';
import { queryOf, type RequestOptions, type Transport } from './transport.ts';

const part = encodeURIComponent;

export function catalogCalls(transport: Transport) {
  const { ask, tell } = transport;
  return {
    listActors: (options: ListOptions = {}): Listing<Actor> =>
      listOf(transport, '/api/v1/actors', {}, options),
    getActor: (name: string, { signal }: RequestOptions = {}): Promise<Actor> =>
      ask(`/api/v1/actors/${part(name)}`, { signal }),
    /** The workers that are alive. */
    listWorkers: (options: ListOptions = {}): Listing<Worker> =>
      listOf(transport, '/api/v1/workers', {}, options),
    /**
     * Calls an actor as a function and waits for its end, 30 s unless said; what takes longer is answered as the task that it
     * is. Problem 404 for an unknown one, 503 when no live worker runs it.
     */
    execute: (
      name: string,
      params: object = {},
      { signal, waitSeconds }: RequestOptions & { waitSeconds?: number | undefined } = {},
    ): Promise<Execution | CreatedTask> =>
      tell(
        'POST',
        `/api/v1/tasks/${part(name)}/$execute`,
        { params },
        {
          signal,
          extraMs: (waitSeconds ?? 30) * 1_000,
          headers: waitSeconds === undefined ? {} : { Prefer: `wait=${waitSeconds}` },
        },
      ),
    /** How the queue is doing, or one actor. */
    getStats: ({ signal, actor }: RequestOptions & { actor?: string | undefined } = {}): Promise<Stats> =>
      ask(`/api/v1/stats${queryOf({ actor })}`, { signal }),
  };
}

export function laneCalls(transport: Transport) {
  const { ask, tell } = transport;
  const path = '/api/v1/lanes';
  const one = (key: string) => `${path}/${part(key)}`;
  return {
    list: (options: ListOptions = {}): Listing<Lane> => listOf(transport, path, {}, options),
    get: (key: string, { signal }: RequestOptions = {}): Promise<Lane> => ask(one(key), { signal }),
    /** In force in every worker's next round; what runs already finishes. */
    change: (key: string, patch: LanePatch, { signal }: RequestOptions = {}): Promise<Lane> =>
      tell('PATCH', one(key), patch, { signal }),
  };
}
