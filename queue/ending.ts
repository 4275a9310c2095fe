// Whether an attempt ended as somebody says: told by what is stored of it. Pure.
import { isDeepStrictEqual } from 'node:util';
import type { AttemptOutcome, Json, Task, TaskError } from './task.ts';

/** How an attempt is said to have ended. */
export interface Ending {
  /** Any of these. */
  outcomes: readonly AttemptOutcome[];
  /** Not looked at where none is said. */
  result?: Json;
  error?: TaskError;
}

/** Whether the attempt of this number ended so; false also where it has not ended, or is no longer remembered. */
export function endedSo(
  { attempts, result = null }: Pick<Task, 'attempts' | 'result'>,
  attempt: number,
  said: Ending,
): boolean {
  const stored = attempts.find(one => one.attempt === attempt);
  if (!stored || !said.outcomes.includes(stored.outcome)) return false;
  if (said.error !== undefined && !isSame(stored.error, said.error)) return false;
  return said.result === undefined || isSame(result, said.result);
}

/** What somebody is told whose settle found the attempt ended in the name of its claim: what it came to. */
export function findOutcome(
  task: Pick<Task, 'attempts' | 'result'>,
  attempt: number,
  said: Ending,
): 'settled' | 'cancelled' | 'lost' {
  if (endedSo(task, attempt, said)) return 'settled';
  return endedSo(task, attempt, { outcomes: ['cancelled'] }) ? 'cancelled' : 'lost';
}

/** As JSON: neither the order of keys nor what a prototype is makes a difference. */
function isSame(stored: unknown, said: unknown): boolean {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  return isDeepStrictEqual(plain(stored), plain(said));
}
