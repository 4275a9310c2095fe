// Progress on its way to the database: the latest value per task, many tasks in one statement.
import type { ProgressValue } from '../queue/index.ts';
import type { Time } from '../queue/pace/time.ts';
import type { Attempt } from './attempt.ts';
import type { WorkerEvents } from './events.ts';
import type { Store } from './store.ts';

/** A value after a quiet interval goes out at once; then one per interval. */
const intervalMs = 500;
/** The interval while more than `crowd` tasks run. */
const crowdedIntervalMs = 2_000;
const crowd = 2_000;
/** A task that still runs after this long is marked begun, whether its actor spoke or not. */
const begunAfterMs = 50;
/** Values that come together go together. */
const lingerMs = 3;

interface Entry {
  attempt: Attempt;
  value?: ProgressValue | undefined;
  /** When it is to be written; Infinity when there is nothing to write. */
  due: number;
  writtenAt: number;
}

interface Said {
  attempt: Attempt;
  value: ProgressValue | undefined;
}

/** One entry per running task, so it is bounded by the worker's capacity. */
export class ProgressWriter {
  readonly #store: Store;
  readonly #time: Time;
  readonly #events: WorkerEvents;
  readonly #entries = new Map<Attempt, Entry>();
  #callOff: (() => void) | undefined;
  #ringsAt = Infinity;
  #writing: Promise<void> | undefined;

  constructor(store: Store, time: Time, events: WorkerEvents) {
    this.#store = store;
    this.#time = time;
    this.#events = events;
  }

  /** The actor begins. */
  begin(attempt: Attempt): void {
    const due = this.#time.now() + begunAfterMs;
    this.#entries.set(attempt, { attempt, due, writtenAt: -Infinity });
    this.#schedule(due);
  }

  say(attempt: Attempt, value: ProgressValue): void {
    const entry = this.#entries.get(attempt);
    if (!entry) return;
    const interval = this.#entries.size > crowd ? crowdedIntervalMs : intervalMs;
    const now = this.#time.now();
    const soonest = Math.max(now + lingerMs, entry.writtenAt + interval);
    entry.due = entry.value ? Math.min(entry.due, soonest) : soonest;
    entry.value = value;
    this.#schedule(entry.due);
  }

  /** The attempt is about to be settled: drops what is unwritten and waits for the statement that carries it. */
  async end(attempt: Attempt): Promise<void> {
    const entry = this.#entries.get(attempt);
    this.#entries.delete(attempt);
    if (entry && entry.writtenAt > -Infinity) await this.#writing;
  }

  /** Forgets everything, without writing. */
  async close(): Promise<void> {
    this.#callOff?.();
    this.#entries.clear();
    await this.#writing;
  }

  #schedule(due: number): void {
    if (this.#writing || due >= this.#ringsAt) return;
    this.#callOff?.();
    this.#ringsAt = due;
    this.#callOff = this.#time.after(Math.max(0, due - this.#time.now()), () => this.#flush());
  }

  #flush(): void {
    this.#ringsAt = Infinity;
    const due = this.#takeDue();
    if (due.length > 0) this.#writing = this.#write(due).finally(() => this.#resume());
    else this.#resume();
  }

  #resume(): void {
    this.#writing = undefined;
    let next = Infinity;
    for (const { due } of this.#entries.values()) next = Math.min(next, due);
    if (next < Infinity) this.#schedule(next);
  }

  #takeDue(): Said[] {
    // Timers fire up to a millisecond early.
    const now = this.#time.now() + 1;
    const taken: Said[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.due > now) continue;
      if (!entry.attempt.fenced) taken.push({ attempt: entry.attempt, value: entry.value });
      entry.due = Infinity;
      entry.value = undefined;
      entry.writtenAt = now;
    }
    return taken;
  }

  async #write(due: Said[]): Promise<void> {
    const said = due.map(({ attempt, value }) => ({ task: attempt.task, ...(value && { progress: value }) }));
    try {
      const lost = new Set(await this.#store.updateProgress(said));
      for (const one of due) {
        if (!lost.has(one.attempt.task._id)) this.#tell(one);
        else if (!one.attempt.settling) one.attempt.lose();
      }
    } catch (error) {
      this.#store.events.emit('queue:trouble', { doing: 'writing progress', error });
      for (const said of due) this.#putBack(said);
    }
  }

  #tell({ attempt: { task }, value: progress }: Said): void {
    const { _id: task_id, worker_id, attempt } = task;
    if (progress) this.#events.emit('task:progress', { task_id, worker_id, attempt, progress });
  }

  /** Written again after an interval, unless the actor has said something newer by then. */
  #putBack({ attempt, value }: Said): void {
    const entry = this.#entries.get(attempt);
    if (!entry || entry.due < Infinity) return;
    entry.value = value;
    entry.due = entry.writtenAt + intervalMs;
  }
}
