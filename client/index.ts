// The package `callsheet/client`: the HTTP contract as functions, for Node and browsers. Imports nothing of the other rooms.
import { catalogCalls, laneCalls, registryCalls } from './catalog.ts';
import { contentCalls, interactionCalls } from './media.ts';
import { artifactCalls, deadCalls, scheduleCalls } from './resources.ts';
import { remoteCalls, roomCalls } from './rooms.ts';
import { serverCalls, sessionCalls } from './session.ts';
import { taskCalls } from './tasks.ts';
import { type ClientOptions, openTransport, type Transport } from './transport.ts';

/** The calls that stand by themselves. */
type PlainCalls = ReturnType<typeof taskCalls> &
  ReturnType<typeof catalogCalls> &
  ReturnType<typeof serverCalls>;

// Written out, and not what `createClient` is seen to return: a type that the compiler writes down has no docstrings.
/** The calls of a server. */
export interface Client extends PlainCalls {
  /** The address of the server. */
  url: string;
  /** What can be called as a function. */
  registry: ReturnType<typeof registryCalls>;
  /** Failed tasks that nobody has retried or dismissed yet. */
  dlq: ReturnType<typeof deadCalls>;
  /** What waits and runs under each key, and under which limit. */
  lanes: ReturnType<typeof laneCalls>;
  /** Tasks by the clock. */
  schedules: ReturnType<typeof scheduleCalls>;
  /** Pictures and films. */
  contents: ReturnType<typeof contentCalls>;
  /** Places in a workflow run from which people ask for media. */
  interactions: ReturnType<typeof interactionCalls>;
  /** What tasks keep besides their results. */
  artifacts: ReturnType<typeof artifactCalls>;
  /** Jobs that programs outside publish and execute. */
  rooms: ReturnType<typeof roomCalls>;
  /** Executing jobs as a worker outside. */
  remote: ReturnType<typeof remoteCalls>;
  /** A browser's cookie in place of a key. */
  session: ReturnType<typeof sessionCalls>;
  /** Any other request of the contract: an answer that is no refusal. */
  send: Transport['send'];
}

/**
 * A client of a Callsheet server. Every call rejects with a Problem when the server refuses, with Unreachable when none
 * answers, and with the reason of the signal that it was given.
 */
export function createClient(options: ClientOptions = {}): Client {
  const transport = openTransport(options);
  return {
    url: transport.url,
    ...taskCalls(transport),
    ...catalogCalls(transport),
    ...serverCalls(transport),
    registry: registryCalls(transport),
    dlq: deadCalls(transport),
    lanes: laneCalls(transport),
    schedules: scheduleCalls(transport),
    contents: contentCalls(transport),
    interactions: interactionCalls(transport),
    artifacts: artifactCalls(transport),
    rooms: roomCalls(transport),
    remote: remoteCalls(transport),
    session: sessionCalls(transport),
    send: transport.send,
  };
}

export type * from './catalog-record.ts';
export { type FieldProblem, Problem, type ProblemBody, type Unheard, Unreachable } from './errors.ts';
export type * from './event.ts';
export type { FollowOptions } from './follow.ts';
export type { Listing, ListOptions } from './listing.ts';
export type * from './media-record.ts';
export type * from './record.ts';
export type { DeadFilter } from './resources.ts';
export type * from './room-record.ts';
export type * from './task.ts';
export { hasEnded } from './task.ts';
export type { ActOptions, TaskFilter, TaskRef, Which } from './tasks.ts';
export type { ClientOptions, CreateOptions, RequestOptions, SendOptions } from './transport.ts';
