// The default blob store: GridFS, in the same database as everything else. Nothing has to be configured for it.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Db, GridFSBucket, type GridFSBucketWriteStream, type GridFSFile, ObjectId } from 'mongodb';
import { durable } from '../durable.ts';
import { untilAborted } from './abort.ts';
import {
  type BlobStore,
  type ByteRange,
  checkKey,
  KeyTaken,
  type PutOptions,
  type StoredBlob,
} from './store.ts';

// One durable write per chunk: at the driver's 255 KiB a film would wait four times as often.
const chunkSizeBytes = 1024 ** 2;

/** Opens the blobs of `db`, in the collections `media.files` and `media.chunks`. */
export function gridfsStore(db: Db): BlobStore {
  const bucket = new GridFSBucket(db, { bucketName: 'media', chunkSizeBytes, writeConcern: durable });
  return {
    kind: 'gridfs',
    put: (key, body, options) => put(bucket, key, body, options),
    get: (key, range) => get(bucket, key, range),
    async stat(key) {
      const file = await findFile(bucket, key);
      return file && { size: file.length };
    },
    delete: key => remove(bucket, key),
  };
}

/** GridFS wants ObjectIds: made from the key, so that also chunks without a file document can be found by it. */
function idOf(key: string): ObjectId {
  checkKey(key);
  return new ObjectId(createHash('sha256').update(key).digest().subarray(0, 12));
}

/** Async, so that a wrong key is told as every other failure. */
async function findFile(bucket: GridFSBucket, key: string): Promise<GridFSFile | null> {
  return bucket.find({ _id: idOf(key) }).next();
}

async function put(
  bucket: GridFSBucket,
  key: string,
  body: AsyncIterable<Uint8Array>,
  { content_type, signal }: PutOptions,
): Promise<StoredBlob> {
  // A put that fails removes its key: it must not be somebody else's.
  if (await findFile(bucket, key)) throw new KeyTaken(key);
  const upload = bucket.openUploadStreamWithId(idOf(key), key, { metadata: { content_type } });
  // Failed writes are told to their callers; told to nobody as well they would end the process.
  upload.on('error', () => {});
  try {
    const stored = await pour(signal ? untilAborted(body, signal) : body, upload);
    await finish(upload);
    return stored;
  } catch (error) {
    upload.destroy();
    // What this cannot remove is found by its key later; the first error is the one that counts.
    await remove(bucket, key).catch(() => {});
    throw error;
  }
}

/** Writes piece by piece, each awaited: when this throws, no write is under way that could come after the clean-up. */
async function pour(body: AsyncIterable<Uint8Array>, upload: GridFSBucketWriteStream): Promise<StoredBlob> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += chunkSizeBytes) {
      const piece = chunk.subarray(at, at + chunkSizeBytes);
      await write(upload, piece);
      hash.update(piece);
      size += piece.length;
    }
  }
  return { size, sha256: hash.digest('hex') };
}

function write(upload: GridFSBucketWriteStream, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => upload.write(piece, error => (error ? reject(error) : resolve())));
}

function finish(upload: GridFSBucketWriteStream): Promise<void> {
  return new Promise((resolve, reject) => {
    upload.end((error?: Error | null) => (error ? reject(error) : resolve()));
  });
}

async function get(bucket: GridFSBucket, key: string, range: ByteRange = {}): Promise<Readable | null> {
  const file = await findFile(bucket, key);
  if (!file) return null;
  const start = Math.min(range.start ?? 0, file.length);
  const end = Math.min(range.end ?? file.length, file.length);
  if (start >= end) return Readable.from([]);
  return bucket.openDownloadStream(file._id, { start, end });
}

async function remove(bucket: GridFSBucket, key: string): Promise<boolean> {
  const existed = (await findFile(bucket, key)) !== null;
  // The driver deletes the chunks also when it then complains that there is no file document.
  await bucket.delete(idOf(key)).catch((error: unknown) => {
    if (existed || !(error instanceof Error) || !error.message.includes('File not found')) throw error;
  });
  return existed;
}
