// Starts the MongoDB that `npm start` and tests run on, and decides between it and one that runs already.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readEmbeddedSettings } from './config.ts';
import { explainFolder } from './folder.ts';
import { type FindOptions, findMongod } from './mongod.ts';
import { findRecordedUri, readRecord, removeRecord, writeRecord } from './record.ts';
import { startMongod } from './replset.ts';
import { DataInUse } from './start-error.ts';

const USUAL_PORT = 27_117;
const DATA_IN_USE_MS = 30_000;

export interface EmbeddedOptions extends FindOptions {
  /** A throw-away database that nobody else is told of: for tests. */
  ephemeral?: boolean;
}

export interface Embedded {
  uri: string;
  /** Stops what was started here; data that is not throw-away stays. */
  stop(): Promise<void>;
  /** Resolves when the mongod that was started here has ended, asked to or not: with what to say where nobody asked. */
  ended: Promise<Error>;
  /** It was started here; the others are looked after elsewhere, and stopping them does nothing. */
  own: boolean;
}

const foreign = (uri: string): Embedded => ({
  uri,
  stop: async () => {},
  ended: new Promise(() => {}),
  own: false,
});

/**
 * Starts a mongod as a one-node replica set on 127.0.0.1. Its data lies in `.callsheet/mongo` and survives; its address is
 * recorded beside it until it stops. If another start of the same folder comes first, that one's is used. Rejects with
 * MongodNotFound, UnusableFolder, or with what mongod itself complained of.
 */
export function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  return startIn(options).catch(error => {
    throw explainFolder(error);
  });
}

async function startIn(options: EmbeddedOptions): Promise<Embedded> {
  const binary = await findMongod(options);
  options.onProgress?.({ step: 'Starting MongoDB' });
  if (options.ephemeral) return startThrowAway(binary);
  const end = Date.now() + DATA_IN_USE_MS;
  for (;;) {
    try {
      return await startKept(binary, options.directory);
    } catch (error) {
      if (!(error instanceof DataInUse) || Date.now() > end) throw error;
    }
    // Either a start at the same moment, whose record is about to appear, or the last one has not quite ended.
    await delay(200);
    const uri = await findRecordedUri(options.directory);
    if (uri) return foreign(uri);
  }
}

async function startThrowAway(binary: string): Promise<Embedded> {
  const dbPath = await mkdtemp(join(tmpdir(), 'callsheet-mongo-'));
  return { ...(await startMongod({ binary, dbPath, throwAway: true })), own: true };
}

async function startKept(binary: string, directory: string): Promise<Embedded> {
  const dbPath = join(directory, '.callsheet', 'mongo');
  const usual = (await readRecord(directory))?.port ?? USUAL_PORT;
  const { uri, pid, port, ended, ...mongod } = await startMongod({ binary, dbPath, port: usual });
  await writeRecord(directory, { uri, port, dbPath, pid, owner_pid: process.pid });
  const stop = async () => {
    await mongod.stop();
    await removeRecord(directory, pid);
  };
  return { uri, stop, ended, own: true };
}

/**
 * Resolves the MongoDB to use, as `callsheet up` does: MONGODB_URI, else the one recorded in `directory` that still runs, else
 * one that is started here.
 */
export async function resolveMongo(options: EmbeddedOptions): Promise<Embedded> {
  const uri = await findMongoUri(options);
  return uri ? foreign(uri) : startEmbedded(options);
}

/** The address of a MongoDB that runs already: MONGODB_URI, else the recorded one; null when there is neither. */
export async function findMongoUri(
  options: Pick<FindOptions, 'directory' | 'settings'>,
): Promise<string | null> {
  const { directory, settings = readEmbeddedSettings() } = options;
  return settings.MONGODB_URI ?? (await findRecordedUri(directory));
}
