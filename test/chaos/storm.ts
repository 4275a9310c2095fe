// Carries out what a plan says, at its time, on the processes of a stage.
import { setTimeout as pause } from 'node:timers/promises';
import { setLimit } from '../../queue/index.ts';
import type { Kind, Nemesis } from './plan.ts';
import type { Stage } from './stage.ts';

/** How often each blow was struck. */
export type Blows = Map<Kind, number>;

/** Goes through the plan; resolves after its last blow, or when `isOver` says that there is no more need. */
export async function rage(
  stage: Stage,
  plan: readonly Nemesis[],
  isOver: () => boolean = () => false,
): Promise<Blows> {
  const blows: Blows = new Map();
  const began = performance.now();
  for (const nemesis of plan) {
    await pause(Math.max(0, nemesis.at_ms - (performance.now() - began)));
    if (isOver()) break;
    if (await strike(stage, nemesis)) blows.set(nemesis.kind, (blows.get(nemesis.kind) ?? 0) + 1);
  }
  return blows;
}

/** False when there was nothing to strike, or it did not come to it. */
async function strike({ fleet, mongods, queue }: Stage, nemesis: Nemesis): Promise<boolean> {
  switch (nemesis.kind) {
    case 'kill worker':
      return fleet.kill(nemesis.worker);
    case 'stop worker':
      return fleet.stop(nemesis.worker);
    case 'pause worker':
      return fleet.freeze(nemesis.worker, nemesis.ms);
    case 'hold line':
      return fleet.hold(nemesis.worker, nemesis.way, nemesis.ms);
    case 'kill mongod':
      return mongods.kill(nemesis.ms);
    case 'freeze mongod':
      return mongods.freeze(nemesis.ms);
    case 'lose majority':
      return mongods.loseMajority(nemesis.ms);
    case 'step down':
      return mongods.stepDown();
    case 'set limit':
      // While mongod is away nobody gets an answer: the run goes on.
      return Promise.race([
        setLimit(queue, nemesis.key, nemesis.limit, 'call').then(
          () => true,
          () => false,
        ),
        pause(2_000, false),
      ]);
  }
}
