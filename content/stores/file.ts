// Blobs as files in a folder. A blob grows under a name that nobody reads and gets its own by one atomic rename, once the disk
// has all of it.
import { createHash } from 'node:crypto';
import { access, constants, type FileHandle, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
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
  UnusableStore,
} from './store.ts';

// Each read and each write waits for a thread: pieces as small as a socket's (64 KiB) would wait much of the time.
const readBytes = 512 * 1024;
const writeBytes = 1024 ** 2;

/** Opens a folder as a blob store and makes it where there is none. Throws UnusableStore. */
export async function fileStore(directory: string): Promise<BlobStore> {
  const root = resolve(directory);
  await prepare(root);
  return {
    kind: 'file',
    put: async (key, body, options) => put(placeOf(root, key), body, options),
    get: async (key, range) => get(placeOf(root, key), range),
    async stat(key) {
      const found = await orNull(stat(placeOf(root, key).file));
      return found && { size: found.size };
    },
    delete: async key => remove(placeOf(root, key)),
  };
}

async function prepare(root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true });
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = isCode(error, 'EACCES', 'EPERM', 'EROFS') ? 'may not be written' : 'cannot be made';
    throw new UnusableStore(`CONTENT_STORE: the folder ${root} ${why} (${codeOf(error)}).`, { cause: error });
  }
}

interface Place {
  key: string;
  file: string;
  /** What is being written, or what a crash left of that: one per key, so that it is found again. */
  part: string;
}

/** Spread over 256 folders by a hash: the ids themselves begin with the time, so neighbours would all share one. */
function placeOf(root: string, key: string): Place {
  checkKey(key);
  const folder = join(root, createHash('sha256').update(key).digest('hex').slice(0, 2));
  return { key, file: join(folder, key), part: join(folder, `.${key}.part`) };
}

async function put(
  place: Place,
  body: AsyncIterable<Uint8Array>,
  { signal }: PutOptions,
): Promise<StoredBlob> {
  signal?.throwIfAborted();
  const made = await mkdir(dirname(place.file), { recursive: true });
  if (made !== undefined) await sync(dirname(made));
  const part = await claim(place);
  try {
    // Only now: whoever else wrote this key has either put it in place, or still holds the part.
    if (await orNull(stat(place.file))) throw new KeyTaken(place.key);
    const passing = measured(signal ? untilAborted(body, signal) : body);
    for await (const chunk of inChunks(passing.body, writeBytes)) await part.writeFile(chunk);
    await part.sync();
    await part.close();
    await rename(place.part, place.file);
    await sync(dirname(place.file));
    return passing.blob();
  } catch (error) {
    await part.close().catch(() => {});
    await orNull(unlink(place.part));
    throw error;
  }
}

async function claim({ key, part }: Place): Promise<FileHandle> {
  try {
    return await open(part, 'wx');
  } catch (error) {
    throw isCode(error, 'EEXIST') ? new KeyTaken(key) : error;
  }
}

/** Makes the names in a folder survive a loss of power. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function get({ file }: Place, range: ByteRange = {}): Promise<Readable | null> {
  const handle = await orNull(open(file, 'r'));
  if (!handle) return null;
  const { size } = await handle.stat();
  const start = Math.min(range.start ?? 0, size);
  const end = Math.min(range.end ?? size, size);
  if (start < end) return handle.createReadStream({ start, end: end - 1, highWaterMark: readBytes });
  await handle.close();
  return Readable.from([]);
}

async function remove({ file, part }: Place): Promise<boolean> {
  const removals = [file, part].map(path => orNull(unlink(path).then(() => true)));
  const [whole] = await Promise.all(removals);
  return whole === true;
}

/** Null where there is no such file. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

const isCode = (error: unknown, ...codes: string[]): boolean => codes.includes(codeOf(error));
