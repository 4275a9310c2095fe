// Gathers events for a moment, so that a busy queue costs the page twenty updates a second and not a thousand.
import type { TaskEvent } from '../../client/index.ts';

const GATHER_MS = 50;

/** Hands on what was pushed at most every 50 ms: for each task only the newest event. */
export class EventBatch {
  readonly #flush: (events: TaskEvent[]) => void;
  readonly #waiting = new Map<string, TaskEvent>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(flush: (events: TaskEvent[]) => void) {
    this.#flush = flush;
  }

  push(event: TaskEvent): void {
    const other = this.#waiting.get(event.task_id);
    // Of one revision the later one: it knows what the task waits for now.
    if (other && other.rev > event.rev) return;
    this.#waiting.set(event.task_id, event);
    this.#timer ??= setTimeout(() => this.#hand(), GATHER_MS);
  }

  /** Forgets what waits. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
  }

  #hand(): void {
    const events = [...this.#waiting.values()];
    this.stop();
    this.#flush(events);
  }
}
