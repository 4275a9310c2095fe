// Waiting for something to become true, instead of sleeping for luck.
import { setTimeout as delay } from 'node:timers/promises';

type Truthy<T> = Exclude<T, false | 0 | '' | null | undefined>;

export interface WaitOptions {
  timeoutMs?: number;
  everyMs?: number;
  /** Said in the error when the time is up. */
  description?: string | (() => string);
}

/**
 * Resolves the first truthy value of `condition`. A condition that throws is tried again; its last error is the cause of the
 * error that ends a wait in vain.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 10, description = 'the condition' }: WaitOptions = {},
): Promise<Truthy<T>> {
  const end = Date.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const value = await condition();
      if (value) return value as Truthy<T>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await delay(everyMs);
  } while (Date.now() < end);
  const last = cause instanceof Error ? `: ${cause.message}` : '';
  const what = typeof description === 'string' ? description : description();
  throw new Error(`Waited ${timeoutMs} ms in vain for ${what}${last}`, { cause });
}
