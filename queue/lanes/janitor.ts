// The repair of lane hints after a crash between a change and its poke, a failover that lost a poke, or a lane that was
// deleted or written by a version that knew no `waiting`.
import type { Document } from 'mongodb';
import { pageSize } from '../claim/candidates.ts';
import type { Queue } from '../queue.ts';
import { unite } from '../unite.ts';
import { findRoom } from './close.ts';
import { anyone } from './lane.ts';
import { type Poke, pokeLanes } from './poke.ts';

const chunk = 500;

/**
 * Opens lanes that have claimable work which their flags deny; returns them. Without crashes there are none, but for a
 * lane that a claimer is closing at this very moment. Reads one index key per actor and lane with queued tasks.
 */
export async function reopenStrandedLanes(queue: Queue): Promise<string[]> {
  const stranded = new Set<string>();
  let heads: Poke[] = [];
  const look = async () => {
    for (const lane of await openDenied(queue, heads)) stranded.add(lane);
    heads = [];
  };
  const actors = await waitingActors(queue);
  for (let at = 0; at < actors.length; at += pageSize)
    for await (const head of waitingHeads(queue, actors.slice(at, at + pageSize)))
      if (heads.push(head) === chunk) await look();
  await look();
  if (stranded.size > 0) queue.events.emit('lanes:reopened', { lanes: [...stranded] });
  return [...stranded];
}

const byActor = { status: 1, actor: 1, lane: 1, priority: -1, ready_at: 1, _id: 1 } as const;

/** Every actor with something queued. `$sort` + `$group` + `$first` over `queued` is a DISTINCT_SCAN, here and below. */
async function waitingActors(queue: Queue): Promise<string[]> {
  const rows = queue.tasks.aggregate<{ _id: string }>(
    [
      { $match: { status: 'queued' } },
      { $sort: byActor },
      { $group: { _id: '$actor', lane: { $first: '$lane' } } },
    ],
    { hint: 'queued' },
  );
  return (await rows.toArray()).map(({ _id }) => _id);
}

/**
 * The best of each of these actors in each lane, in one command: at 500 actors a twelfth of the time of one for each. One
 * group by both would be no DISTINCT_SCAN and read every queued task.
 */
function waitingHeads(queue: Queue, actors: readonly string[]) {
  return queue.tasks.aggregate<Poke>(unite(queue, actors.map(bestPerLane)), { hint: 'queued' });
}

function bestPerLane(actor: string): Document[] {
  return [
    { $match: { status: 'queued', actor } },
    { $sort: byActor },
    { $group: { _id: '$lane', priority: { $first: '$priority' } } },
    { $project: { _id: 0, lane: '$_id', actor: { $literal: actor }, priority: 1 } },
  ];
}

async function openDenied(queue: Queue, heads: readonly Poke[]): Promise<string[]> {
  if (heads.length === 0) return [];
  const found = await queue.lanes
    .find({ _id: { $in: heads.map(({ lane }) => lane) } }, { projection: { open: 1, waiting: 1, actors: 1 } })
    .toArray();
  const lanes = new Map(found.map(lane => [lane._id, lane]));
  const says = ({ lane, actor }: Poke) => {
    const { waiting = [], actors = [] } = lanes.get(lane) ?? {};
    // Whoever looks for everybody looks for those whom the lane knows.
    return waiting.includes(actor) || (waiting.includes(anyone) && actors.includes(actor));
  };
  const closed = heads.filter(poke => says(poke) && !lanes.get(poke.lane)!.open).map(({ lane }) => lane);
  const room = new Set(await findRoom(queue, closed));
  const denied = heads.filter(poke => !says(poke) || room.has(poke.lane));
  await pokeLanes(queue, denied);
  return denied.map(({ lane }) => lane);
}
