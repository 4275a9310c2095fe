// The limits of keys: what the code of actors says, brought to the lanes.
import type { Document } from 'mongodb';
import { type ActorDescription, type ActorRecord, listLimitedActors } from '../catalog.ts';
import type { Queue } from '../queue.ts';
import { jobsLane } from '../route.ts';
import { limitBounds, limitSet } from './lane.ts';
import { limitsNamedBy, namedLimits } from './named.ts';
import { reopenLanes } from './poke.ts';
import { forgetLane, prepareLanes } from './prepare.ts';

/** A key for which two actors name different limits; the smaller one holds. */
export interface LimitConflict {
  identifier: string;
  limits: { actor: string; limit: number }[];
}

/**
 * Brings the limits that these actors name to their lanes, once they are published. Where another published actor
 * names the same key with another limit, the smaller holds and the conflict is returned.
 */
export async function publishLimits(
  queue: Queue,
  actors: readonly ActorDescription[],
): Promise<LimitConflict[]> {
  const published = await listLimitedActors(queue);
  const named = published.flatMap(({ _id: actor, concurrency }) =>
    namedLimits(actor, concurrency).map(([identifier, limit]) => ({ actor, identifier, limit })),
  );
  const conflicts: LimitConflict[] = [];
  for (const { name, concurrency } of actors) {
    for (const [identifier] of namedLimits(name, concurrency)) {
      const limits = named.filter(one => one.identifier === identifier);
      const limit = Math.min(...limits.map(one => one.limit));
      if (limits.some(one => one.limit !== limit))
        conflicts.push({ identifier, limits: limits.map(one => ({ actor: one.actor, limit: one.limit })) });
      await setLimit(queue, identifier, limit, name);
    }
  }
  for (const actor of actors) await publishDefault(queue, actor, published);
  return conflicts;
}

/**
 * Brings an actor's `default` to the lanes of keys that nobody names, where it has or had tasks: a lane otherwise keeps the
 * limit it was made with. Where another actor with a smaller default has tasks too, the smaller holds.
 */
async function publishDefault(
  queue: Queue,
  { name, concurrency }: ActorDescription,
  published: readonly Pick<ActorRecord, '_id' | 'concurrency'>[],
): Promise<void> {
  if (concurrency === null || !('default' in concurrency)) return;
  const limit = concurrency.default;
  const named = limitsNamedBy(published).map(([key]) => key);
  const smaller = published.flatMap(({ _id, concurrency: rule }) =>
    rule !== null && 'default' in rule && rule.default < limit ? [_id] : [],
  );
  const changing = {
    actors: { $all: [name], $nin: smaller },
    _id: { $nin: [...named, jobsLane] },
  };
  const by = (field: 'limit' | 'code_limit') => ({
    ...changing,
    [field]: { $exists: true, $nin: [null, limit] },
  });
  // A raised limit is new room; one document, so limit and flag change together.
  const saying = [{ $set: { limit, open: { $ne: ['$waiting', []] } } }];
  await queue.lanes.updateMany({ ...by('limit'), code_limit: { $exists: false } }, saying);
  await queue.lanes.updateMany(by('code_limit'), { $set: { code_limit: limit } });
}

/**
 * Sets how many spawned tasks of actors without a limit of their own run at once, over all workers; those that are spawned
 * with the same `jobs_max_concurrency` obey it. The last one to set it is right.
 */
export async function limitJobs(queue: Queue, max_concurrency: number): Promise<void> {
  await setLimit(queue, jobsLane, max_concurrency, jobsLane);
}

/**
 * Sets what the code says of the limit of a key; a limit that somebody has set by hand stays in force (control.ts). It is in
 * force in every worker's next claim round. Once the rounds that had read the old limit have ended (milliseconds), a lowered
 * limit lets no new claim above it; tasks that run already finish.
 */
export async function setLimit(
  queue: Queue,
  identifier: string,
  limit: number,
  actor: string,
): Promise<void> {
  if (!Number.isInteger(limit) || limit < limitBounds.min || limit > limitBounds.max)
    throw new RangeError(
      `The limit of "${identifier}" must be a whole number from 1 to 10,000, not ${limit}.`,
    );
  const need = { lane: identifier, limit, actor };
  await prepareLanes(queue, [need]);
  const changed = await queue.lanes.updateOne({ _id: identifier }, [{ $set: said(limit) }]);
  // A raised limit is new room: the truth first, then the flag.
  if (changed.modifiedCount > 0) await reopenLanes(queue, [identifier]);
  if (changed.matchedCount > 0) return;
  // Prepared once, and lost since.
  forgetLane(queue, identifier);
  await prepareLanes(queue, [need]);
}

/** What the code says goes where it counts: behind a limit that was set by hand it waits. */
function said(limit: number): Document {
  return {
    limit: { $cond: [limitSet, '$limit', limit] },
    code_limit: { $cond: [limitSet, limit, '$$REMOVE'] },
  };
}
