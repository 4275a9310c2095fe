// The stores that the contract tests run over, each with a way to look behind it.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll } from 'vitest';
import { type BlobStore, gridfsStore, openStore } from '../../content/index.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { startS3 } from '../helpers/s3.ts';

export interface StoreUnderTest {
  store: BlobStore;
  /** One entry for all that the store holds on to: blobs, chunks, files, parts. */
  remains(): Promise<string[]>;
  /** As if a process had died in the middle of a put. */
  plantHalf(key: string, bytes: Buffer): Promise<void>;
}

export const openers: Record<string, () => Promise<StoreUnderTest>> = {
  gridfs: openGridfs,
  file: openFile,
  s3: openS3,
};

async function openGridfs(): Promise<StoreUnderTest> {
  const db = await testDatabase();
  const store = gridfsStore(db);
  return {
    store,
    async remains() {
      const files = await db.collection('media.files').find().toArray();
      const chunks = await db
        .collection('media.chunks')
        .find({}, { projection: { data: 0 } })
        .toArray();
      return [
        ...files.map(({ _id }) => `file ${String(_id)}`),
        ...chunks.map(({ files_id, n }) => `chunk ${files_id} ${n}`),
      ];
    },
    async plantHalf(key, bytes) {
      await store.put(key, inPieces(bytes), { content_type: 'video/mp4' });
      await db.collection('media.files').deleteOne({ filename: key });
    },
  };
}

async function openFile(): Promise<StoreUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'callsheet-store-'));
  afterAll(() => rm(directory, { recursive: true }));
  const store = await openStore(await testDatabase(), `file:${directory}`);
  return {
    store,
    async remains() {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true });
      return entries.filter(entry => entry.isFile()).map(({ name }) => name);
    },
    async plantHalf(key, bytes) {
      // Its place is found out by a whole one.
      await store.put(key, inPieces(bytes), { content_type: 'video/mp4' });
      const entries = await readdir(directory, { recursive: true, withFileTypes: true });
      const { parentPath } = entries.find(({ name }) => name === key)!;
      await store.delete(key);
      await writeFile(join(parentPath, `.${key}.part`), bytes);
    },
  };
}

async function openS3(): Promise<StoreUnderTest> {
  const { endpoint, bucket: Bucket, client } = await startS3();
  const store = await openStore(await testDatabase(), `s3://${Bucket}/some/where`, { endpoint });
  return {
    store,
    async remains() {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      return [...Contents.map(({ Key }) => `object ${Key}`), ...Uploads.map(({ Key }) => `upload ${Key}`)];
    },
    async plantHalf(key, bytes) {
      const Key = `some/where/${key}`;
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: bytes }));
    },
  };
}

export async function* inPieces(body: Buffer, size = 100_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}
