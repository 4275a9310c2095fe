// What a lane is. Lanes are hints about the tasks, never the truth (see keep.ts); limits and pauses live here too.

/** A document of `lanes`: one per concurrency key, per partition of an unlimited actor, and per `route:` lane. */
export interface Lane {
  _id: string;
  /** Tasks of this lane that may be processing at once, 1 to 10,000; null = unlimited. */
  limit: number | null;
  /** This lane may have claimable work. Set by poke, cleared by close. */
  open: boolean;
  /** The best waiting priority is at most this. Raised by poke, lowered by claimers. */
  head: number;
  /** Nobody claims from it while true. */
  paused: boolean;
  /** Nobody claims from it before this moment. */
  cooldown_until?: Date;
  /** When it was last served while more lanes were open than one round reads. */
  turn: Date;
  /** Every actor that has, or had, tasks here: always added before the task is. */
  actors: string[];
}

export const limitBounds = { min: 1, max: 10_000 } as const;
