// What a blob store can do: five methods, so that a file system or a bucket can take the place of GridFS.
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
  content_type: string;
}

export interface BlobStore {
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
  /** Where a browser can fetch the blob without us, or null when only `get` gives it. */
  url(key: string): Promise<string | null>;
}
