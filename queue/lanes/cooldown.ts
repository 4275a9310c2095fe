// Rest for a lane whose provider asked for it.
import type { Queue } from '../queue.ts';
import { partitionsOf } from '../route.ts';
import type { Task } from '../task.ts';

// A provider that says more, or a clock that is wrong, must not close a lane for days.
const maxRestMs = 24 * 3_600_000;
// One that says less, or a moment that has passed, must not send its tasks round in circles: no retry is counted.
const minRestMs = 1_000;

/**
 * Lets nobody claim from the task's lane before `until`, at most a day ahead; a longer rest already asked for stays.
 * The rest of an unlimited task is that of all its actor's lanes. In force in every worker's next claim round; when it
 * is over, workers find out at their next look (`POLL_MS`).
 */
export async function coolLane(
  queue: Queue,
  task: Pick<Task, 'lane' | 'actor' | 'concurrency_identifier'>,
  until: Date,
): Promise<void> {
  const lanes = task.concurrency_identifier === null ? partitionsOf(task.actor) : [task.lane];
  const asked = {
    $min: [{ $max: [until, { $add: ['$$NOW', minRestMs] }] }, { $add: ['$$NOW', maxRestMs] }],
  };
  const cooldown_until = { $max: [{ $ifNull: ['$cooldown_until', asked] }, asked] };
  await queue.lanes.updateMany({ _id: { $in: lanes } }, [{ $set: { cooldown_until } }]);
}
