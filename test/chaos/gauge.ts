/*
 * I2: calls of a key that were open at the provider at once. Pure.
 *
 * A call counts from when it began until it ended, or until the database gave its task to others: a worker that stands still
 * past its lease, or an actor that ignores its hard timeout, still has its call open then. No queue can close it; those are
 * counted apart.
 */
import type { Call } from './calls.ts';
import type { Stored } from './stored.ts';
import type { Violations } from './violations.ts';

interface Span {
  from: number;
  to: number;
  limit: number;
  name: string;
}

export interface GaugeReading {
  /** The most calls of a key at once whose claims were in force. */
  most: Map<string, number>;
  /** Calls that were still open when their claim had ended. */
  late: number;
}

export function readGauge(
  calls: readonly Call[],
  stored: readonly Stored[],
  violations: Violations,
): GaugeReading {
  const attempts = new Map(
    stored.flatMap(({ _id, attempts }) => attempts.map(attempt => [`${_id} ${attempt.attempt}`, attempt])),
  );
  const byKey = new Map<string, Span[]>();
  let late = 0;
  for (const call of calls) {
    const attempt = attempts.get(`${call.task_id} ${call.attempt}`);
    const endOfClaim = attempt?.ended_at.getTime() ?? Infinity;
    if (endOfClaim < (call.ended ?? Infinity)) late++;
    if (!call.key || endOfClaim <= call.began) continue;
    const span = {
      from: call.began,
      to: Math.min(call.ended ?? Infinity, endOfClaim),
      limit: attempt?.limit ?? Infinity,
      name: `${call.task_id} (attempt ${call.attempt})`,
    };
    const spans = byKey.get(call.key);
    if (spans) spans.push(span);
    else byKey.set(call.key, [span]);
  }
  const most = new Map([...byKey].map(([key, spans]) => [key, sweep(key, spans, violations)]));
  return { most, late };
}

/** Goes through the calls of one key in time; the most that were open at once. */
function sweep(key: string, spans: readonly Span[], violations: Violations): number {
  let open: Span[] = [];
  let most = 0;
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    open = [...open.filter(({ to }) => to > span.from), span];
    most = Math.max(most, open.length);
    // As with slots: under a limit of n were claimed at most n of those that are open.
    for (const { limit } of open) {
      const under = open.filter(other => other.limit <= limit);
      if (under.length > limit)
        violations.add(
          'I2',
          `${key}: ${under.length} calls at once under ${limit}: ${under.map(one => one.name).join()}`,
        );
    }
  }
  return most;
}
