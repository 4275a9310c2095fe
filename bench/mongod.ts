// The throw-away mongod of a measurement, with what it was asked to do counted.
import { MongoClient } from 'mongodb';
import { startEmbedded } from '../embedded/index.ts';
import { openQueue, type Queue } from '../queue/index.ts';

export interface Bench {
  client: MongoClient;
  uri: string;
  /** A queue in a database of its own. */
  openQueue(name: string): Promise<Queue>;
  /** Commands that mongod has answered so far, by name. */
  countCommands(): Promise<Map<string, number>>;
}

/** Runs `measure` on a fresh mongod and stops it, whatever happens. */
export async function withMongod(measure: (bench: Bench) => Promise<void>): Promise<void> {
  const mongod = await startEmbedded({ directory: process.cwd(), ephemeral: true });
  const client = await MongoClient.connect(mongod.uri, { maxPoolSize: 32 });
  try {
    await measure({
      client,
      uri: mongod.uri,
      openQueue: name => openQueue(client.db(name)),
      countCommands: () => countCommands(client),
    });
  } finally {
    await client.close();
    await mongod.stop();
  }
}

async function countCommands(client: MongoClient): Promise<Map<string, number>> {
  const { metrics } = await client.db('admin').command({ serverStatus: 1, metrics: 1 });
  const counted = new Map<string, number>();
  for (const [name, { total = 0 }] of Object.entries<{ total?: number }>(metrics.commands))
    counted.set(name, Number(total));
  return counted;
}

/** Seconds that `work` took, and what it returned. */
export async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; value: T }> {
  const start = performance.now();
  const value = await work();
  return { seconds: (performance.now() - start) / 1_000, value };
}
