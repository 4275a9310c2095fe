// What an actor returned, checked before it is stored. Pure.
import type { Json } from '../queue/index.ts';
// Not by the index: threads load this file, and have no use for the database's driver.
import { findUnstorable } from '../queue/storable.ts';
import { PermanentError } from './actors/errors.ts';

/** The actor returned something that cannot be stored: running it again would not help. */
export class InvalidResult extends PermanentError {
  override name = 'InvalidResult';
}

const maxBytes = 1_048_576;

export interface CheckedResult {
  value: Json;
  /** Length of its JSON in bytes. */
  bytes: number;
}

/**
 * The result as it will be stored: undefined becomes null, properties that are undefined are left out, as JSON does.
 * Throws InvalidResult for what is not JSON or is larger than 1 MiB.
 */
export function checkResult(returned: unknown): CheckedResult {
  const value = returned === undefined ? null : returned;
  const kept = findUnstorable(value) ? withoutUndefined(value, 0) : value;
  const problem = findUnstorable(kept);
  if (problem) throw new InvalidResult(`The result${at(problem.pointer)} ${problem.detail}.`);
  const bytes = Buffer.byteLength(JSON.stringify(kept));
  if (bytes > maxBytes)
    throw new InvalidResult(`The result is ${bytes} bytes of JSON; at most ${maxBytes} are stored.`);
  return { value: kept as Json, bytes };
}

function at(pointer: string): string {
  return pointer ? ` at ${pointer.slice(0, 200)}` : '';
}

const maxDepth = 100;

function withoutUndefined(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return value;
  if (Array.isArray(value)) return value.map(item => withoutUndefined(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutUndefined(field, depth + 1)]));
}
