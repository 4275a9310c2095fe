// A model of one limited lane that several actors may share: what it promises in every state, and which states are the same.
import type { Model } from './explore.ts';
import { remove } from './lane-removal.ts';
import {
  absent,
  done,
  everybody,
  hasRoom,
  idle,
  type Lane,
  type LaneOptions,
  type Round,
  taken,
  whoWaits,
} from './lane-state.ts';
import { claim, clean, outside } from './lane-steps.ts';

/**
 * The model with these numbers. The promises: no claim above its limit, no slot twice, no claimable work behind a cleared
 * flag that nobody is about to look at (not after a crash: that is the janitor's), and every task can still end.
 */
export function laneModel(options: LaneOptions): Model<Lane> {
  const { tasks, claimers, limits, releases = 0, crashes = 0, removals = 0, janitor = false } = options;
  const serves = options.serves ?? Array.from({ length: claimers }, () => everybody(options));
  const nobody = Array.from(everybody(options).toString(2), () => 0);
  const initial: Lane = {
    tasks: Array.from({ length: tasks }, () => absent),
    exists: true,
    marked: false,
    removing: false,
    removals,
    open: false,
    waiting: 0,
    limit: limits[0]!,
    limitsToCome: limits.slice(1),
    pokes: nobody,
    misses: nobody,
    repokes: nobody,
    frees: 0,
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
      yield* remove(lane, options);
      for (const [index, claimer] of lane.claimers.entries())
        for (const [name, next, round] of claim(lane, claimer, options, serves[index]!))
          yield [`claimer ${index + 1} ${name}`, { ...next, claimers: next.claimers.with(index, round) }];
      if (lane.janitor)
        for (const [name, next, round] of clean(lane, lane.janitor, options))
          yield [`the janitor ${name}`, { ...next, janitor: round }];
    },
    invariant: lane =>
      lane.broken ?? sharedSlot(lane) ?? (options.crashes ? null : lostWakeUp(lane, options)),
    goal: lane => lane.tasks.every(task => task === done || task === absent) && isTold(lane),
    key: lane => keyOf(lane, serves),
  };
}

function sharedSlot(lane: Lane): string | null {
  const slots = taken(lane);
  return new Set(slots).size < slots.length ? 'two tasks hold one slot' : null;
}

/** Nobody who changed something has still to say so. */
const isTold = ({ pokes, misses, repokes, frees }: Lane) =>
  frees === 0 && [...pokes, ...misses, ...repokes].every(due => due === 0);

/** Claimable work behind a cleared flag, and nobody about to look. */
function lostWakeUp(lane: Lane, options: LaneOptions): string | null {
  const calm = isTold(lane) && [...lane.claimers, lane.janitor ?? idle].every(({ at }) => at === 'idle');
  if (!calm || !hasRoom(lane, lane.limit)) return null;
  const waits = whoWaits(lane, options, everybody(options));
  return waits & (lane.open ? ~lane.waiting : waits) ? 'lost wake-up' : null;
}

/** Claimers that serve the same need not be told apart. */
function keyOf({ claimers, janitor, ...lane }: Lane, serves: number[]): string {
  const rounds = claimers
    .map((round, index) => `${serves[index]}${roundKey(round)}`)
    .toSorted((a, b) => (a < b ? -1 : 1));
  const { tasks, open, waiting, limit, limitsToCome, pokes, frees, releases, crashes, broken } = lane;
  const { exists, marked, removing, removals, misses, repokes } = lane;
  const told = [open, exists, marked, removing]
    .map(Number)
    .concat(waiting, pokes, frees, misses, repokes, removals);
  const flags = [told, limit, limitsToCome.length, releases, crashes, broken];
  return [tasks, flags, rounds, janitor && roundKey(janitor)].join('|');
}

function roundKey({ at, actors, limit, highest, free, ordered, picks }: Round): string {
  return at === 'idle' ? '' : [at, actors, limit, highest, ordered ? 1 : 0, free, picks.join(';')].join('/');
}
