// Worker processes that make pictures at a stand-in for Leonardo; each can be killed, and is then followed by a new one. And what must hold once a task has ended, whatever was killed.
import { resolve } from 'node:path';
import { expect } from 'vitest';
import { type Content, getContent, openContent, readContent } from '../../content/index.ts';
import {
  enqueueTask,
  type NewTask,
  openQueue,
  type Queue,
  type Task,
  verifyHistory,
} from '../../queue/index.ts';
import { testDatabase, testUri } from '../helpers/mongo.ts';
import type { Spawned } from '../helpers/processes.ts';
import { picture } from '../providers/standins/files.ts';
import { LeonardoStandIn } from '../providers/standins/leonardo.ts';
import { Gate } from './paid-gate.ts';
import { spawnWorker } from './worker-process.ts';

export class PaidStage {
  readonly leonardo = new LeonardoStandIn();
  readonly gate = new Gate(() => this.#service);
  /** What every download gives. */
  picture = picture;
  queue!: Queue;
  content!: Content;
  /** Those that have started, by their ids. */
  readonly workers = new Map<string, Spawned>();
  readonly #alive = new Set<Spawned>();
  #uri = '';
  #service = '';
  #started = 0;
  #enqueued = 0;
  #starting: Promise<unknown> = Promise.resolve();
  #lease_ms = 0;
  #close = () => {};

  /** Opens everything, with so many workers at a time. */
  async open({ lease_ms, workers }: { lease_ms: number; workers: number }): Promise<void> {
    this.#lease_ms = lease_ms;
    const db = await testDatabase();
    const address = new URL(testUri());
    address.pathname = `/${db.databaseName}`;
    this.#uri = address.href;
    [this.queue, this.content] = [await openQueue(db), await openContent(db)];
    this.#close = await this.leonardo.listen();
    await this.gate.open();
    // What it tells of itself leads through the gate, too.
    [this.#service, this.leonardo.url] = [this.leonardo.url, this.gate.url];
    await Promise.all(Array.from({ length: workers }, () => this.#startWorker()));
  }

  async close(): Promise<void> {
    for (const worker of this.#alive) worker.kill('SIGKILL');
    await Promise.all([...this.#alive].map(worker => worker.exited));
    this.gate.close();
    this.#close();
  }

  async #startWorker(): Promise<void> {
    const worker_id = `w${++this.#started}`;
    const env = {
      MONGODB_URI: this.#uri,
      WORKER_ID: worker_id,
      HEARTBEAT_MS: String(this.#lease_ms / 6),
      LEASE_MS: String(this.#lease_ms),
      POLL_MS: '200',
      LOG_LEVEL: 'info',
      CALLSHEET_ACTORS: resolve(import.meta.dirname, 'paid-stops.ts'),
      LEONARDO_API_KEY: this.leonardo.key,
      LEONARDO_BASE_URL: this.leonardo.base,
      MEDIA_HOSTS: '127.0.0.1',
    };
    const worker = spawnWorker({ env });
    this.#alive.add(worker);
    await worker.waitForLine(entry => entry.msg === 'worker started');
    this.workers.set(worker_id, worker);
  }

  /** Ends a worker as a power cut would, and resolves when it is gone. Another one is on its way then. */
  async kill(worker_id: string): Promise<void> {
    const worker = this.workers.get(worker_id)!;
    worker.kill('SIGKILL');
    await worker.exited;
    this.workers.delete(worker_id);
    this.#alive.delete(worker);
    this.#starting = Promise.all([this.#starting, this.#startWorker()]);
    // The test may end before they have started.
    this.#starting.catch(() => {});
  }

  /** All workers that shall be there are there. */
  async complete(): Promise<void> {
    await this.#starting;
  }

  /** A new task for one picture; its prompt is like no other's. */
  async enqueue(payload: object = {}, task: Partial<NewTask> = {}): Promise<Paid> {
    const prompt = `Red fox ${this.#enqueued++}`;
    const params = { prompt, ...('params' in payload && (payload.params as object)) };
    const common = { provider: 'leonardo', action_type: 'txt2img', ...payload, params };
    const { task_id } = await enqueueTask(this.queue, { actor: 'media', payload: common, ...task });
    return { task_id, prompt };
  }

  /** The jobs that were submitted for a task. */
  jobsOf({ prompt }: Paid): string[] {
    return this.leonardo.generations.filter(({ body }) => body.prompt === prompt).map(({ id }) => id);
  }

  generationsOf({ task_id }: Paid) {
    return this.content.generations.find({ task_id }).sort({ created_at: 1 }).toArray();
  }

  /** What must hold of a task that has ended, whatever was killed before. A price is told once, with the answer to a submit; null: perhaps. */
  async judge(
    paid: Paid,
    task: Task,
    { knowsPrice = true }: { knowsPrice?: boolean | null } = {},
  ): Promise<void> {
    const generations = await this.generationsOf(paid);
    const completed = generations.filter(({ status }) => status === 'completed');
    expect(generations.filter(({ status }) => status === 'processing')).toEqual([]);
    const stored = await this.content.contents
      .find({ metadata_id: { $in: await this.#idsOf(paid) } })
      .toArray();
    if (task.status !== 'completed') {
      expect(task).toMatchObject({ status: 'failed', error: { type: 'SubmissionUncertain' } });
      expect(completed).toEqual([]);
      expect(stored).toEqual([]);
      return;
    }
    const [job] = this.jobsOf(paid).slice(-1);
    const cost = knowsPrice ? { amount: 0.02, unit: 'DOLLARS' } : null;
    expect(completed).toMatchObject([{ provider_task_id: job, ...(knowsPrice !== null && { cost }) }]);
    const { metadata_id, content_ids } = task.result as { metadata_id: string; content_ids: string[] };
    expect(stored).toMatchObject([{ _id: content_ids[0], metadata_id, size: this.picture.length }]);
    const record = await getContent(this.content, content_ids[0]!);
    const body = await readContent(this.content, record!);
    expect(Buffer.concat(await body!.toArray()).equals(this.picture)).toBe(true);
  }

  /** What must hold of everything when nothing runs any more: history, limits, and no bytes that belong to nobody. */
  async judgeAll(): Promise<void> {
    const { findings } = await verifyHistory(this.queue);
    expect(findings).toEqual([]);
    const known = await this.content.contents.distinct('_id');
    const names: string[] = await this.content.db.collection('media.files').distinct('filename');
    expect(names.filter(name => !known.some(id => name.startsWith(id)))).toEqual([]);
    expect(await this.countLooseChunks()).toBe(0);
  }

  /** Pieces of files that are not whole, and that nobody would find. */
  async countLooseChunks(): Promise<number> {
    const { db } = this.content;
    const whole = await db.collection('media.files').distinct('_id');
    return db.collection('media.chunks').countDocuments({ files_id: { $nin: whole } });
  }

  async #idsOf({ task_id }: Paid): Promise<string[]> {
    return this.content.generations.distinct('_id', { task_id });
  }
}

export interface Paid {
  task_id: string;
  prompt: string;
}
