// Which slots of a limited lane are free: read from the `slot` index, never counted anywhere else.
import type { Document } from 'mongodb';
import type { Lane } from '../lanes/lane.ts';
import type { Queue } from '../queue.ts';
import { readMs } from './candidates.ts';

/** Below this limit all taken slots of a lane are read; above it, a random window of this many. */
const windowSize = 256;

/** The slots of a lane that a claimer may try, in the order to try them. */
export type FreeSlots = number[];

/** The free slots of each limited lane; exact but for lanes with large limits, where a part of them is enough. */
export async function readFreeSlots(queue: Queue, lanes: readonly Lane[]): Promise<Map<string, FreeSlots>> {
  const small = lanes.filter(lane => lane.limit !== null && lane.limit <= windowSize);
  const large = lanes.filter(lane => lane.limit !== null && lane.limit > windowSize);
  const taken = await readTaken(queue, { lane: { $in: small.map(lane => lane._id) }, slot: { $gte: 0 } });
  const free = new Map(small.map(({ _id, limit }) => [_id, freeSlots(limit!, taken.get(_id) ?? [])]));
  for (const lane of large) free.set(lane._id, await readWindow(queue, lane._id, lane.limit!));
  return free;
}

/**
 * Free slots below `limit`. While a lowered limit still has holders above it, only as many as really may start, and the
 * lowest ones: claimers then collide on the same slots instead of each finding another. Otherwise in random order.
 */
export function freeSlots(limit: number, taken: readonly number[]): FreeSlots {
  const held = new Set(taken);
  const free = Array.from({ length: limit }, (_, slot) => slot).filter(slot => !held.has(slot));
  const draining = taken.some(slot => slot >= limit);
  return draining ? free.slice(0, Math.max(0, limit - held.size)) : shuffle(free);
}

async function readWindow(queue: Queue, lane: string, limit: number): Promise<FreeSlots> {
  const all = async () =>
    freeSlots(limit, (await readTaken(queue, { lane, slot: { $gte: 0 } })).get(lane) ?? []);
  const above = await readTaken(queue, { lane, slot: { $gte: limit } }, 1);
  if (above.size > 0) return all();
  const start = Math.floor(Math.random() * (limit - windowSize + 1));
  const taken = await readTaken(queue, { lane, slot: { $gte: start, $lt: start + windowSize } });
  const held = new Set(taken.get(lane));
  const free = Array.from({ length: windowSize }, (_, index) => start + index).filter(
    slot => !held.has(slot),
  );
  return free.length > 0 ? shuffle(free) : all();
}

async function readTaken(queue: Queue, filter: Document, limit = 0): Promise<Map<string, number[]>> {
  const taken = new Map<string, number[]>();
  const rows = queue.tasks
    .find(filter, { projection: { _id: 0, lane: 1, slot: 1 }, ...readMs })
    .hint('slot')
    .limit(limit);
  for await (const { lane, slot } of rows) push(taken, lane, slot!);
  return taken;
}

function push(taken: Map<string, number[]>, lane: string, slot: number): void {
  const slots = taken.get(lane);
  if (slots) slots.push(slot);
  else taken.set(lane, [slot]);
}

function shuffle<T>(items: T[]): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}
