/*
 * What pending tasks wait for changes while the tasks themselves do not: others before them begin, a lane is paused, a
 * worker comes. Every second the places of those that are watched are read again, once per lane and for at most 50 lanes,
 * and told where they have changed: under the same rev and id, so a client that comes back has missed nothing by them.
 */
import { explainWaiting, type Queue, type Waiting } from '../../queue/index.ts';
import { eventOf, type StreamedTask, type TaskEvent } from './event.ts';
import type { Subscriptions } from './subscriptions.ts';

/** A pending task that is watched, as streams know it. */
interface Known {
  task: StreamedTask;
  read_at: number;
  /** What everybody who watches it has been told. */
  told: Waiting | null;
  told_at: number;
  /** Somebody was told something else. */
  differs: boolean;
}

const maxLanes = 50;
/** Of tasks that nobody named, the newest so many are kept in sight. */
const maxUnnamed = 200;
const maxKnown = 20_000;
/** Streams and lists share what is read within this time. */
const freshMs = 950;
// An estimate that only runs out as time passes is no news, nor is one that is a little off.
const leastDriftMs = 2_000;
const leastDrift = 0.25;

export class Places {
  readonly #queue: Queue;
  readonly #subscriptions: Subscriptions;
  readonly #known = new Map<string, Known>();
  readonly #unnamed = new Set<string>();
  /** Lane → when it was read last. */
  #readAt = new Map<string, number>();
  #reading = false;

  constructor(queue: Queue, subscriptions: Subscriptions) {
    this.#queue = queue;
    this.#subscriptions = subscriptions;
  }

  /** A state was read for a stream. */
  note({ task_id, rev, read_at, pending }: TaskEvent): void {
    const known = this.#known.get(task_id);
    if (known && known.task.rev > rev) return;
    if (!pending) this.#forget(task_id);
    else if (known?.task.rev === rev) known.differs ||= hasChanged(known, pending.waiting, performance.now());
    else this.#keep(task_id, { task: pending.task, read_at, ...newlyTold(pending.waiting) });
  }

  clear(): void {
    this.#known.clear();
    this.#unnamed.clear();
    this.#readAt.clear();
  }

  /** Reads places again and offers those that changed. One at a time: a slow database is not asked twice. */
  async refresh(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      const chosen = this.#choose();
      const tasks = chosen.map(({ task }) => task);
      const places = await explainWaiting(this.#queue, tasks, { maxAgeMs: freshMs, sure: true });
      for (const known of chosen) this.#tell(known, places.get(known.task._id));
    } finally {
      this.#reading = false;
    }
  }

  #tell(known: Known, waiting: Waiting | undefined): void {
    const { task, read_at } = known;
    // It has changed or is gone since: its own event says so.
    if (!waiting || this.#known.get(task._id) !== known) return;
    if (!known.differs && !hasChanged(known, waiting, performance.now())) return;
    Object.assign(known, newlyTold(waiting));
    this.#subscriptions.deliver(eventOf(task, waiting, read_at));
  }

  /** The tasks of those lanes that were read longest ago. */
  #choose(): Known[] {
    for (const task_id of this.#known.keys())
      if (!this.#subscriptions.mayWatch(task_id)) this.#forget(task_id);
    const byLane = new Map<string, Known[]>();
    for (const known of this.#known.values()) {
      const others = byLane.get(known.task.lane);
      if (others) others.push(known);
      else byLane.set(known.task.lane, [known]);
    }
    const readAt = (lane: string) => this.#readAt.get(lane) ?? 0;
    const lanes = [...byLane.keys()].toSorted((a, b) => readAt(a) - readAt(b)).slice(0, maxLanes);
    const now = performance.now();
    this.#readAt = new Map([...byLane.keys()].map(lane => [lane, lanes.includes(lane) ? now : readAt(lane)]));
    return lanes.flatMap(lane => byLane.get(lane) ?? []);
  }

  #keep(task_id: string, known: Known): void {
    this.#forget(task_id);
    if (this.#known.size >= maxKnown) return;
    this.#known.set(task_id, known);
    if (this.#subscriptions.isNamed(task_id)) return;
    this.#unnamed.add(task_id);
    const [oldest] = this.#unnamed;
    if (this.#unnamed.size > maxUnnamed && oldest !== undefined) this.#forget(oldest);
  }

  #forget(task_id: string): void {
    this.#known.delete(task_id);
    this.#unnamed.delete(task_id);
  }
}

const newlyTold = (told: Waiting | null) => ({ told, told_at: performance.now(), differs: false });

function hasChanged({ told, told_at }: Known, now: Waiting | null, at: number): boolean {
  if (told === null || now === null) return told !== now;
  const same = told.position === now.position && told.blocked_by === now.blocked_by;
  if (!same || told.holders.join() !== now.holders.join()) return true;
  if (told.eta_ms === null || now.eta_ms === null) return told.eta_ms !== now.eta_ms;
  const drift = Math.abs(now.eta_ms - Math.max(0, told.eta_ms - (at - told_at)));
  return drift > Math.max(leastDriftMs, told.eta_ms * leastDrift);
}
