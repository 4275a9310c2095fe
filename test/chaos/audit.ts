// The observer of every change: a change stream over tasks and lanes that survives restarts and failovers of mongod, fed to
// the replay. It has a client of its own and writes nothing but its marks.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type ChangeStream, type ChangeStreamDocument, type Db, MongoClient } from 'mongodb';
import { waitFor } from '../helpers/wait.ts';
import { auditPipeline, collectionOf, keyOf, limitOf, marks, toChange } from './changes.ts';
import { Replay } from './replay.ts';
import type { Violations } from './violations.ts';

const durable = { writeConcern: { w: 'majority' as const, j: true } };

export class Audit {
  readonly replay: Replay;
  changes = 0;
  /** How often the stream broke and was opened again where it had ended. */
  reopened = 0;
  readonly #client: MongoClient;
  readonly #db: Db;
  readonly #violations: Violations;
  readonly #marked = new Set<string>();
  #stream: ChangeStream | undefined;
  #token: unknown;
  #opened = false;
  #closed = false;
  #listening: Promise<void> | undefined;

  constructor(uri: string, database: string, violations: Violations, leaseMs: number) {
    this.#client = new MongoClient(uri, { serverSelectionTimeoutMS: 60_000 });
    this.#db = this.#client.db(database);
    this.#violations = violations;
    this.replay = new Replay(violations, leaseMs);
  }

  /** Begins to watch; resolves when no later change can be missed. */
  async start(): Promise<void> {
    this.#listening = this.#keepListening();
    await waitFor(() => this.#opened, { timeoutMs: 60_000, description: 'the change stream to open' });
  }

  /** Resolves once everything that was written before this call has been replayed. */
  async catchUp(timeoutMs: number): Promise<void> {
    const _id = randomBytes(8).toString('hex');
    await waitFor(() => this.#mark(_id), { timeoutMs, everyMs: 100, description: 'a mark to be written' });
    await waitFor(() => this.#marked.has(_id), { timeoutMs, description: 'the audit to catch up' });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#stream?.close().catch(() => {});
    await this.#listening;
    await this.#client.close();
  }

  async #mark(_id: string): Promise<boolean> {
    const { acknowledged } = await this.#db
      .collection<{ _id: string }>(marks, durable)
      .updateOne({ _id }, { $set: {} }, { upsert: true });
    return acknowledged;
  }

  async #keepListening(): Promise<void> {
    while (!this.#closed) {
      await this.#listen().catch((error: unknown) => this.#note(error));
      await this.#stream?.close().catch(() => {});
      if (!this.#closed) await pause(100);
    }
  }

  async #listen(): Promise<void> {
    const from = this.#token === undefined ? {} : { resumeAfter: this.#token };
    const stream = this.#db.watch(auditPipeline, { maxAwaitTimeMS: 200, ...from });
    this.#stream = stream;
    while (!this.#closed) {
      const event = await stream.tryNext();
      this.#opened = true;
      if (event) this.#take(event);
      this.#token = stream.resumeToken;
    }
  }

  #note(error: unknown): void {
    if (this.#closed) return;
    this.reopened++;
    // Without the history there is no proof; anything else passes when mongod is back.
    if (!String(error).includes('resume point may no longer be in the oplog')) return;
    this.#violations.add('observer', `lost the history of changes: ${String(error)}`);
    this.#closed = true;
  }

  #take(event: ChangeStreamDocument): void {
    this.changes++;
    const collection = collectionOf(event);
    if (collection === marks) return void this.#marked.add(keyOf(event));
    if (collection === 'lanes') return void this.replay.lanes.limits.set(keyOf(event), limitOf(event));
    const change = toChange(event);
    if (change) this.replay.apply(change);
    else this.#violations.add('I3', `${keyOf(event)} met a ${event.operationType}`);
  }
}
