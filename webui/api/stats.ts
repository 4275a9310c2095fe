// The calls this page makes about how the queue is doing: now, and in the last minutes.
import { requestJson } from './http.ts';

type Delay = { p50: number | null; p99: number | null };

export type Stats = {
  idle_workers: number;
  busy_workers: number;
  pending_jobs: number;
  running_jobs: number;
  completed: number;
  failed: number;
  dead: number;
  throughput_per_min: number;
  delay_ms: Delay;
};

export type Minute = {
  at: string;
  completed: number;
  failed: number;
  retried: number;
  delay_ms: Delay;
};

const queryOf = (actor: string | null) =>
  actor === null ? '' : `?${new URLSearchParams([['actor', actor]]).toString()}`;

/** Reads how all is doing, or one actor; Problem 404 when nobody knows it. */
export function getStats(actor: string | null, signal: AbortSignal): Promise<Stats> {
  return requestJson<Stats>(`/api/v1/stats${queryOf(actor)}`, { signal });
}

/** Reads the last hour, the oldest minute first; the last one is not over yet. */
export async function listMinutes(actor: string | null, signal: AbortSignal): Promise<Minute[]> {
  const page = await requestJson<{ items: Minute[] }>(`/api/v1/stats/minutes${queryOf(actor)}`, { signal });
  return page.items;
}
