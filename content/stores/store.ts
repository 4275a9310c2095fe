// What a blob store can do, so that a file system or a bucket can take the place of GridFS. It gives no addresses: bytes
// reach browsers through our server alone, since its page allows pictures of no other origin.
import type { Readable } from 'node:stream';

export interface PutOptions {
  content_type: string;
  signal?: AbortSignal;
}

/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  start?: number;
  end?: number;
}

export interface StoredBlob {
  size: number;
  /** Hexadecimal. */
  sha256: string;
}

export interface BlobStat {
  size: number;
}

/** What a record remembers of where its bytes are: a folder or a bucket may move, and keep its keys. */
export type StoreKind = 'gridfs' | 'file' | 's3';

/** Keys are `checkKey`'s; any other is refused. */
export interface BlobStore {
  readonly kind: StoreKind;
  /**
   * Stores a stream under a key that was never used before. All or nothing: when the stream breaks, the signal is aborted or
   * the store fails, it throws and nothing is left.
   */
  put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredBlob>;
  /** The bytes, or null when there is no whole blob of this key. */
  get(key: string, range?: ByteRange): Promise<Readable | null>;
  /** Null when there is no whole blob of this key. */
  stat(key: string): Promise<BlobStat | null>;
  /** Removes a blob, also what a crash left of one. True when there was a whole one. */
  delete(key: string): Promise<boolean>;
}

/** A key that could mean something else than itself: a path, an option, another blob. */
class InvalidKey extends Error {
  override name = 'InvalidKey';
  constructor() {
    super('A blob key has 1 to 200 letters, digits, "_", "-" and ".", and begins with a letter or digit.');
  }
}

/** Throws InvalidKey. */
export function checkKey(key: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,199}$/.test(key)) throw new InvalidKey();
}

/** A put under a key that is taken. */
export class KeyTaken extends Error {
  override name = 'KeyTaken';
  constructor(key: string) {
    super(`There is a blob "${key}" already.`);
  }
}

/** The store cannot be used as it is configured; the message says what to change. */
export class UnusableStore extends Error {
  override name = 'UnusableStore';
}
