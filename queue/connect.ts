// The connection to MongoDB, with the driver settings that the queue's promises rest on.
import { type Db, MongoClient, type MongoClientOptions } from 'mongodb';

export interface Connection {
  client: MongoClient;
  db: Db;
  close(): Promise<void>;
}

/** The database did not answer at the start. The message names the address and never a password. */
export class UnreachableDatabase extends Error {
  override name = 'UnreachableDatabase';
}

const reachMs = 10_000;

/*
 * Short monitor settings: a frozen mongod leaves its sockets open, and only the monitor's own timeout clears the pool.
 * Retryable writes stay on as an optimisation; correctness rests on filters and read-backs.
 */
const settings: MongoClientOptions = {
  maxPoolSize: 50,
  minPoolSize: 2,
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  heartbeatFrequencyMS: 5_000,
  socketTimeoutMS: 20_000,
  waitQueueTimeoutMS: 5_000,
  readPreference: 'primary',
};

/**
 * Connects to `uri`, database `callsheet` unless it names one. Rejects with UnreachableDatabase after 10 s without an
 * answer; later outages are waited out by the driver and by the callers' own retries.
 */
export async function connect(uri: string, options: MongoClientOptions = {}): Promise<Connection> {
  const client = openClient(uri, options);
  try {
    await client.db('admin').command({ ping: 1 });
  } catch (error) {
    await client.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnreachableDatabase(
      `MongoDB does not answer at ${addressOf(uri)}: ${withoutSecrets(reason, uri)}`,
    );
  }
  return { client, db: client.db(databaseName(uri)), close: () => client.close() };
}

function openClient(uri: string, options: MongoClientOptions): MongoClient {
  try {
    return new MongoClient(uri, { ...settings, serverSelectionTimeoutMS: reachMs, ...options });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnreachableDatabase(`The MongoDB address cannot be read: ${withoutSecrets(reason, uri)}`);
  }
}

/** The hosts of a connection string, without user and password. */
export function addressOf(uri: string): string {
  return uri.replace(/^(mongodb(?:\+srv)?:\/\/)(?:[^/?]*@)?([^/?]*).*$/s, '$1$2');
}

function withoutSecrets(text: string, uri: string): string {
  const credentials = /^mongodb(?:\+srv)?:\/\/([^/?]*)@/.exec(uri)?.[1];
  const parts = credentials ? [uri, credentials, ...credentials.split(':').slice(1)] : [uri];
  return parts.reduce((clean, part) => (part ? clean.replaceAll(part, '***') : clean), text);
}

function databaseName(uri: string): string {
  return /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(uri)?.[1] ?? 'callsheet';
}
