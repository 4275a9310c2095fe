// What is particular to the blob store in GridFS: its documents, and a database that refuses to write them.
import { randomBytes } from 'node:crypto';
import type { Db } from 'mongodb';
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
