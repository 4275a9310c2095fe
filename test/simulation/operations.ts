// What workers ask of the queue beyond single tasks, on the store in memory. Where the real operation reads first and
// writes later, so does this one: two functions, between which anything may happen.

import { type Pick as Claimable, choosePicks } from '../../queue/claim/choose.ts';
import type {
  ClaimedTask,
  ClaimRequest,
  Heartbeat,
  RecoveredTask,
  Task,
  TaskError,
  WorkerRecord,
} from '../../queue/index.ts';
import { cancelledError } from '../../queue/settle.ts';
import type { MemoryStore, StatementName } from './store.ts';
import type { Random } from './world.ts';

const inStatus = (store: MemoryStore, status: Task['status']) =>
  [...store.tasks.values()].filter(task => task.status === status);

/** The picks of a claim round, as `claimTasks` would choose them. */
export function readClaimable(store: MemoryStore, request: ClaimRequest, random: Random): Claimable[] {
  const now = store.now().getTime();
  const rested = (lane: string) => store.lane(lane).cooldown_until <= now;
  const candidates = inStatus(store, 'queued').filter(
    task => request.actors.has(task.actor) && rested(task.lane),
  );
  const lanes = [...new Set(candidates.map(task => task.lane))];
  const limits = new Map(lanes.map(lane => [lane, store.lane(lane).limit]));
  const limited = lanes.filter(lane => limits.get(lane) !== null);
  const free = new Map(limited.map(lane => [lane, freeSlots(store, lane, limits.get(lane)!, random)]));
  return choosePicks(candidates, free, limits, request).picks;
}

/** The rule of claim/slots.ts: while a lowered limit drains, only as many as may start, and the lowest. */
function freeSlots(store: MemoryStore, lane: string, limit: number, random: Random): number[] {
  const taken = [...store.tasks.values()].flatMap(task =>
    task.lane === lane && task.slot !== undefined ? [task.slot] : [],
  );
  const free = Array.from({ length: limit }, (_, slot) => slot).filter(slot => !taken.includes(slot));
  if (taken.some(slot => slot >= limit)) return free.slice(0, Math.max(0, limit - taken.length));
  return random() < 0.5 ? free : free.toReversed();
}

/** Claims what is still as it was read; a slot that another took first is lost. */
export function writeClaim(
  store: MemoryStore,
  picks: readonly Claimable[],
  { worker_id, claim }: { worker_id: string; claim: string },
): ClaimedTask[] {
  return picks.flatMap(({ _id, lane, slot, limit }) => {
    const task = store.tasks.get(_id)!;
    const claimable =
      task.status === 'queued' || (store.flaws.has('claim without status') && task.status !== 'processing');
    if (!claimable || (slot !== null && isTaken(store, lane, slot))) {
      store.onRefusal('claim');
      return [];
    }
    const slotted = slot === null ? { limit: null } : { slot, limit };
    store.move(task, 'claim', null, { worker_id, claim, ...slotted });
    return [copy(task)];
  });
}

function isTaken(store: MemoryStore, lane: string, slot: number): boolean {
  if (store.flaws.has('slots are not unique')) return false;
  return [...store.tasks.values()].some(task => task.lane === lane && task.slot === slot);
}

/** What a worker would get that takes its claim for granted. */
export function presumeClaim(
  store: MemoryStore,
  picks: readonly Claimable[],
  { worker_id, claim }: { worker_id: string; claim: string },
): ClaimedTask[] {
  return picks.map(({ _id }) => {
    const task = store.tasks.get(_id)!;
    return {
      ...task,
      status: 'processing',
      worker_id,
      claim,
      started_at: store.now(),
      attempt: task.attempt + 1,
    };
  });
}

/** What a worker gets of a task: a copy, as of now. */
function copy(task: Task): ClaimedTask {
  const { claim, worker_id, started_at } = task;
  if (!claim || !worker_id || !started_at) throw new Error(`${task._id} is not claimed.`);
  return { ...task, claim, worker_id, started_at };
}

export function beat(store: MemoryStore, worker_id: string, tasks: readonly ClaimedTask[]): Heartbeat {
  const ids = new Set(tasks.map(task => task._id));
  const rows = inStatus(store, 'processing').filter(task => task.worker_id === worker_id);
  const mine = rows.filter(task => ids.has(task._id));
  const renewed = store.flaws.has('heartbeat by worker') ? rows : mine;
  for (const task of renewed) task.heartbeat_at = store.now();
  const claims = new Map(mine.map(task => [task._id, task]));
  const held = tasks.filter(task => claims.get(task._id)?.claim === task.claim);
  const kept = new Set(held.map(task => task._id));
  return {
    kept,
    lost: [...ids].filter(id => !kept.has(id)),
    cancelled: [...kept].filter(id => claims.get(id)?.cancel_requested),
  };
}

/** A processing task as a recoverer read it. */
export type Stale = Pick<Task, '_id' | 'claim' | 'heartbeat_at'>;

export function readStale(store: MemoryStore, lease_ms: number): Stale[] {
  const since = store.now().getTime() - lease_ms;
  return inStatus(store, 'processing')
    .filter(task => task.heartbeat_at!.getTime() < since)
    .map(({ _id, claim, heartbeat_at }) => ({ _id, claim: claim!, heartbeat_at: heartbeat_at! }));
}

export function writeRecovered(store: MemoryStore, stale: readonly Stale[]): RecoveredTask[] {
  return stale.flatMap(({ _id, claim, heartbeat_at }) => {
    const task = store.tasks.get(_id)!;
    const asRead = task.claim === claim && task.heartbeat_at?.getTime() === heartbeat_at!.getTime();
    const comparing = !store.flaws.has('recover without comparing');
    if (comparing && (task.status !== 'processing' || !asRead)) {
      store.onRefusal('recover');
      return [];
    }
    const worker_id = task.worker_id ?? null;
    const [name, outcome, error] = verdict(task);
    store.move(task, name, null, { error });
    return [{ task_id: _id, worker_id, outcome }];
  });
}

function verdict(task: Task): [StatementName, RecoveredTask['outcome'], TaskError] {
  if (task.cancel_requested) return ['abandon', 'cancelled', cancelledError];
  const lost = (type: string) => ({ type, message: 'silent', details: {}, stack_trace: '' });
  return task.retry_count < task.max_retries
    ? ['recover', 'queued', lost('LeaseLost')]
    : ['bury', 'failed', lost('MaxRetriesExceeded')];
}

const byRunAt = (a: Task, b: Task) => a.run_at!.getTime() - b.run_at!.getTime();

export function readDue(store: MemoryStore): { due: string[]; next_in_ms: number | null } {
  const now = store.now();
  const scheduled = inStatus(store, 'scheduled').toSorted(byRunAt);
  const due = scheduled.filter(task => task.run_at! <= now).map(task => task._id);
  const [next] = scheduled;
  return { due, next_in_ms: next ? Math.max(0, next.run_at!.getTime() - now.getTime()) : null };
}

export function writePromoted(store: MemoryStore, ids: readonly string[]): number {
  const now = store.now();
  const comparing = !store.flaws.has('promote without comparing');
  const due = ids.map(id => store.tasks.get(id)!);
  const promoted = comparing ? due.filter(task => task.status === 'scheduled' && task.run_at! <= now) : due;
  for (const task of promoted) store.move(task, 'promote', null);
  return promoted.length;
}

export function hold(store: MemoryStore, name: string, holder: string, ttlMs: number): boolean {
  const now = store.now().getTime();
  const lease = store.leases.get(name);
  if (lease && lease.holder !== holder && lease.until >= now && lease.until <= now + ttlMs) return false;
  store.leases.set(name, { holder, until: now + ttlMs });
  return true;
}

export function register(
  store: MemoryStore,
  row: Omit<WorkerRecord, 'started_at' | 'heartbeat_at' | 'running' | 'draining'>,
): void {
  const now = store.now();
  store.workers.set(row._id, { ...row, running: 0, draining: false, started_at: now, heartbeat_at: now });
}

export function beatRow(store: MemoryStore, worker_id: string, running: number, draining: boolean): boolean {
  const row = store.workers.get(worker_id);
  if (row) Object.assign(row, { running, draining, heartbeat_at: store.now() });
  return row !== undefined;
}

export function liveRows(store: MemoryStore, withinMs: number): WorkerRecord[] {
  const since = store.now().getTime() - withinMs;
  const rows = [...store.workers.values()].filter(row => row.heartbeat_at.getTime() >= since);
  return rows.toSorted((a, b) => (a._id < b._id ? -1 : 1));
}

export function forget(store: MemoryStore, silentMs: number): number {
  const since = store.now().getTime() - silentMs;
  const silent = [...store.workers.values()].filter(row => row.heartbeat_at.getTime() < since);
  for (const row of silent) store.workers.delete(row._id);
  return silent.length;
}
