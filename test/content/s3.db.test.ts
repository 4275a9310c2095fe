// A bucket whose service breaks connections: what could not be stored is not there, and what was broken once is tried again.
import { randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type BlobStore, openStore } from '../../content/index.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { startS3, type TestS3 } from '../helpers/s3.ts';
import { inPieces } from './stores.ts';

let s3: TestS3;
let store: BlobStore;
beforeAll(async () => {
  s3 = await startS3();
  store = await openStore(await testDatabase(), `s3://${s3.bucket}/pre`, { endpoint: s3.endpoint });
});
beforeEach(() => {
  s3.cut = () => false;
});

const bytes = randomBytes(20_000_000);
const content_type = 'video/mp4';

async function remains(): Promise<unknown[]> {
  const { Contents = [] } = await s3.client.send(new ListObjectsV2Command({ Bucket: s3.bucket }));
  const { Uploads = [] } = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: s3.bucket }));
  return [...Contents.map(({ Key }) => Key), ...Uploads.map(({ Key }) => Key)];
}

const isPart = (path: string, number: number) => path.includes(`partNumber=${number}&`);

test('objects lie below the prefix, under their keys and with their type', async () => {
  await store.put('gc_typed', inPieces(bytes), { content_type });
  expect(await remains()).toEqual(['pre/gc_typed']);
  const answer = await fetch(`${s3.endpoint}/${s3.bucket}/pre/gc_typed`, { method: 'HEAD' });
  expect(answer.headers.get('content-type')).toBe(content_type);
  await store.delete('gc_typed');
});

test('a part whose connection breaks once is sent again', async () => {
  let cuts = 0;
  s3.cut = ({ path }) => isPart(path, 2) && cuts++ === 0;
  const { size } = await store.put('gc_again', inPieces(bytes), { content_type });
  expect([size, cuts]).toEqual([bytes.length, 2]);
  expect(await remains()).toEqual(['pre/gc_again']);
  await store.delete('gc_again');
});

test.each([
  ['a part', (path: string) => isPart(path, 2)],
  ['the last word', (path: string) => path.includes('uploadId=') && !path.includes('partNumber=')],
])('when %s never arrives, put fails and leaves nothing', async (_name, isCut) => {
  s3.cut = ({ method, path }) => method !== 'DELETE' && isCut(path);
  await expect(store.put('gc_never', inPieces(bytes), { content_type })).rejects.toThrow();
  s3.cut = () => false;
  expect(await remains()).toEqual([]);
});

test('what could not be cleaned up when the service was gone is deleted by its key later', async () => {
  let gone = false;
  s3.cut = ({ path }) => {
    gone ||= isPart(path, 2);
    return gone;
  };
  await expect(store.put('gc_gone', inPieces(bytes), { content_type })).rejects.toThrow();
  s3.cut = () => false;
  expect(await remains()).toEqual(['pre/gc_gone']);
  expect(await store.delete('gc_gone')).toBe(false);
  expect(await remains()).toEqual([]);
});

test('the parts of another key that begins alike are left alone', async () => {
  const object = { Bucket: s3.bucket, Key: 'pre/gc_alike.thumbnail' };
  const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand(object));
  await store.delete('gc_alike');
  expect(await remains()).toEqual([object.Key]);
  await s3.client.send(new AbortMultipartUploadCommand({ ...object, UploadId }));
});

test('a read that the service breaks off is an error, not a shorter blob', async () => {
  await store.put('gc_broken', inPieces(bytes), { content_type });
  s3.truncates = true;
  const stream = await store.get('gc_broken');
  await expect(stream!.toArray()).rejects.toThrow();
  s3.truncates = false;
  s3.cut = ({ method }) => method === 'GET';
  await expect(store.get('gc_broken')).rejects.toThrow();
  await store.delete('gc_broken');
});
