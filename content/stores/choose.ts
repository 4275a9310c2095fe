// What the setting CONTENT_STORE means, for every process that reads it: `gridfs`, `file:<folder>`, `s3://bucket/prefix`.
import type { Db } from 'mongodb';
import { fileStore } from './file.ts';
import { gridfsStore } from './gridfs.ts';
import { type BlobStore, UnusableStore } from './store.ts';

export interface StoreOptions {
  /** Address of an S3 service other than Amazon's. */
  endpoint?: string | undefined;
}

type Place =
  | { kind: 'gridfs' }
  | { kind: 'file'; directory: string }
  | { kind: 's3'; bucket: string; prefix: string };

/** What is wrong with a setting, as the end of a sentence about it; null when nothing is. */
export function storeProblem(text: string): string | null {
  const place = readPlace(text);
  return typeof place === 'string' ? place : null;
}

/** Opens the store that a setting names. Throws UnusableStore when it is wrong, cannot be reached or not be written. */
export async function openStore(db: Db, text: string, { endpoint }: StoreOptions = {}): Promise<BlobStore> {
  const place = readPlace(text);
  if (typeof place === 'string') throw new UnusableStore(`CONTENT_STORE: ${place}.`);
  if (place.kind === 'gridfs') return gridfsStore(db);
  if (place.kind === 'file') return fileStore(place.directory);
  // Loaded when it is asked for: the client takes 20 MB.
  const { s3Store } = await import('./s3.ts');
  return s3Store({ ...place, endpoint });
}

function readPlace(text: string): Place | string {
  if (text === 'gridfs') return { kind: 'gridfs' };
  if (text.startsWith('file:')) return readFolder(text.slice('file:'.length));
  if (text.startsWith('s3://')) return readBucket(text.slice('s3://'.length));
  return 'must be gridfs, file:<folder> or s3://<bucket>/<prefix>';
}

function readFolder(text: string): Place | string {
  // file:///media is what a URL of /media looks like; file://media would have a host.
  const directory = text.startsWith('///') ? text.slice(2) : text;
  if (directory.startsWith('//')) return 'must name a folder of this machine, as file:/media or file:media';
  if (directory === '') return 'must name a folder, as file:/var/lib/callsheet/media';
  if (directory.startsWith('~')) return 'must not begin with ~, which only a shell understands';
  if (directory.includes('\0')) return 'must not have a NUL in its folder';
  return { kind: 'file', directory };
}

function readBucket(text: string): Place | string {
  const [bucket = '', ...folders] = text.replace(/\/+$/, '').split('/');
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    return 'must name a bucket, as s3://media/callsheet';
  if (folders.some(folder => !/^[A-Za-z0-9_!*'().=-]+$/.test(folder) || /^\.+$/.test(folder)))
    return 'must have a prefix of folders with letters, digits and "_-.=!*\'()" only';
  return { kind: 's3', bucket, prefix: folders.map(folder => `${folder}/`).join('') };
}
