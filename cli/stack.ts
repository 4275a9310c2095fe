// Things that were started one on top of the other, and are stopped in the opposite order.
import type { Logger } from 'pino';

type Stop = () => Promise<void>;

export class Stack {
  readonly #stops: { what: string; stop: Stop }[] = [];
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Remembers how to stop what was just started. */
  add(what: string, stop: Stop): void {
    this.#stops.push({ what, stop });
  }

  /** Stops everything, the latest first; one that fails does not keep the others running. False when any did. */
  async stop(): Promise<boolean> {
    let clean = true;
    for (let top = this.#stops.pop(); top; top = this.#stops.pop()) {
      try {
        await top.stop();
      } catch (error) {
        clean = false;
        this.#log.error({ err: error }, `${top.what} did not stop cleanly`);
      }
    }
    return clean;
  }
}
