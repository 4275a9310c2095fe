// The default blob store: GridFS, in the same database as everything else. Nothing has to be configured for it.
//
// Chunks are written and read here and not by the driver's streams: those read up to 16 MB ahead and leave several copies of
// each chunk behind, which for a film is most of the memory that a process takes.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Binary, type Collection, type Db, GridFSBucket, type GridFSFile, ObjectId } from 'mongodb';
import { durable } from '../durable.ts';
import { untilAborted } from './abort.ts';
import { inChunks } from './chunks.ts';
import { measured } from './measured.ts';
import {
  type BlobStore,
  type ByteRange,
  checkKey,
  KeyTaken,
  type PutOptions,
  type StoredBlob,
} from './store.ts';

// One durable write per chunk: at the usual 255 KiB a film would wait four times as often.
const chunkSize = 1024 ** 2;
// How many chunks are read at once.
const batchSize = 4;

interface Chunk {
  _id: ObjectId;
  files_id: ObjectId;
  n: number;
  data: Binary;
}

interface Files {
  bucket: GridFSBucket;
  files: Collection<GridFSFile>;
  chunks: Collection<Chunk>;
  /** Makes the index that reading needs, once. */
  prepare(): Promise<void>;
}

/** Opens the blobs of `db`, in the collections `media.files` and `media.chunks`. */
export function gridfsStore(db: Db): BlobStore {
  const bucket = openFiles(db);
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

function openFiles(db: Db): Files {
  const chunks = db.collection<Chunk>('media.chunks', { writeConcern: durable });
  let prepared: Promise<unknown> | undefined;
  return {
    bucket: new GridFSBucket(db, { bucketName: 'media', writeConcern: durable }),
    files: db.collection<GridFSFile>('media.files', { writeConcern: durable }),
    chunks,
    async prepare() {
      prepared ??= chunks.createIndex({ files_id: 1, n: 1 }, { unique: true });
      await prepared.catch((error: unknown) => {
        prepared = undefined;
        throw error;
      });
    },
  };
}

/** GridFS wants ObjectIds: made from the key, so that also chunks without a file document can be found by it. */
function idOf(key: string): ObjectId {
  checkKey(key);
  return new ObjectId(createHash('sha256').update(key).digest().subarray(0, 12));
}

/** Async, so that a wrong key is told as every other failure. */
async function findFile({ files }: Files, key: string): Promise<GridFSFile | null> {
  return files.findOne({ _id: idOf(key) });
}

async function put(
  bucket: Files,
  key: string,
  body: AsyncIterable<Uint8Array>,
  { content_type, signal }: PutOptions,
): Promise<StoredBlob> {
  // A put that fails removes its key: it must not be somebody else's.
  if (await findFile(bucket, key)) throw new KeyTaken(key);
  await bucket.prepare();
  try {
    const passing = measured(signal ? untilAborted(body, signal) : body);
    await pour(bucket, idOf(key), passing.body);
    const blob = passing.blob();
    await bucket.files.insertOne({
      _id: idOf(key),
      length: blob.size,
      chunkSize,
      uploadDate: new Date(),
      filename: key,
      metadata: { content_type },
    });
    return blob;
  } catch (error) {
    // What this cannot remove is found by its key later; the first error is the one that counts.
    await remove(bucket, key).catch(() => {});
    throw error;
  }
}

/** Chunk by chunk, each awaited: when this throws, no write is under way that could come after the clean-up. */
async function pour({ chunks }: Files, files_id: ObjectId, body: AsyncIterable<Uint8Array>): Promise<void> {
  let n = 0;
  for await (const chunk of inChunks(body, chunkSize))
    await chunks.insertOne({ _id: new ObjectId(), files_id, n: n++, data: new Binary(chunk) });
}

async function get(bucket: Files, key: string, range: ByteRange = {}): Promise<Readable | null> {
  const file = await findFile(bucket, key);
  if (!file) return null;
  const start = Math.min(range.start ?? 0, file.length);
  const end = Math.min(range.end ?? file.length, file.length);
  return Readable.from(read(bucket, file, { start, end }), { objectMode: false });
}

async function* read(
  { chunks }: Files,
  { _id, chunkSize: size }: GridFSFile,
  { start, end }: Required<ByteRange>,
): AsyncGenerator<Uint8Array, void> {
  if (start >= end) return;
  let n = Math.floor(start / size);
  const last = Math.floor((end - 1) / size);
  const wanted = { files_id: _id, n: { $gte: n, $lte: last } };
  const cursor = chunks.find(wanted, { batchSize, sort: { n: 1 } });
  try {
    for await (const chunk of cursor) {
      const from = n * size;
      const whole = Math.min(size, end - from);
      if (chunk.n !== n || chunk.data.length() < whole) break;
      yield chunk.data.buffer.subarray(Math.max(start - from, 0), whole);
      n++;
    }
    if (n <= last) throw new Error(`Chunk ${n} of a blob is missing or too short.`);
  } finally {
    await cursor.close();
  }
}

async function remove(files: Files, key: string): Promise<boolean> {
  const existed = (await findFile(files, key)) !== null;
  // The driver deletes the chunks also when it then complains that there is no file document.
  await files.bucket.delete(idOf(key)).catch((error: unknown) => {
    if (existed || !(error instanceof Error) || !error.message.includes('File not found')) throw error;
  });
  return existed;
}
