// A request that waits until one task has ended, on the same doorbell as the streams.
import type { TaskEvent } from './event.ts';
import type { Watcher } from './subscriptions.ts';

export class Waiter implements Watcher {
  /** True once the task has ended; false when it is not waited for any longer. */
  readonly ended: Promise<boolean>;
  #settle: (ended: boolean) => void = () => {};
  #rev = -1;

  constructor() {
    this.ended = new Promise(resolve => {
      this.#settle = resolve;
    });
  }

  offer({ rev, terminal }: TaskEvent): void {
    this.#rev = Math.max(this.#rev, rev);
    if (terminal) this.#settle(true);
  }

  isNew(_task_id: string, rev: number): boolean {
    return rev > this.#rev;
  }

  beat(): void {}

  end(): void {
    this.#settle(false);
  }
}
