// When a waiting task will probably begin: an estimate from its lane's recent pace. Pure.
import type { Pace } from './lanes/rates.ts';

/** What the estimate knows of a lane. */
export interface LaneLoad {
  /** Null: no limit. */
  limit: number | null;
  /** How long each of those that hold its slots has run. */
  held_ms: readonly number[];
  /** How long it rests yet. */
  rest_ms: number;
  pace: Pace | undefined;
  /** Tasks that its workers could begin at this moment. */
  room: number;
}

/** An attempt that has run longer than others goes on for a while, nobody knows how long. */
const overtime = 0.1;

/** Milliseconds until the task at this position begins; null when nothing is known of it. */
export function estimateStart(position: number, lane: LaneLoad): number | null {
  const wait = waitFor(position, lane);
  return wait === null ? null : Math.round(lane.rest_ms + wait);
}

function waitFor(position: number, { limit, held_ms, pace, room }: LaneLoad): number | null {
  const free = limit === null ? room : Math.min(room, limit - held_ms.length);
  if (position < free) return 0;
  if (limit !== null && held_ms.length >= limit)
    return pace ? afterHolders(position, limit, held_ms, pace) : null;
  // Workers are busy elsewhere: it goes on as fast as it went.
  return pace && pace.per_ms > 0 ? (position - Math.max(0, free) + 1) / pace.per_ms : null;
}

/** The slots come free as their holders end, and again each time that an attempt takes. */
function afterHolders(position: number, limit: number, held_ms: readonly number[], { run_ms }: Pace): number {
  const left = held_ms.map(held => Math.max(run_ms - held, run_ms * overtime)).toSorted((a, b) => a - b);
  // Of a lowered limit: the first that end make no room yet.
  const ends = left.slice(left.length - limit);
  return ends[position % limit]! + Math.floor(position / limit) * run_ms;
}
