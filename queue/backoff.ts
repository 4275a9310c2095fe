// How long a failed attempt waits before the next; pure.

/** When a failed task runs again. Durations in milliseconds. */
export interface RetryPolicy {
  max_retries: number;
  base_ms: number;
  max_ms: number;
  jitter: boolean;
}

export const defaultRetry: RetryPolicy = { max_retries: 3, base_ms: 30_000, max_ms: 600_000, jitter: true };

/**
 * The wait before retry number `retryCount` (0 for the first): `min(base * 2^n, max)`, and with jitter a random
 * share of it ("full jitter"), so that tasks that failed together do not come back together.
 */
export function retryDelay(
  policy: RetryPolicy,
  retryCount: number,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(policy.base_ms * 2 ** retryCount, policy.max_ms);
  return Math.round(policy.jitter ? ceiling * random() : ceiling);
}
