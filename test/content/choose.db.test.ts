// What CONTENT_STORE may say, and what is told when it names nothing that can be used.
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Db } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, UnusableStore } from '../../content/index.ts';
import { storeProblem } from '../../content/stores/choose.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { startS3, type TestS3 } from '../helpers/s3.ts';

let db: Db;
let folder: string;
let s3: TestS3;
beforeAll(async () => {
  db = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'callsheet-choose-'));
  s3 = await startS3();
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  'gridfs',
  'file:media',
  'file:./media',
  'file:/var/lib/media',
  'file:///var/lib/media',
  's3://media',
  's3://media/',
  's3://my.media-1/callsheet/live/',
])('%s is a store', text => {
  expect(storeProblem(text)).toBeNull();
});

test.each([
  ['', 'must be gridfs'],
  ['GridFS', 'must be gridfs'],
  ['/var/lib/media', 'must be gridfs'],
  ['file:', 'must name a folder'],
  ['file://media', 'of this machine'],
  ['file://host/media', 'of this machine'],
  ['file:~/media', 'only a shell'],
  ['file:a\0b', 'NUL'],
  ['s3:media', 'must be gridfs'],
  ['s3://', 'must name a bucket'],
  ['s3:///media', 'must name a bucket'],
  ['s3://Media', 'must name a bucket'],
  ['s3://m', 'must name a bucket'],
  ['s3://user:secret@media', 'must name a bucket'],
  ['s3://media/../other', 'prefix of folders'],
  ['s3://media/a//b', 'prefix of folders'],
  ['s3://media/a b', 'prefix of folders'],
])('%j is none: %s', async (text, message) => {
  expect(storeProblem(text)).toContain(message);
  await expect(openStore(db, text)).rejects.toThrow(UnusableStore);
});

test('a folder that is not there is made, with all above it', async () => {
  const directory = join(folder, 'some', 'where');
  expect((await openStore(db, `file:${directory}`)).kind).toBe('file');
  expect((await stat(directory)).isDirectory()).toBe(true);
});

test('a folder that cannot be made is told', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  await expect(openStore(db, `file:${file}/media`)).rejects.toThrow(
    `CONTENT_STORE: the folder ${file}/media cannot be made (ENOTDIR).`,
  );
});

test.skipIf(process.getuid?.() === 0)('a folder that may not be written is told', async () => {
  const directory = join(folder, 'closed');
  await openStore(db, `file:${directory}`);
  await chmod(directory, 0o500);
  await expect(openStore(db, `file:${directory}`)).rejects.toThrow('may not be written (EACCES)');
});

test('a bucket that does not exist, and a service that does not answer, are told', async () => {
  const { endpoint } = s3;
  await expect(openStore(db, 's3://nobody-has-this', { endpoint })).rejects.toThrow(
    'CONTENT_STORE: the bucket "nobody-has-this" does not exist.',
  );
  await expect(openStore(db, 's3://media', { endpoint: 'http://127.0.0.1:9' })).rejects.toThrow(
    /CONTENT_STORE: the bucket "media" cannot be reached \(.*ECONNREFUSED/,
  );
});

test('without keys for the bucket the message says so, and no key is in any message', async () => {
  const before = { ...process.env };
  delete process.env.AWS_ACCESS_KEY_ID;
  process.env.AWS_EC2_METADATA_DISABLED = 'true';
  const failure = openStore(db, `s3://${s3.bucket}`, { endpoint: s3.endpoint });
  await expect(failure).rejects.toThrow(/cannot be reached \(Could not load credentials/);
  Object.assign(process.env, before);
});

test('Amazon needs a region, others do not', async () => {
  await expect(openStore(db, 's3://media')).rejects.toThrow('set AWS_REGION');
  expect((await openStore(db, `s3://${s3.bucket}`, { endpoint: s3.endpoint })).kind).toBe('s3');
});
