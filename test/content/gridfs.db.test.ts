// What is particular to the blob store in GridFS: its documents, and a database that refuses to write them.
import { randomBytes } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Binary, type Db, GridFSBucket } from 'mongodb';
import { beforeAll, expect, test } from 'vitest';
import { type BlobStore, gridfsStore } from '../../content/index.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { inPieces } from './stores.ts';

let db: Db;
let store: BlobStore;
beforeAll(async () => {
  db = await testDatabase();
  store = gridfsStore(db);
});

const bytes = randomBytes(2_500_000);

const counts = async () => [
  await db.collection('media.files').countDocuments(),
  await db.collection('media.chunks').countDocuments(),
];

test('a blob is a file of three chunks, and both are gone with it', async () => {
  await store.put('whole', inPieces(bytes), { content_type: 'video/mp4' });
  expect(await counts()).toEqual([1, 3]);
  await store.delete('whole');
  expect(await counts()).toEqual([0, 0]);
});

test.each([
  ['the first chunk is missing', { n: 0 }, null],
  ['one in the middle is missing', { n: 1 }, null],
  ['the last one is missing', { n: 2 }, null],
  ['the last one is too short', { n: 2 }, { $set: { data: new Binary(bytes.subarray(0, 9)) } }],
])('a blob of which %s is an error for its reader, not a shorter blob', async (_name, which, change) => {
  await store.put('damaged', inPieces(bytes), { content_type: 'video/mp4' });
  const chunks = db.collection('media.chunks');
  await (change ? chunks.updateOne(which, change) : chunks.deleteOne(which));
  const stream = await store.get('damaged');
  await expect(stream!.toArray()).rejects.toThrow('missing or too short');
  await store.delete('damaged');
});

test('blobs are GridFS as every driver reads and writes it', async () => {
  const bucket = new GridFSBucket(db, { bucketName: 'media' });
  await store.put('ours', inPieces(bytes), { content_type: 'video/mp4' });
  const read = Buffer.concat(await bucket.openDownloadStreamByName('ours').toArray());
  expect(read.equals(bytes)).toBe(true);
  // Media from before were written by the driver, under the same ids.
  const [{ _id } = { _id: null }] = await db.collection('media.files').find({ filename: 'ours' }).toArray();
  await store.delete('ours');
  const upload = bucket.openUploadStreamWithId(_id!, 'ours', { chunkSizeBytes: 255 * 1024 });
  await pipeline(inPieces(bytes), upload);
  const stream = await store.get('ours', { start: 300_000, end: 1_000_000 });
  expect(Buffer.concat(await stream!.toArray()).equals(bytes.subarray(300_000, 1_000_000))).toBe(true);
  await store.delete('ours');
});

test.each([
  ['a chunk', 'media.chunks', { n: { $lt: 1 } }],
  ['the last chunk', 'media.chunks', { n: { $lt: 2 } }],
  ['the file document', 'media.files', { length: { $lt: 0 } }],
])('when the store cannot write %s, put fails and leaves nothing', async (_name, collection, validator) => {
  const before = await counts();
  await db.command({ collMod: collection, validator });
  const put = store.put('refused', inPieces(bytes), { content_type: 'image/png' });
  const error = await put.catch((thrown: unknown) => thrown);
  await db.command({ collMod: collection, validator: {} });
  expect(error).toMatchObject({ message: 'Document failed validation' });
  expect(await counts()).toEqual(before);
});
