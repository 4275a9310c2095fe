// The attempts that a worker runs now, by task id.
import type { Attempt } from './attempt.ts';

export class HeldAttempts {
  readonly #attempts = new Map<string, Attempt>();
  #idleWaiters: (() => void)[] = [];

  /** Holds the attempt until `running` ends. */
  add(attempt: Attempt, running: Promise<void>): Promise<void> {
    const { _id } = attempt.task;
    // The task is ours again before we knew that it was lost.
    this.#attempts.get(_id)?.lose();
    this.#attempts.set(_id, attempt);
    return running.finally(() => {
      if (this.#attempts.get(_id) === attempt) this.#attempts.delete(_id);
      if (this.#attempts.size === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
    });
  }

  get size(): number {
    return this.#attempts.size;
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
