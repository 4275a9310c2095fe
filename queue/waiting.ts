// Why a pending task waits: its place in its lane and what holds the lane back.
import type { Queue } from './queue.ts';
import type { Task } from './task.ts';
import { listLiveWorkers } from './workers.ts';

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
// Three missed heartbeats at the default period, which is also the default lease.
const workerAliveMs = 30_000;

interface LaneState {
  paused: boolean;
  resting: boolean;
  full: boolean;
  holders: string[];
}

/**
 * Explains each pending task among these; by task id. Costs a few covered reads per lane and one per task; what is said
 * of lanes and workers may be `maxAgeMs` old, shared by everybody in this process who asks.
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
  const states = names.map(
    async lane => [lane, await known(`lane ${lane}`, () => readLane(queue, lane))] as const,
  );
  const lanes = new Map(await Promise.all(states));
  const explained = pending.map(async task => {
    const lane = lanes.get(task.lane)!;
    return [task._id, await explain(queue, task, lane, served.has(task.actor))] as const;
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
const maxRecalled = 1_000;

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

async function explain(queue: Queue, task: Task, lane: LaneState, hasWorker: boolean): Promise<Waiting> {
  const waiting = { lane: task.lane, holders: [], eta_ms: null };
  if (task.status === 'scheduled') return { ...waiting, position: null, blocked_by: 'scheduled' };
  const position = await countBefore(queue, task);
  if (!hasWorker) return { ...waiting, position, blocked_by: 'no_worker' };
  if (lane.paused) return { ...waiting, position, blocked_by: 'paused' };
  if (lane.resting) return { ...waiting, position, blocked_by: 'cooldown' };
  if (lane.full) return { ...waiting, position, blocked_by: 'limit', holders: lane.holders };
  return { ...waiting, position, blocked_by: null };
}

async function countBefore(queue: Queue, { _id, lane, priority, ready_at }: Task): Promise<number> {
  const better = { status: 'queued' as const, lane, priority: { $gt: priority } };
  const same = { status: 'queued' as const, lane, priority, ready_at: { $lte: ready_at } };
  const count = (filter: object) =>
    queue.tasks.countDocuments(filter, { hint: 'ready', limit: maxPosition, maxTimeMS: 2_000 });
  const [above, upTo] = await Promise.all([count(better), count({ ...same, _id: { $ne: _id } })]);
  return Math.min(above + upTo, maxPosition);
}

async function readLane(queue: Queue, _id: string): Promise<LaneState> {
  const resting = { $gt: [{ $ifNull: ['$cooldown_until', '$$NOW'] }, '$$NOW'] };
  const lane = await queue.lanes.findOne<{ limit: number | null; paused: boolean; resting: boolean }>(
    { _id },
    { projection: { limit: 1, paused: 1, resting } },
  );
  if (!lane) return { paused: false, resting: false, full: false, holders: [] };
  const holders = lane.limit === null ? [] : await readHolders(queue, _id, lane.limit);
  const full = lane.limit !== null && holders.length >= lane.limit;
  return { paused: lane.paused, resting: lane.resting, full, holders: holders.slice(0, maxHolders) };
}

async function readHolders(queue: Queue, lane: string, limit: number): Promise<string[]> {
  const held = queue.tasks.find({ lane, slot: { $gte: 0 } }, { projection: { _id: 1 } });
  const rows = await held.hint('slot').limit(limit).toArray();
  return rows.map(task => task._id);
}
