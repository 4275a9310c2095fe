// What an attempt's `spawn` does besides storing the child: its bounds, and what its refusals mean to the attempt.
import { InvalidInput, LostClaim, type SpawnRules, TaskCancelled } from '../queue/index.ts';
import type { ActorContext } from './actors/actor.ts';
import { Cancelled, giveVerdict, PermanentError } from './actors/errors.ts';
import type { Attempt } from './attempt.ts';
import type { Store } from './store.ts';

const maxChildren = 10_000;

/** An actor that spawns without end: trying again would spawn as many once more. */
class TooManyChildren extends PermanentError {
  override name = 'TooManyChildren';
  constructor() {
    super(
      `One attempt may spawn ${maxChildren} tasks at most. Let the children spawn, or spawn fewer, larger ones.`,
    );
  }
}

export function newSpawn(
  store: Store,
  attempt: Attempt,
  { jobs_max_concurrency }: SpawnRules = {},
): ActorContext['spawn'] {
  let spawned = 0;
  return async (actor, payload, options) => {
    if (attempt.fenced) throw new LostClaim(attempt.task._id);
    if (++spawned > maxChildren) throw new TooManyChildren();
    try {
      return await store.spawnTask(attempt.task, { ...options, actor, payload }, { jobs_max_concurrency });
    } catch (error) {
      throw meaningOf(error, attempt);
    }
  };
}

function meaningOf(error: unknown, attempt: Attempt): unknown {
  // What is no task now is none at the next attempt.
  if (error instanceof InvalidInput) giveVerdict(error, { kind: 'permanent' });
  if (!(error instanceof TaskCancelled)) return error;
  // Its next heartbeat would say the same.
  attempt.cancel();
  return new Cancelled();
}
