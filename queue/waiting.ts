// Why a pending task waits: its place in its lane and what holds the lane back.
import { readPerLane } from './claim/candidates.ts';
import { byRank } from './claim/choose.ts';
import type { Queue } from './queue.ts';
import type { Task } from './task.ts';
import { listLiveWorkers, workerAliveMs } from './workers.ts';

export interface Waiting {
  /** Tasks before it in its lane, counted up to 1,000; null while it is not queued yet. */
  position: number | null;
  lane: string;
  blocked_by: null | 'limit' | 'paused' | 'cooldown' | 'no_worker' | 'scheduled';
  /** Who holds the slots it waits for, when a limit blocks it; at most 20. */
  holders: string[];
  /** Not estimated: null. */
  eta_ms: number | null;
}

const maxPosition = 1_000;
const maxHolders = 20;
// One answer of mongod for what is read here, not two.
const batchSize = 1_000;
interface LaneState {
  /** Who has, or had, tasks there. */
  actors: string[];
  paused: boolean;
  resting: boolean;
  full: boolean;
  holders: string[];
}

/**
 * Explains each pending task among these; by task id. Costs a few covered reads per lane, and two per task unless it may
 * be `maxAgeMs` old: then places too are read once per lane, and shared by everybody in this process who asks.
 */
export async function explainWaiting(
  queue: Queue,
  tasks: readonly Task[],
  { maxAgeMs = 0 }: { maxAgeMs?: number } = {},
): Promise<Map<string, Waiting>> {
  const pending = tasks.filter(task => task.status === 'queued' || task.status === 'scheduled');
  if (pending.length === 0) return new Map();
  const known = recall(queue, maxAgeMs);
  const served = await known('workers', () => readServed(queue));
  const names = [...new Set(pending.map(task => task.lane))];
  const unknown: string[] = [];
  // All lanes that are not known yet in one go, once everybody has asked.
  const batch = Promise.resolve().then(() => readLanes(queue, unknown));
  const states = names.map(async lane => {
    const readOne = async () => {
      unknown.push(lane);
      return (await batch).get(lane)!;
    };
    return [lane, await known(`lane ${lane}`, readOne)] as const;
  });
  const lanes = new Map(await Promise.all(states));
  const actorsOf = ({ lane, actor }: Task) => [...new Set([actor, ...lanes.get(lane)!.actors])];
  const placeOf = async (task: Task) =>
    maxAgeMs > 0
      ? placeIn(await known(`order ${task.lane}`, () => readOrder(queue, task.lane, actorsOf(task))), task)
      : countBefore(queue, task, actorsOf(task));
  const explained = pending.map(async task => {
    const position = task.status === 'queued' ? await placeOf(task) : null;
    return [task._id, explain(task, position, lanes.get(task.lane)!, served.has(task.actor))] as const;
  });
  return new Map(await Promise.all(explained));
}

/** The actors of which a live worker takes tasks. */
async function readServed(queue: Queue): Promise<Set<string>> {
  const workers = await listLiveWorkers(queue, workerAliveMs);
  return new Set(workers.filter(worker => !worker.draining).flatMap(worker => worker.actors));
}

interface Recalled {
  at: number;
  value: Promise<unknown>;
}
const recalled = new WeakMap<Queue, Map<string, Recalled>>();
// An order may have a thousand ids: 500 of them take 30 MB.
const maxRecalled = 500;

/** Reads through what was read at most `maxAgeMs` ago; a read that fails is forgotten. */
function recall(queue: Queue, maxAgeMs: number) {
  const known = recalled.get(queue) ?? new Map<string, Recalled>();
  recalled.set(queue, known);
  return <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const hit = known.get(key);
    if (hit && performance.now() - hit.at < maxAgeMs) return hit.value as Promise<T>;
    if (known.size >= maxRecalled) known.clear();
    const value = read();
    known.set(key, { at: performance.now(), value });
    value.catch(() => known.delete(key));
    return value;
  };
}

function explain(task: Task, position: number | null, lane: LaneState, hasWorker: boolean): Waiting {
  const waiting = { position, lane: task.lane, holders: [], eta_ms: null };
  if (position === null) return { ...waiting, blocked_by: 'scheduled' };
  if (!hasWorker) return { ...waiting, blocked_by: 'no_worker' };
  if (lane.paused) return { ...waiting, blocked_by: 'paused' };
  if (lane.resting) return { ...waiting, blocked_by: 'cooldown' };
  if (lane.full) return { ...waiting, blocked_by: 'limit', holders: lane.holders };
  return { ...waiting, blocked_by: null };
}

/** The first tasks of a lane, in the order in which they are claimed. */
async function readOrder(queue: Queue, lane: string, actors: readonly string[]): Promise<string[]> {
  const rows = await readPerLane(queue, [{ lane, actors, count: maxPosition }]);
  const order = rows.toSorted(byRank).map(task => task._id);
  return order.slice(0, maxPosition);
}

/** One that is not in the order came after it was read, or stands behind all of it. */
function placeIn(order: readonly string[], { _id }: Task): number {
  const place = order.indexOf(_id);
  return place === -1 ? order.length : place;
}

async function countBefore(queue: Queue, task: Task, actors: readonly string[]): Promise<number> {
  const { _id, lane, priority, ready_at } = task;
  const queued = { status: 'queued' as const, actor: { $in: [...actors] }, lane };
  const better = { ...queued, priority: { $gt: priority } };
  const same = { ...queued, priority, ready_at: { $lte: ready_at } };
  const count = (filter: object) =>
    queue.tasks.countDocuments(filter, { hint: 'queued', limit: maxPosition, maxTimeMS: 2_000 });
  const [above, upTo] = await Promise.all([count(better), count({ ...same, _id: { $ne: _id } })]);
  return Math.min(above + upTo, maxPosition);
}

type LaneRow = { _id: string; actors: string[]; limit: number | null; paused: boolean; resting: boolean };

async function readLanes(queue: Queue, names: readonly string[]): Promise<Map<string, LaneState>> {
  if (names.length === 0) return new Map();
  const resting = { $gt: [{ $ifNull: ['$cooldown_until', '$$NOW'] }, '$$NOW'] };
  const projection = { actors: 1, limit: 1, paused: 1, resting };
  const lanes = queue.lanes.find<LaneRow>({ _id: { $in: [...names] } }, { projection, batchSize });
  const found = await lanes.toArray();
  const rows = new Map(found.map(row => [row._id, row]));
  const holders = await readHolders(queue, found);
  return new Map(names.map(name => [name, stateOfLane(rows.get(name), holders.get(name) ?? [])]));
}

function stateOfLane(lane: LaneRow | undefined, holders: string[]): LaneState {
  const { actors = [], limit = null, paused = false, resting = false } = lane ?? {};
  const full = limit !== null && holders.length >= limit;
  return { actors, paused, resting, full, holders: holders.slice(0, maxHolders) };
}

// More than run anywhere at once; a lane beyond it is taken for one with room.
const maxHeld = 20_000;

/** Lane → the tasks that hold its slots, of those with a limit. */
async function readHolders(queue: Queue, lanes: readonly LaneRow[]): Promise<Map<string, string[]>> {
  const limited = lanes.flatMap(({ _id, limit }) => (limit === null ? [] : [_id]));
  const holders = new Map<string, string[]>(limited.map(lane => [lane, []]));
  if (limited.length === 0) return holders;
  const held = queue.tasks.find(
    { lane: { $in: limited }, slot: { $gte: 0 } },
    { projection: { lane: 1 }, batchSize, maxTimeMS: 2_000 },
  );
  for (const { _id, lane } of await held.hint('slot').limit(maxHeld).toArray()) holders.get(lane)?.push(_id);
  return holders;
}
