// Closing lanes, with the second look that makes a cleared flag trustworthy. The argument stands in poke.ts.
import type { Document } from 'mongodb';
import { readHeads } from '../claim/candidates.ts';
import { readFreeSlots } from '../claim/slots.ts';
import type { Queue } from '../queue.ts';
import { anyone, type Look } from './lane.ts';
import { pokeLanes, reopenLanes } from './poke.ts';

/** Closes lanes in which no slot was free, then reads slots and limits again and reopens those that have room. */
export async function closeFull(queue: Queue, lanes: readonly string[]): Promise<void> {
  if (lanes.length === 0) return;
  await queue.lanes.updateMany({ _id: { $in: [...lanes] }, open: true }, { $set: { open: false } });
  await reopenLanes(queue, await findRoom(queue, lanes));
}

/** Which of these lanes have room for a task, by the tasks alone. */
export async function findRoom(queue: Queue, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const lanes = await queue.lanes.find({ _id: { $in: [...names] } }).toArray();
  const free = await readFreeSlots(queue, lanes);
  return lanes
    .filter(lane => lane.limit === null || (free.get(lane._id)?.length ?? 0) > 0)
    .map(lane => lane._id);
}

/**
 * Says of lanes that none of the actors looked for waits there, then looks for their tasks again and takes it back where
 * there is one. What is said of other actors stays as it is: they have claimers of their own.
 */
export async function closeEmpty(queue: Queue, looks: readonly Look[]): Promise<void> {
  if (looks.length === 0) return;
  const updates = looks.map(({ lane, actors }) => ({
    updateOne: { filter: { _id: lane }, update: without(actors) },
  }));
  await queue.lanes.bulkWrite(updates, { ordered: false });
  const heads = await readHeads(queue, await nameEverybody(queue, looks));
  const found = looks.filter(({ lane }) => heads.has(lane));
  await pokeLanes(
    queue,
    found.flatMap(({ lane, actors }) => actors.map(actor => ({ lane, actor, priority: heads.get(lane)! }))),
  );
}

function without(actors: readonly string[]): Document[] {
  const waiting = { $setDifference: [{ $ifNull: ['$waiting', []] }, { $literal: actors }] };
  return [{ $set: { waiting } }, { $set: { open: { $and: ['$open', { $ne: ['$waiting', []] }] } } }];
}

/** Names the actors for which `anyone` stands: read only now, since one may have come after the look. */
async function nameEverybody(queue: Queue, looks: readonly Look[]): Promise<readonly Look[]> {
  const crowded = looks.filter(({ actors }) => actors.includes(anyone)).map(({ lane }) => lane);
  if (crowded.length === 0) return looks;
  const lanes = await queue.lanes.find({ _id: { $in: crowded } }, { projection: { actors: 1 } }).toArray();
  const everybody = new Map(lanes.map(({ _id, actors }) => [_id, actors]));
  return looks.map(look => ({ lane: look.lane, actors: everybody.get(look.lane) ?? look.actors }));
}
