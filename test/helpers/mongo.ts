// A fresh database per test file, in the one mongod of the run.
import { randomBytes } from 'node:crypto';
import { type Db, MongoClient } from 'mongodb';
import { afterAll, inject } from 'vitest';

/** The address of the run's mongod, without a database. */
export function testUri(): string {
  return inject('mongoUri');
}

// Registered while the file is collected: inside a running test it would be too late.
const opened: Db[] = [];
afterAll(async () => {
  for (const db of opened) await db.dropDatabase();
  await Promise.all(opened.map(db => db.client.close()));
});

/** Resolves a new, empty database with a random name; it is dropped and its client closed after the file. */
export async function testDatabase(): Promise<Db> {
  const client = await MongoClient.connect(testUri());
  const db = client.db(`test_${randomBytes(6).toString('hex')}`);
  opened.push(db);
  return db;
}
