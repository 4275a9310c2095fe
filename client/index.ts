// The package `callsheet/client`: the HTTP contract as functions, for Node and browsers. Imports nothing of the other rooms.
import { catalogCalls, laneCalls } from './catalog.ts';
import type { Readiness, Session } from './record.ts';
import { artifactCalls, contentCalls, deadCalls, scheduleCalls } from './resources.ts';
import { taskCalls } from './tasks.ts';
import { type ClientOptions, openTransport, type RequestOptions } from './transport.ts';

export type Client = ReturnType<typeof createClient>;

/**
 * A client of a Callsheet server. Every call rejects with a Problem when the server refuses, with Unreachable when none
 * answers, and with the reason of the signal that it was given.
 */
export function createClient(options: ClientOptions = {}) {
  const transport = openTransport(options);
  const { url, ask, tell } = transport;
  return {
    url,
    ...taskCalls(transport),
    ...catalogCalls(transport),
    dlq: deadCalls(transport),
    lanes: laneCalls(transport),
    schedules: scheduleCalls(transport),
    contents: contentCalls(transport),
    artifacts: artifactCalls(transport),
    /** A browser's cookie in place of a key. */
    session: {
      get: ({ signal }: RequestOptions = {}): Promise<Session> => ask('/api/session', { signal }),
      open: (key: string, { signal }: RequestOptions = {}): Promise<Session> =>
        tell('POST', '/api/session', { key }, { signal }),
      close: ({ signal }: RequestOptions = {}): Promise<void> =>
        tell('DELETE', '/api/session', undefined, { signal }),
    },
    /** Whether the server should get requests; rejects with a Problem 503 that says why not. */
    readiness: ({ signal }: RequestOptions = {}): Promise<Readiness> => ask('/readyz', { signal }),
    /** Any other request of the contract: an answer that is no refusal. */
    send: transport.send,
  };
}

export { type FieldProblem, Problem, type ProblemBody, type Unheard, Unreachable } from './errors.ts';
export type { FollowOptions } from './follow.ts';
export type { Listing, ListOptions } from './listing.ts';
export type * from './record.ts';
export type { DeadFilter } from './resources.ts';
export type * from './task.ts';
export { hasEnded } from './task.ts';
export type { ActOptions, CreateOptions, TaskFilter, TaskRef, Which } from './tasks.ts';
export type { ClientOptions, RequestOptions, SendOptions } from './transport.ts';
