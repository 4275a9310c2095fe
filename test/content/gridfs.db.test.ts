// The blob store in GridFS: what goes in comes out, whole or in part, and what breaks leaves nothing.
import { createHash, randomBytes } from 'node:crypto';
import type { Db } from 'mongodb';
import { beforeAll, expect, test } from 'vitest';
import { type BlobStore, gridfsStore } from '../../content/index.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';

let db: Db;
let store: BlobStore;
beforeAll(async () => {
  db = await testDatabase();
  store = gridfsStore(db);
});

const bytes = randomBytes(2_500_000);
let keys = 0;
const newKey = () => `key ${keys++}`;

async function* inPieces(body: Buffer, size = 100_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

async function stored(body: Buffer = bytes): Promise<string> {
  const key = newKey();
  await store.put(key, inPieces(body), { content_type: 'video/mp4' });
  return key;
}

async function read(key: string, range?: { start?: number; end?: number }): Promise<Buffer | null> {
  const stream = await store.get(key, range);
  return stream && Buffer.concat(await stream.toArray());
}

const counts = async () => [
  await db.collection('media.files').countDocuments(),
  await db.collection('media.chunks').countDocuments(),
];

test('a blob comes back as it went in, with its size and hash', async () => {
  const key = newKey();
  const put = await store.put(key, inPieces(bytes), { content_type: 'video/mp4' });
  expect(put).toEqual({ size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  expect((await read(key))?.equals(bytes)).toBe(true);
  expect(await store.stat(key)).toEqual({ size: bytes.length, content_type: 'video/mp4' });
  expect(await store.url(key)).toBeNull();
});

test.each([
  ['one large piece', 2_500_000],
  ['a piece over the border of a chunk', 1024 ** 2 + 1],
  ['exactly a chunk', 1024 ** 2],
  ['one byte', 1],
  ['nothing', 0],
])('%s is kept', async (_name, size) => {
  const body = bytes.subarray(0, size);
  const key = newKey();
  await store.put(key, inPieces(body, 5_000_000), { content_type: 'image/png' });
  expect((await read(key))?.equals(body)).toBe(true);
});

test.each([
  [0, 10],
  [5, 6],
  [1024 ** 2 - 1, 1024 ** 2 + 1],
  [1024 ** 2, 2 * 1024 ** 2],
  [2_499_999, 2_500_000],
  [2_000_000, undefined],
  [undefined, 7],
  [100, 9_999_999],
  [2_500_000, 2_500_001],
  [7, 7],
])('the range %s to %s is those bytes', async (start, end) => {
  const key = await stored();
  const range = { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
  expect((await read(key, range))?.equals(bytes.subarray(start, end))).toBe(true);
});

test('an unknown key has nothing', async () => {
  expect([await store.get('nobody'), await store.stat('nobody'), await store.delete('nobody')]).toEqual([
    null,
    null,
    false,
  ]);
});

test('a deleted blob leaves neither file nor chunks', async () => {
  const before = await counts();
  const key = await stored();
  expect(await counts()).not.toEqual(before);
  expect(await store.delete(key)).toBe(true);
  expect(await counts()).toEqual(before);
});

test('a source that breaks half-way leaves nothing, and its error is told', async () => {
  const before = await counts();
  async function* breaking() {
    yield* inPieces(bytes.subarray(0, 2_200_000));
    throw new Error('connection reset');
  }
  await expect(store.put(newKey(), breaking(), { content_type: 'image/png' })).rejects.toThrow(
    'connection reset',
  );
  expect(await counts()).toEqual(before);
});

test('an abort half-way leaves nothing, even when the source is silent', async () => {
  const before = await counts();
  const controller = new AbortController();
  async function* stalling() {
    yield bytes.subarray(0, 2_200_000);
    await new Promise(() => {});
  }
  const options = { content_type: 'image/png', signal: controller.signal };
  const put = store.put(newKey(), stalling(), options).catch((error: unknown) => error);
  await waitFor(async () => (await counts())[1]! > before[1]!);
  const reason = new Error('cancelled');
  controller.abort(reason);
  expect(await put).toBe(reason);
  expect(await counts()).toEqual(before);
});

test('nothing is begun for a signal that is already aborted', async () => {
  const before = await counts();
  const options = { content_type: 'image/png', signal: AbortSignal.abort(new Error('gone')) };
  await expect(store.put(newKey(), inPieces(bytes), options)).rejects.toThrow('gone');
  expect(await counts()).toEqual(before);
});

test('chunks that a crash left are found by their key and deleted', async () => {
  const before = await counts();
  const key = await stored();
  // As if the process had died before the file document was written.
  await db.collection('media.files').deleteOne({ filename: key });
  expect(await store.get(key)).toBeNull();
  expect(await store.delete(key)).toBe(false);
  expect(await counts()).toEqual(before);
});

test('a key is used once: a second put fails and keeps the first blob whole', async () => {
  const key = await stored();
  await expect(store.put(key, inPieces(randomBytes(100)), { content_type: 'image/png' })).rejects.toThrow();
  expect((await read(key))?.equals(bytes)).toBe(true);
});

test.each([
  ['a chunk', 'media.chunks', { n: { $lt: 1 } }],
  ['the last chunk', 'media.chunks', { n: { $lt: 2 } }],
  ['the file document', 'media.files', { length: { $lt: 0 } }],
])('when the store cannot write %s, put fails and leaves nothing', async (_name, collection, validator) => {
  const before = await counts();
  await db.command({ collMod: collection, validator });
  const put = store.put(newKey(), inPieces(bytes), { content_type: 'image/png' });
  const error = await put.catch((thrown: unknown) => thrown);
  await db.command({ collMod: collection, validator: {} });
  expect(error).toMatchObject({ message: 'Document failed validation' });
  expect(await counts()).toEqual(before);
});
