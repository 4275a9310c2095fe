// What has to be read, and reading it in batches: at most every 50 ms, and at once after a quiet 50 ms.
import type { Look } from './look.ts';
import type { Subscriptions } from './subscriptions.ts';

const batchMs = 50;
const retryMs = 500;
const batchSize = 200;
// A second's worth of reading; ids only.
const maxDirty = 50_000;

export class Reader {
  readonly #look: Look;
  readonly #subscriptions: Subscriptions;
  readonly #onTrouble: (error: unknown) => void;
  readonly #dirty = new Set<string>();
  #wideDirty = false;
  #timer: NodeJS.Timeout | undefined;
  #reading = false;
  #notBefore = 0;

  constructor(look: Look, subscriptions: Subscriptions, onTrouble: (error: unknown) => void) {
    this.#look = look;
    this.#subscriptions = subscriptions;
    this.#onTrouble = onTrouble;
  }

  /** This task changed. */
  mark(task_id: string): void {
    if (!this.#subscriptions.mayWatch(task_id)) return;
    // More changes than can be read: wide streams look at the newest tasks instead.
    if (this.#dirty.size >= maxDirty && !this.#subscriptions.isNamed(task_id)) this.#wideDirty = true;
    else this.#dirty.add(task_id);
    this.#schedule();
  }

  /** Everything that is watched may have changed. */
  markAll(): void {
    for (const id of this.#subscriptions.namedIds()) this.#dirty.add(id);
    this.#wideDirty = true;
    this.#schedule();
  }

  /** Forgets what waits. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#dirty.clear();
    this.#wideDirty = false;
  }

  #schedule(): void {
    if (this.#reading || this.#timer || (this.#dirty.size === 0 && !this.#wideDirty)) return;
    const wait = this.#notBefore - performance.now();
    if (wait <= 0) return void this.#read();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#read();
    }, wait);
  }

  /** Reads what is dirty and offers it. Never throws: what could not be read stays dirty. */
  async #read(): Promise<void> {
    this.#reading = true;
    this.#notBefore = performance.now() + batchMs;
    try {
      if (this.#wideDirty) await this.#readWide();
      for (let left = this.#dirty.size; left > 0; left -= batchSize) await this.#readBatch();
    } catch (error) {
      this.#notBefore = performance.now() + retryMs;
      this.#onTrouble(error);
    }
    this.#reading = false;
    this.#schedule();
  }

  async #readBatch(): Promise<void> {
    const ids = [...this.#dirty].slice(0, batchSize);
    for (const id of ids) this.#dirty.delete(id);
    try {
      const events = await this.#look.byIds(ids, (id, rev) => this.#subscriptions.interest(id, rev));
      for (const event of events) this.#subscriptions.deliver(event);
    } catch (error) {
      for (const id of ids) if (this.#subscriptions.mayWatch(id)) this.#dirty.add(id);
      throw error;
    }
  }

  async #readWide(): Promise<void> {
    this.#wideDirty = false;
    const { runs, all } = this.#subscriptions.wide();
    const interest = (id: string, rev: number) => this.#subscriptions.interest(id, rev);
    try {
      for (const run of runs)
        for (const event of await this.#look.ofRun(run, interest)) this.#subscriptions.deliver(event);
      if (all) for (const event of await this.#look.newest(interest)) this.#subscriptions.deliver(event);
    } catch (error) {
      this.#wideDirty = true;
      throw error;
    }
  }
}
