// The repair of lane hints after a crash between a change and its poke, or a failover that lost a poke.
import type { Queue } from '../queue.ts';
import { findClaimable } from './close.ts';
import { reopenLanes } from './poke.ts';

const chunk = 500;

/**
 * Reopens closed lanes that have claimable work; returns them. Without crashes there are none, but for a lane that a
 * claimer is closing at this very moment. Reads one index key per lane with queued tasks.
 */
export async function reopenStrandedLanes(queue: Queue): Promise<string[]> {
  const stranded: string[] = [];
  let lanes: string[] = [];
  const look = async () => {
    stranded.push(...(await reopenClosed(queue, lanes)));
    lanes = [];
  };
  for await (const { _id } of waitingLanes(queue)) if (lanes.push(_id) === chunk) await look();
  await look();
  if (stranded.length > 0) queue.events.emit('lanes:reopened', { lanes: stranded });
  return stranded;
}

/** Every lane with something queued: `$sort` + `$group` + `$first` over `ready` is a DISTINCT_SCAN. */
function waitingLanes(queue: Queue) {
  return queue.tasks.aggregate<{ _id: string; head: number }>(
    [
      { $match: { status: 'queued' } },
      { $sort: { status: 1, lane: 1, priority: -1, ready_at: 1, _id: 1 } },
      { $group: { _id: '$lane', head: { $first: '$priority' } } },
    ],
    { hint: 'ready' },
  );
}

async function reopenClosed(queue: Queue, lanes: readonly string[]): Promise<string[]> {
  if (lanes.length === 0) return [];
  const closed = await queue.lanes
    .find({ _id: { $in: [...lanes] }, open: false }, { projection: { _id: 1 } })
    .toArray();
  const stranded = await findClaimable(
    queue,
    closed.map(lane => lane._id),
  );
  await reopenLanes(queue, stranded);
  return stranded;
}
