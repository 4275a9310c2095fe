// The second observer of limits: looks at the holders of all slots every 20 ms, as anybody could from outside.
import { setTimeout as pause } from 'node:timers/promises';
import { type Collection, type Document, MongoClient } from 'mongodb';
import { type Holder, overbooked } from './lane-book.ts';
import type { Violations } from './violations.ts';

const everyMs = 20;

export class Sampler {
  samples = 0;
  /** Looks that found no primary. */
  blind = 0;
  readonly #client: MongoClient;
  readonly #tasks: Collection<Holder>;
  readonly #violations: Violations;
  #closed = false;
  #looking: Promise<void> | undefined;

  constructor(uri: string, database: string, violations: Violations) {
    // Blind for a moment is better than blind for as long as somebody might come back.
    const patience = { serverSelectionTimeoutMS: 1_000, socketTimeoutMS: 5_000, heartbeatFrequencyMS: 1_000 };
    this.#client = new MongoClient(uri, patience);
    this.#tasks = this.#client.db(database).collection<Holder>('task_queue');
    this.#violations = violations;
  }

  start(): void {
    this.#looking = this.#keepLooking();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#looking;
    await this.#client.close();
  }

  async #keepLooking(): Promise<void> {
    while (!this.#closed) {
      const began = performance.now();
      await this.#look().catch(() => this.blind++);
      await pause(Math.max(1, everyMs - (performance.now() - began)));
    }
  }

  async #look(): Promise<void> {
    const fields = { _id: 1, lane: 1, slot: 1, concurrency_limit: 1 };
    const all: Document[] = [{ $match: { lane: { $gt: '' }, slot: { $gte: 0 } } }, { $project: fields }];
    // One moment for the whole look: else a slot that changes hands meanwhile is seen twice.
    const options = { hint: 'slot', readConcern: 'snapshot', maxTimeMS: 2_000 } as const;
    const lanes = new Map<string, Holder[]>();
    for (const holder of await this.#tasks.aggregate<Holder>(all, options).toArray())
      lanes.set(holder.lane, [...(lanes.get(holder.lane) ?? []), holder]);
    this.samples++;
    for (const [lane, held] of lanes)
      for (const what of overbooked(held))
        this.#violations.add('I1', `${lane}: ${what}, in one look at the slots`);
  }
}
