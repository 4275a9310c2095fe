// Why a pending task waits: its place in its lane and what holds the lane back.
import { readPerLane } from './claim/candidates.ts';
import { byRank } from './claim/choose.ts';
import { estimateStart, type LaneLoad } from './eta.ts';
import { readPaces } from './lanes/rates.ts';
import type { Queue } from './queue.ts';
import { recall } from './recall.ts';
import type { Task } from './task.ts';
import { listLiveWorkers, type WorkerRecord, workerAliveMs } from './workers.ts';

export interface Waiting {
  /** Tasks before it in its lane, counted up to 1,000; null while it is not queued yet. */
  position: number | null;
  lane: string;
  blocked_by: null | 'limit' | 'paused' | 'cooldown' | 'no_worker' | 'scheduled';
  /** Who holds the slots it waits for, when a limit blocks it; at most 20. */
  holders: string[];
  /** When it will probably begin, from its lane's recent pace; null when nothing is known of it, or it is not its turn to wait. */
  eta_ms: number | null;
}

const maxPosition = 1_000;
const maxHolders = 20;
// One answer of mongod for what is read here, not two.
const batchSize = 1_000;
interface LaneState extends Omit<LaneLoad, 'room'> {
  /** Who has, or had, tasks there. */
  actors: string[];
  paused: boolean;
  full: boolean;
  holders: string[];
}

/** What a task is asked for to say why it waits. */
export type WaitingTask = Pick<Task, '_id' | 'actor' | 'lane' | 'status' | 'priority' | 'ready_at'>;

/**
 * Explains each pending task among these; by task id. Costs a few covered reads per lane, and three counts per task unless it may
 * be `maxAgeMs` old: then places too are read once per lane, and shared by everybody in this process who asks. With `sure`
 * those are left out that no longer stand in their lane.
 */
export async function explainWaiting(
  queue: Queue,
  tasks: readonly WaitingTask[],
  { maxAgeMs = 0, sure = false }: { maxAgeMs?: number; sure?: boolean } = {},
): Promise<Map<string, Waiting>> {
  const pending = tasks.filter(task => task.status === 'queued' || task.status === 'scheduled');
  if (pending.length === 0) return new Map();
  const known = recall(queue, maxAgeMs);
  const workers = await known('workers', () => readWorkers(queue));
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
  const actorsOf = ({ lane, actor }: WaitingTask) => [...new Set([actor, ...lanes.get(lane)!.actors])];
  const placeOf = async (task: WaitingTask) =>
    maxAgeMs > 0
      ? placeIn(
          await known(`order ${task.lane}`, () => readOrder(queue, task.lane, actorsOf(task))),
          task,
          sure,
        )
      : countBefore(queue, task, actorsOf(task));
  const explained = pending.map(async task => {
    const position = task.status === 'queued' ? await placeOf(task) : null;
    if (position === undefined) return [];
    return [[task._id, explain(task, position, lanes.get(task.lane)!, workers)] as const];
  });
  return new Map((await Promise.all(explained)).flat());
}

/** The live workers that claim. */
async function readWorkers(queue: Queue): Promise<WorkerRecord[]> {
  return (await listLiveWorkers(queue, workerAliveMs)).filter(worker => !worker.draining);
}

function explain(
  { lane: name, actor }: WaitingTask,
  position: number | null,
  lane: LaneState,
  workers: readonly WorkerRecord[],
): Waiting {
  const waiting = { position, lane: name, holders: [], eta_ms: null };
  if (position === null) return { ...waiting, blocked_by: 'scheduled' };
  const serving = workers.filter(({ actors }) => actors.includes(actor));
  if (serving.length === 0) return { ...waiting, blocked_by: 'no_worker' };
  if (lane.paused) return { ...waiting, blocked_by: 'paused' };
  const room = serving.reduce((sum, { capacity, running }) => sum + Math.max(0, capacity - running), 0);
  const eta_ms = estimateStart(position, { ...lane, room });
  if (lane.rest_ms > 0) return { ...waiting, blocked_by: 'cooldown', eta_ms };
  if (lane.full) return { ...waiting, blocked_by: 'limit', holders: lane.holders, eta_ms };
  return { ...waiting, blocked_by: null, eta_ms };
}

/** The first tasks of a lane, in the order in which they are claimed. */
async function readOrder(queue: Queue, lane: string, actors: readonly string[]): Promise<Order> {
  const rows = await readPerLane(queue, [{ lane, actors, count: maxPosition }]);
  const order = rows.toSorted(byRank).slice(0, maxPosition);
  return new Map(order.map(({ _id }, place) => [_id, place]));
}

/** Task id → its place. */
type Order = ReadonlyMap<string, number>;

/** One that is not in the order came after it was read, stands behind all of it, or (`sure`, undefined) is gone from it. */
function placeIn(order: Order, { _id }: WaitingTask, sure: boolean): number | undefined {
  return order.get(_id) ?? (sure && order.size < maxPosition ? undefined : order.size);
}

async function countBefore(queue: Queue, task: WaitingTask, actors: readonly string[]): Promise<number> {
  const { _id, lane, priority, ready_at } = task;
  const queued = { status: 'queued' as const, actor: { $in: [...actors] }, lane };
  const before = [
    { ...queued, priority: { $gt: priority } },
    { ...queued, priority, ready_at: { $lt: ready_at } },
    { ...queued, priority, ready_at, _id: { $lt: _id } },
  ];
  const count = (filter: object) =>
    queue.tasks.countDocuments(filter, { hint: 'queued', limit: maxPosition, maxTimeMS: 2_000 });
  const counts = await Promise.all(before.map(count));
  return Math.min(
    counts.reduce((sum, found) => sum + found, 0),
    maxPosition,
  );
}

type LaneRow = { _id: string; actors: string[]; limit: number | null; paused: boolean; rest_ms: number };
type Holder = { _id: string; lane: string; held_ms: number };

async function readLanes(queue: Queue, names: readonly string[]): Promise<Map<string, LaneState>> {
  if (names.length === 0) return new Map();
  const left = { $subtract: [{ $ifNull: ['$cooldown_until', '$$NOW'] }, '$$NOW'] };
  const projection = { actors: 1, limit: 1, paused: 1, rest_ms: { $max: [left, 0] } };
  const lanes = queue.lanes.find<LaneRow>({ _id: { $in: [...names] } }, { projection, batchSize });
  const [found, paces] = await Promise.all([lanes.toArray(), readPaces(queue, names)]);
  const rows = new Map(found.map(row => [row._id, row]));
  const holders = await readHolders(queue, found);
  const stateOf = (name: string): LaneState => {
    const { actors = [], limit = null, paused = false, rest_ms = 0 } = rows.get(name) ?? {};
    const held = holders.get(name) ?? [];
    return {
      actors,
      limit,
      paused,
      rest_ms,
      full: limit !== null && held.length >= limit,
      holders: held.slice(0, maxHolders).map(({ _id }) => _id),
      held_ms: held.map(({ held_ms }) => held_ms),
      pace: paces.get(name),
    };
  };
  return new Map(names.map(name => [name, stateOf(name)]));
}

// More than run anywhere at once; a lane beyond it is taken for one with room.
const maxHeld = 20_000;

/** Lane → the tasks that hold its slots, of those with a limit. */
async function readHolders(queue: Queue, lanes: readonly LaneRow[]): Promise<Map<string, Holder[]>> {
  const limited = lanes.flatMap(({ _id, limit }) => (limit === null ? [] : [_id]));
  const holders = new Map<string, Holder[]>(limited.map(lane => [lane, []]));
  if (limited.length === 0) return holders;
  const projection = { lane: 1, held_ms: { $subtract: ['$$NOW', '$started_at'] } };
  const held = queue.tasks.find<Holder>(
    { lane: { $in: limited }, slot: { $gte: 0 } },
    { projection, batchSize, maxTimeMS: 2_000 },
  );
  for (const holder of await held.hint('slot').limit(maxHeld).toArray())
    holders.get(holder.lane)?.push(holder);
  return holders;
}
