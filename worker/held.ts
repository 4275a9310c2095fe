// The attempts that a worker runs now, by task id.
import type { Attempt } from './attempt.ts';

export class HeldAttempts {
  readonly #attempts = new Map<string, Attempt>();
  #working = 0;
  #idleWaiters: (() => void)[] = [];

  /** Holds the attempt until `running` ends. */
  add(attempt: Attempt, running: Promise<void>): Promise<void> {
    const { _id } = attempt.task;
    // The task is ours again before we knew that it was lost.
    this.#attempts.get(_id)?.lose();
    this.#attempts.set(_id, attempt);
    this.#working++;
    return running.finally(() => {
      this.settling(attempt);
      if (this.#attempts.get(_id) === attempt) this.#attempts.delete(_id);
      if (this.#attempts.size === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
    });
  }

  /** The actor is done with; the outcome is on its way. */
  settling(attempt: Attempt): void {
    if (!attempt.settling) this.#working--;
    attempt.finish();
  }

  get size(): number {
    return this.#attempts.size;
  }

  /**
   * How many tasks may be claimed. While outcomes are written the next tasks are fetched: as many as run may wait
   * for the database, so that neither waits for the other.
   */
  room(capacity: number): number {
    return Math.min(capacity - this.#working, 2 * capacity - this.size);
  }

  all(): Attempt[] {
    return [...this.#attempts.values()];
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise(resolve => this.#idleWaiters.push(resolve));
  }
}
