// The note about a running mongod: believed only while that mongod, and the start that owns it, are there.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { embeddedSettings } from '../../embedded/config.ts';
import { findMongoUri } from '../../embedded/embedded.ts';
import { findRecordedUri, readRecord, removeRecord, writeRecord } from '../../embedded/record.ts';
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

test('a recorded mongod that runs and answers is found', async () => {
  await record({});
  expect(await findRecordedUri(directory)).toBe(testUri());
});

test('a record of a mongod that is gone is ignored', async () => {
  await record({ pid: NOBODY });
  expect(await findRecordedUri(directory)).toBeNull();
});

test('a record whose owner is gone is ignored: that mongod is about to end', async () => {
  await record({ owner_pid: NOBODY });
  expect(await findRecordedUri(directory)).toBeNull();
});

test('a record whose pid now is another program is ignored, though a mongod answers there', async () => {
  await record({ pid: process.pid });
  expect(await findRecordedUri(directory)).toBeNull();
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
