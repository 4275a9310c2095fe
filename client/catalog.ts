// The calls about what can be run, who runs it, and under which limits.

import type {
  Actor,
  Execution,
  Lane,
  LanePatch,
  Minute,
  RegisteredTask,
  Stats,
  Worker,
} from './catalog-record.ts';
import { type Listing, type ListOptions, listOf } from './listing.ts';
import type { Page } from './record.ts';
import type { CreatedTask } from './task.ts';
import { type CreateOptions, onceHeader, queryOf, type RequestOptions, type Transport } from './transport.ts';

const part = encodeURIComponent;

export function catalogCalls(transport: Transport) {
  const { ask, tell } = transport;
  return {
    /** The actors that workers have published. */
    listActors: (options: ListOptions = {}): Listing<Actor> =>
      listOf(transport, '/api/v1/actors', {}, options),
    /** Reads an actor. Problem 404 when there is none. */
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
      { signal, idempotency_key, waitSeconds }: CreateOptions & { waitSeconds?: number | undefined } = {},
    ): Promise<Execution | CreatedTask> =>
      tell(
        'POST',
        `/api/v1/tasks/${part(name)}/$execute`,
        { params },
        {
          signal,
          extraMs: (waitSeconds ?? 30) * 1_000,
          headers: { ...onceHeader(idempotency_key), ...preferWait(waitSeconds) },
        },
      ),
    /** How the queue is doing, or one actor. */
    getStats: ({ signal, actor }: RequestOptions & { actor?: string | undefined } = {}): Promise<Stats> =>
      ask(`/api/v1/stats${queryOf({ actor })}`, { signal }),
    /** The last minutes (60 unless said), of all actors or of one, the oldest first; the last one is not over yet. */
    listMinutes: async ({
      signal,
      ...query
    }: RequestOptions & { actor?: string | undefined; last?: number | undefined } = {}): Promise<Minute[]> =>
      (await ask<Page<Minute>>(`/api/v1/stats/minutes${queryOf(query)}`, { signal })).items,
  };
}

const preferWait = (seconds: number | undefined): Record<string, string> =>
  seconds === undefined ? {} : { Prefer: `wait=${seconds}` };

export function registryCalls({ ask }: Transport) {
  const path = '/api/v1/tasks';
  return {
    /** What `execute` can call; of several tags all must be there. */
    list: ({
      signal,
      tag,
    }: RequestOptions & { tag?: string | readonly string[] | undefined } = {}): Promise<RegisteredTask[]> =>
      ask(path + queryOf({ tag }), { signal }),
    /** What one is called with. Problem 404 when there is none. */
    get: (name: string, { signal }: RequestOptions = {}): Promise<RegisteredTask> =>
      ask(`${path}/${part(name)}`, { signal }),
  };
}

export function laneCalls(transport: Transport) {
  const { ask, tell } = transport;
  const path = '/api/v1/lanes';
  const one = (key: string) => `${path}/${part(key)}`;
  return {
    /** Lanes, by key. */
    list: (options: ListOptions = {}): Listing<Lane> => listOf(transport, path, {}, options),
    /** Reads a lane. Problem 404 when there is none. */
    get: (key: string, { signal }: RequestOptions = {}): Promise<Lane> => ask(one(key), { signal }),
    /** In force in every worker's next round; what runs already finishes. */
    change: (key: string, patch: LanePatch, { signal }: RequestOptions = {}): Promise<Lane> =>
      tell('PATCH', one(key), patch, { signal }),
  };
}
