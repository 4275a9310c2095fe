// A model of one limited lane: what it promises in every state, and which states are the same.
import type { Model } from './explore.ts';
import {
  absent,
  done,
  hasQueued,
  hasRoom,
  idle,
  type Lane,
  type LaneOptions,
  type Round,
  taken,
} from './lane-state.ts';
import { claim, clean, outside } from './lane-steps.ts';

/**
 * The model with these numbers. The promises: no claim above its limit, no slot twice, no claimable work behind a closed
 * flag that nobody is about to look at (not after a crash: that is the janitor's), and every task can still end.
 */
export function laneModel(options: LaneOptions): Model<Lane> {
  const { tasks, claimers, limits, releases = 0, crashes = 0, janitor = false } = options;
  const initial: Lane = {
    tasks: Array.from({ length: tasks }, () => absent),
    open: false,
    limit: limits[0]!,
    limitsToCome: limits.slice(1),
    pokes: 0,
    claimers: Array.from({ length: claimers }, () => idle),
    janitor: janitor ? idle : null,
    releases,
    crashes,
    broken: null,
  };
  return {
    initial,
    *actions(lane) {
      yield* outside(lane, options);
      for (const [index, claimer] of lane.claimers.entries())
        for (const [name, next, round] of claim(lane, claimer, options))
          yield [`claimer ${index + 1} ${name}`, { ...next, claimers: next.claimers.with(index, round) }];
      if (lane.janitor)
        for (const [name, next, round] of clean(lane, lane.janitor))
          yield [`the janitor ${name}`, { ...next, janitor: round }];
    },
    invariant: lane => lane.broken ?? sharedSlot(lane) ?? (options.crashes ? null : lostWakeUp(lane)),
    goal: lane => lane.tasks.every(task => task === done || task === absent) && lane.pokes === 0,
    key: keyOf,
  };
}

function sharedSlot(lane: Lane): string | null {
  const slots = taken(lane);
  return new Set(slots).size < slots.length ? 'two tasks hold one slot' : null;
}

/** Claimable work behind a closed flag, and nobody about to look. */
function lostWakeUp(lane: Lane): string | null {
  const calm = lane.pokes === 0 && [...lane.claimers, lane.janitor ?? idle].every(({ at }) => at === 'idle');
  const stranded = calm && !lane.open && hasQueued(lane) && hasRoom(lane, lane.limit);
  return stranded ? 'lost wake-up' : null;
}

/** Claimers need not be told apart. */
function keyOf({ claimers, janitor, ...lane }: Lane): string {
  const rounds = claimers.map(roundKey).toSorted((a, b) => (a < b ? -1 : 1));
  const { tasks, open, limit, limitsToCome, pokes, releases, crashes, broken } = lane;
  const flags = [open ? 1 : 0, limit, limitsToCome.length, pokes, releases, crashes, broken];
  return [tasks, flags, rounds, janitor && roundKey(janitor)].join('|');
}

function roundKey({ at, limit, highest, free, ordered, picks }: Round): string {
  return at === 'idle' ? '' : [at, limit, highest, ordered ? 1 : 0, free, picks.join(';')].join('/');
}
