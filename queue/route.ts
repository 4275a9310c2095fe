// Which lane a task waits in, from its actor's published rule and its payload; pure.
import type { ConcurrencyRule } from './catalog.ts';
import { InvalidInput } from './errors.ts';
import { spread } from './ids.ts';
import type { Json, JsonObject } from './task.ts';

/** Unlimited work of one actor is split into this many lanes, so that claimers do not fight over one index head. */
const partitions = 4;

/** Lanes of tasks whose real lane only their actor's code knows; the rest is the actor's name. */
export const routePrefix = 'route:';

/**
 * Such lanes. The names of our actors have no colon, nor does an identifier begin with the mark: what looks like it otherwise
 * is the lane of a job in a room called "route".
 */
export const routeLanes = /^route:(?:[^:]*|@internal:.*)$/s;

export const isRouteLane = (lane: string): boolean => routeLanes.test(lane);

/** The lane of what tasks spawned, where that has a limit and its actor has none. No payload can name it. */
export const jobsLane = '@jobs';

export interface Route {
  lane: string;
  concurrency_identifier: string | null;
  concurrency_limit: number | null;
}

/**
 * The lane of a new task. A rule that only code knows gives the actor's `route:` lane, where a worker that has the
 * code picks it up. Throws InvalidInput when the payload has no usable value at the rule's key.
 */
export function routeTask(
  actor: string,
  rule: ConcurrencyRule | null,
  payload: JsonObject,
  task_id: string,
): Route {
  if (rule === null) return unlimitedRoute(actor, task_id);
  if ('code' in rule)
    return { lane: `${routePrefix}${actor}`, concurrency_identifier: null, concurrency_limit: null };
  if ('limit' in rule) return limitedRoute(rule.identifier ?? actor, rule.limit);
  const value = resolvePointer(payload, rule.key);
  const key = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof key !== 'string')
    throw new InvalidInput([
      { pointer: `/payload${rule.key}`, detail: 'decides the limit of this task and is missing' },
    ]);
  const problem = identifierProblem(key);
  if (problem) throw new InvalidInput([{ pointer: `/payload${rule.key}`, detail: problem }]);
  return limitedRoute(key, Object.hasOwn(rule.limits, key) ? rule.limits[key]! : rule.default);
}

/** Every lane that unlimited tasks of an actor may wait in. */
export function partitionsOf(actor: string): string[] {
  return Array.from({ length: partitions }, (_, n) => `${actor}#${n}`);
}

/** The lane of a task that no limit binds. */
export function unlimitedRoute(actor: string, task_id: string): Route {
  const lane = `${actor}#${spread(task_id) % partitions}`;
  return { lane, concurrency_identifier: null, concurrency_limit: null };
}

/** The route of a spawned task: its own, unless no limit binds it and spawned tasks have one. */
export function boundJob(route: Route, jobsLimit: number | undefined): Route {
  const free = route.concurrency_identifier === null && !isRouteLane(route.lane);
  return free && jobsLimit !== undefined ? limitedRoute(jobsLane, jobsLimit) : route;
}

/** The lane of a limited key: its own name. */
export function limitedRoute(identifier: string, limit: number): Route {
  return { lane: identifier, concurrency_identifier: identifier, concurrency_limit: limit };
}

/** Why a string cannot be a concurrency identifier, or null. The marks keep user text out of our own lane names. */
export function identifierProblem(key: string): string | null {
  if (key.length < 1 || key.length > 200)
    return 'decides the limit of this task and must have 1 to 200 characters';
  if (key.includes('#') || key.startsWith(routePrefix))
    return 'decides the limit of this task: no "#", no "route:" prefix';
  if (key === jobsLane) return `decides the limit of this task: "${jobsLane}" is for what tasks spawn`;
  return null;
}

/** The value at a JSON Pointer (RFC 6901), or undefined. */
export function resolvePointer(value: Json, pointer: string): Json | undefined {
  let at: Json | undefined = value;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, Json>)[key];
  }
  return at;
}
