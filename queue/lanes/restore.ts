// Making anew a lane whose document was lost, from its tasks and the catalog.
import { type ActorRecord, listLimitedActors } from '../catalog.ts';
import type { Queue } from '../queue.ts';
import { limitsNamedBy } from './named.ts';
import { forgetLane, type LaneNeed, prepareLanes } from './prepare.ts';

/** An actor that may have a queued task in a lane. */
export interface LaneActor {
  lane: string;
  actor: string;
}

/**
 * Makes those of these lanes anew that do not exist and have a queued task of the actor named with them; returns the names
 * of all that exist then: somebody else may have made one in this moment, and says nothing of these actors. What was set by
 * hand is lost with the old document; the limit is that of the catalog, else that of the task.
 */
export async function restoreLanes(queue: Queue, asked: readonly LaneActor[]): Promise<Set<string>> {
  const names = [...new Set(asked.map(({ lane }) => lane))];
  const found = await queue.lanes.find({ _id: { $in: names } }, { projection: { _id: 1 } }).toArray();
  const known = new Set(found.map(({ _id }) => _id));
  const published = await listLimitedActors(queue);
  const needs: LaneNeed[] = [];
  for (const { lane, actor } of asked.filter(one => !known.has(one.lane))) {
    const limit = await limitOf(queue, published, lane, actor);
    if (limit !== undefined) needs.push({ lane, actor, limit });
  }
  for (const { lane } of needs) forgetLane(queue, lane);
  // Of several the smallest: it is the one that holds for a lane that is new.
  await prepareLanes(
    queue,
    needs.toSorted((a, b) => (a.limit ?? 0) - (b.limit ?? 0)),
  );
  for (const { lane } of needs) known.add(lane);
  return known;
}

/** The limit that a lane should have; undefined when the actor has nothing queued there. */
async function limitOf(
  queue: Queue,
  published: readonly Pick<ActorRecord, '_id' | 'concurrency'>[],
  lane: string,
  actor: string,
): Promise<number | null | undefined> {
  const [task] = await queue.tasks
    .find({ status: 'queued', actor, lane }, { projection: { concurrency_limit: 1 }, maxTimeMS: 2_000 })
    .hint('queued')
    .limit(1)
    .toArray();
  if (!task || task.concurrency_limit === null) return task && null;
  const named = limitsNamedBy(published).flatMap(([key, limit]) => (key === lane ? [limit] : []));
  if (named.length > 0) return Math.min(...named);
  const rule = published.find(({ _id }) => _id === actor)?.concurrency ?? null;
  return rule !== null && 'default' in rule ? rule.default : task.concurrency_limit;
}
