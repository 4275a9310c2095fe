// The note about a running mongod: believed only while that mongod, and the start that owns it, are there.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { embeddedSettings } from '../../embedded/config.ts';
import { findMongoUri } from '../../embedded/embedded.ts';
import { findRecordedUri, readRecord, removeRecord, writeRecord } from '../../embedded/record.ts';
import { findDatabase } from '../../server/database.ts';
import { findUri } from '../../worker/database.ts';
import { testUri } from '../helpers/mongo.ts';

let directory: string;
let pid: number;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callsheet-record-'));
  await mkdir(join(directory, '.callsheet'));
  const client = await MongoClient.connect(testUri());
  pid = Number((await client.db('admin').command({ serverStatus: 1 })).pid);
  await client.close();
});
afterAll(() => rm(directory, { recursive: true }));

// Larger than any pid of Linux: nobody has it.
const NOBODY = 2 ** 30;

const record = (changes: object) =>
  writeRecord(directory, { uri: testUri(), port: 1, dbPath: '/x', pid, owner_pid: process.pid, ...changes });

/** Each room reads the note by itself: none may import another. */
const readers: [string, () => Promise<string | null>][] = [
  ['npm start', () => findRecordedUri(directory)],
  ['a worker', () => findUri(undefined, directory).catch(nullIfNone)],
  ['a server', () => findDatabase(directory).catch(nullIfNone)],
];

function nullIfNone(error: unknown): null {
  if (error instanceof Error && error.name === 'NoDatabase') return null;
  throw error;
}

test.each(readers)('%s finds a recorded mongod that runs and answers', async (_, find) => {
  await record({});
  expect(await find()).toBe(testUri());
});

test.each(readers)('%s ignores the record of a mongod that is gone', async (_, find) => {
  await record({ pid: NOBODY });
  expect(await find()).toBeNull();
});

test.each(readers)(
  '%s ignores a record whose owner is gone: that mongod is about to end',
  async (_, find) => {
    await record({ owner_pid: NOBODY });
    expect(await find()).toBeNull();
  },
);

test.each(readers)(
  '%s ignores a record whose pid now is another program, though a mongod answers there',
  async (_, find) => {
    await record({ pid: process.pid });
    expect(await find()).toBeNull();
  },
);

test.each(readers)('%s ignores a record whose pids are used again, where nobody answers', async (_, find) => {
  await record({ uri: 'mongodb://127.0.0.1:9/', pid: process.pid });
  expect(await find()).toBeNull();
});

test('no record, and one that is damaged, are the same', async () => {
  expect(await findRecordedUri(join(directory, 'elsewhere'))).toBeNull();
  await writeFile(join(directory, '.callsheet', 'mongod.json'), '{"uri": "mongo');
  expect(await findRecordedUri(directory)).toBeNull();
});

test('a record is removed by its own mongod alone, and nothing else is left', async () => {
  await record({});
  await removeRecord(directory, NOBODY);
  expect(await readRecord(directory)).not.toBeNull();
  await removeRecord(directory, pid);
  expect(await readdir(join(directory, '.callsheet'))).toEqual([]);
});

test('MONGODB_URI comes before the record', async () => {
  await record({});
  const settings = embeddedSettings.parse({ MONGODB_URI: 'mongodb://elsewhere/' });
  expect(await findMongoUri({ directory, settings })).toBe('mongodb://elsewhere/');
  expect(await findMongoUri({ directory, settings: embeddedSettings.parse({}) })).toBe(testUri());
});
