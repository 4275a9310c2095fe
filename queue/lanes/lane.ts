// What a lane is. Lanes are hints about the tasks, never the truth (see poke.ts); limits and pauses live here too.
import type { Document } from 'mongodb';

/** A document of `lanes`: one per concurrency key, per partition of an unlimited actor, and per `route:` lane. */
export interface Lane {
  _id: string;
  /** Tasks of this lane that may be processing at once, 1 to 10,000; null = unlimited. */
  limit: number | null;
  /** What the code says while somebody's own limit is in force (control.ts); absent: `limit` is what the code says. */
  code_limit?: number | null;
  /** This lane may have claimable work. Set by poke, cleared by close. */
  open: boolean;
  /** Actors that may have queued tasks here, each set by poke and cleared by close; `anyone` once they are too many. */
  waiting: string[];
  /** Rises when an actor joins `waiting`: wakes idle workers also where the lane was open already. */
  rings: number;
  /** The best waiting priority is at most this. Raised by poke, lowered by claimers. */
  head: number;
  /** Nobody claims from it while true. */
  paused: boolean;
  /** Nobody claims from it before this moment. */
  cooldown_until?: Date;
  /** When it was last served while more lanes were open than one round reads. */
  turn: Date;
  /** Actors that have, or had, tasks here: added before the task is. Of many some are forgotten (trim.ts), never one that waits. */
  actors: string[];
  /** When somebody saw that nobody waits here (remove.ts); gone as soon as somebody may. */
  idle_at?: Date;
}

/** Whether a limit that somebody has set is in force (control.ts); an expression. */
export const limitSet: Document = { $ne: [{ $type: '$code_limit' }, 'missing'] };

/** Stands in `waiting` for every actor; no actor can have this name. */
export const anyone = '*';

/**
 * More actors than this are not told apart: neither those that wait in one lane, nor those that one worker serves. Each
 * is a branch of a merge in mongod, which sorts instead of merging above 200.
 */
export const maxNamed = 100;

/** The actors whose tasks somebody looked for in a lane; `anyone` stands for those of everybody. */
export interface Look {
  lane: string;
  actors: readonly string[];
}

/** Whether tasks that no limit binds wait in this lane: the mark is refused in the names of keys. */
export const isPartition = (lane: string): boolean => lane.includes('#');

/** All partitions of an actor together, as people know them: `<actor>#all`. */
export const wholeMark = '#all';

/** The name under which people know a lane. */
export function keyOf(lane: string): string {
  return isPartition(lane) ? lane.slice(0, lane.indexOf('#')) + wholeMark : lane;
}

export const limitBounds = { min: 1, max: 10_000 } as const;
