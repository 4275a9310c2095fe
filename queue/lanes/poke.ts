/*
 * Opening lanes. The rule that keeps a hint right: change the truth first, then look at the flag; before trusting a
 * cleared flag, read the truth again (close.ts). There are two kinds of flags, and a claimable task stands behind both:
 *
 *   waiting (of each actor): it may have queued tasks.      set: by poke         cleared: nothing of the actor was found
 *   open:                    and there may be room for one. set: poke, reopen    cleared: no slot was free, or nobody waits
 *
 *   enqueue:   [lane exists] -> insert the task -> poke (waiting += its actor, open = true)
 *   a release: free the slot -> reopen (open = true, if anybody waits)
 *   empty:     waiting -= the actors looked for -> read their tasks again -> poke for those that have some
 *   full:      open = false -> read the slots again -> reopen if one is free
 *
 * Whichever write comes last, a claimable task ends up behind set flags: a poke before a close is seen by the close's
 * second read, a poke after it sets the flags again. That a release leaves a lane closed where nobody waits loses nothing:
 * whoever puts an actor back opens the lane too. A crash between truth and flag is repaired by the janitor. A lane may also
 * be removed (remove.ts), as one write that names what it takes for granted: a poke before it saves the lane, a poke after it
 * finds none and makes it anew.
 */
import type { Document } from 'mongodb';
import type { Queue } from '../queue.ts';
import type { Task } from '../task.ts';
import { anyone, maxNamed } from './lane.ts';
import { restoreLanes } from './restore.ts';

/** What a lane must know of a queued task. */
export type Poke = Pick<Task, 'lane' | 'actor' | 'priority'>;

/**
 * Says that each task's lane has such a task to claim. A lane that says so already is not written; one that has been
 * lost is made anew.
 */
export async function pokeLanes(queue: Queue, tasks: readonly Poke[]): Promise<void> {
  if (tasks.length === 0) return;
  const pokes = perLane(tasks);
  const { matchedCount } = await queue.lanes.bulkWrite(pokes, { ordered: false });
  if (matchedCount === pokes.length) return;
  const there = await restoreLanes(queue, unique(tasks));
  const again = perLane(tasks.filter(({ lane }) => there.has(lane)));
  if (again.length > 0) await queue.lanes.bulkWrite(again, { ordered: false });
}

function unique(tasks: readonly Poke[]): Poke[] {
  return [...new Map(tasks.map(task => [`${task.lane}\n${task.actor}`, task])).values()];
}

function perLane(tasks: readonly Poke[]) {
  const lanes = new Map<string, { actors: Set<string>; head: number }>();
  for (const { lane, actor, priority } of tasks) {
    const known = lanes.get(lane);
    if (known) known.head = Math.max(known.head, priority);
    else lanes.set(lane, { actors: new Set(), head: priority });
    lanes.get(lane)!.actors.add(actor);
  }
  return [...lanes].map(([lane, { actors, head }]) => ({
    updateOne: { filter: { _id: lane }, update: opened([...actors], head) },
  }));
}

const rings = { $ifNull: ['$rings', 0] };

function opened(actors: readonly string[], head: number): Document[] {
  const names = { $literal: actors };
  const named = { $literal: actors.filter(actor => actor !== anyone) };
  const waiting = { $ifNull: ['$waiting', []] };
  return [
    {
      $set: {
        open: true,
        waiting: joined(waiting, names),
        // A change of `waiting` alone cannot be told from its event: that names a place in the array.
        rings: { $cond: [{ $setIsSubset: [names, waiting] }, rings, { $add: [rings, 1] }] },
        head: { $max: ['$head', head] },
        // They are there already, but for a lane that was made anew, or forgot them.
        actors: joined('$actors', named),
        idle_at: '$$REMOVE',
      },
    },
    { $set: { waiting: { $cond: [{ $gt: [{ $size: '$waiting' }, maxNamed] }, [anyone], '$waiting'] } } },
  ];
}

function joined(known: Document | string, names: Document): Document {
  return { $concatArrays: [known, { $setDifference: [names, known] }] };
}

/** Reopens lanes in which a slot was freed, if anybody waits there. Whether that is still so is for the next claim to see. */
export async function reopenLanes(queue: Queue, lanes: readonly string[]): Promise<void> {
  if (lanes.length === 0) return;
  const closed = { _id: { $in: [...lanes] }, open: false, waiting: { $ne: [] } };
  await queue.lanes.updateMany(closed, { $set: { open: true } });
}
