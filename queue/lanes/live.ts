// Whose tasks live in a lane without waiting there: those that run, and those that are scheduled.
import type { Queue } from '../queue.ts';
import type { LaneActor } from './restore.ts';

// Looks at all that runs and all that is scheduled, whatever the lanes: two seconds for each million, of mongod's time.
const readMs = 10_000;

/** The actors of running and scheduled tasks in these lanes, each once. */
export async function readLive(queue: Queue, lanes: readonly string[]): Promise<LaneActor[]> {
  if (lanes.length === 0) return [];
  const read = (status: 'processing' | 'scheduled', hint: string) =>
    queue.tasks
      .aggregate<{ _id: LaneActor }>(
        [
          { $match: { status, lane: { $in: [...lanes] } } },
          { $group: { _id: { lane: '$lane', actor: '$actor' } } },
        ],
        { hint, maxTimeMS: readMs },
      )
      .toArray();
  // One that is in neither, having moved on in between, was queued: its lane has been poked since.
  const running = await read('processing', 'live');
  const scheduled = await read('scheduled', 'due');
  return [...running, ...scheduled].map(({ _id }) => _id);
}
