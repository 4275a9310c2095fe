// Quantiles of delays that were counted by buckets; pure.
import { figureBounds } from './figures.ts';

/** Null of nothing. Within its bucket a quantile is taken to lie evenly; beyond the last bound it is that bound. */
export function quantileMs(counts: readonly number[], quantile: number): number | null {
  const bounds = figureBounds.task_queue_delay_seconds;
  let left = counts.reduce((sum, count) => sum + count, 0) * quantile;
  if (left === 0) return null;
  for (const [bucket, count] of counts.entries()) {
    const lower = bucket === 0 ? 0 : bounds[bucket - 1]!;
    const upper = bounds[bucket] ?? lower;
    if (left <= count) return Math.round((lower + ((upper - lower) * left) / count) * 10_000) / 10;
    left -= count;
  }
  return bounds.at(-1)! * 1_000;
}
