// Who removes idle lanes, in the lane model (queue/lanes/remove.ts): marks, looks, and removes by a write of its own.
import type { Step } from './explore.ts';
import { idle, type Lane, type LaneOptions } from './lane-state.ts';

/** The next step of who removes idle lanes. */
export function* remove(lane: Lane, { mutant }: LaneOptions): Generator<Step<Lane>> {
  const { exists, marked, removing, removals } = lane;
  const nobodyWaits = !lane.open && lane.waiting === 0;
  if (exists && !marked && nobodyWaits && removals > 0 && isCalm(lane))
    yield ['the lane is marked', { ...lane, marked: true }];
  if (exists && marked && nobodyWaits && !removing)
    yield ['a day later it is seen to be idle', { ...lane, removing: true }];
  if (!removing) return;
  const still = (marked && nobodyWaits) || mutant === 'removes what it saw without looking again';
  const after = { ...lane, removing: false };
  if (exists && still)
    yield [
      'the lane is removed',
      { ...after, exists: false, open: false, waiting: 0, marked: false, removals: removals - 1 },
    ];
  else yield ['the lane is not removed', after];
}

/**
 * Nothing that is under way when a lane is marked is still under way a day later. What matters of it: a lane that was made
 * anew is poked before it can be removed again.
 */
function isCalm({ repokes, claimers, janitor }: Lane): boolean {
  const pokesAgain = [...claimers, janitor ?? idle].some(({ at }) => at === 'poke again');
  return !pokesAgain && repokes.every(due => due === 0);
}
