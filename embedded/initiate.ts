// Turns a running mongod into a replica set of one: without a set there are no change streams.
import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient, MongoNetworkError, MongoServerError } from 'mongodb';

const PRIMARY_MS = 60_000;

/**
 * Makes the mongod on `port` the one member of the set `name`, as new or as it was, and resolves when it takes writes. Rejects
 * when that takes too long, or once `gone` says that there is no mongod any more.
 */
export async function becomePrimary(port: number, name: string, gone: AbortSignal): Promise<void> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/`, {
    directConnection: true,
    serverSelectionTimeoutMS: PRIMARY_MS,
  });
  const end = Date.now() + PRIMARY_MS;
  gone.addEventListener('abort', () => void client.close());
  try {
    await untilTrue({ end, gone }, () => initiate(client, name, `127.0.0.1:${port}`));
    await untilTrue(
      { end, gone },
      async () => (await client.db('admin').command({ hello: 1 })).isWritablePrimary,
    );
  } finally {
    await client.close();
  }
}

/** Repeats a step until it resolves true. */
async function untilTrue(
  { end, gone }: { end: number; gone: AbortSignal },
  step: () => Promise<boolean>,
): Promise<void> {
  while (!(await step().catch(falseWhileChanging))) {
    gone.throwIfAborted();
    if (Date.now() > end) throw new Error('MongoDB did not become the primary of its replica set');
    await delay(10);
  }
}

/** A set that is loading its settings has none yet; one whose state changes closes connections, also the one that asked. */
function falseWhileChanging(error: unknown): false {
  const loading = error instanceof MongoServerError && error.codeName === 'NotYetInitialized';
  if (loading || error instanceof MongoNetworkError) return false;
  throw error;
}

/** Makes the set, or points an existing one to `host`: the data may have been left by a start on another port. */
async function initiate(client: MongoClient, name: string, host: string): Promise<boolean> {
  const admin = client.db('admin');
  const members = [{ _id: 0, host }];
  try {
    await admin.command({ replSetInitiate: { _id: name, members } });
  } catch (error) {
    if (!(error instanceof MongoServerError && error.codeName === 'AlreadyInitialized')) throw error;
    const { config } = await admin.command({ replSetGetConfig: 1 });
    if (config.members[0].host === host) return true;
    await admin.command({
      replSetReconfig: { ...config, members, version: config.version + 1 },
      force: true,
    });
  }
  return true;
}
