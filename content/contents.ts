// The records of stored pictures and films, and reading their bytes. How they come and go is in storing.ts and leftovers.ts.
import type { Readable } from 'node:stream';
import type { Content } from './content.ts';
import { type BlobStore, type ByteRange, type StoreKind, UnusableStore } from './stores/store.ts';

export interface ContentRecord {
  content_id: string;
  /** The generation that made it; null when somebody uploaded it. */
  metadata_id: string | null;
  workflow_run_id: string;
  /** Its place among the results of the generation, from 0. */
  index: number;
  /** Where the provider had it; null when it was made here or uploaded. */
  provider_url: string | null;
  content_type: string;
  /** Without dot. */
  extension: string;
  /** Bytes. */
  size: number;
  /** Hexadecimal. */
  sha256: string;
  /** Pixels; null where they are not known (films, and pictures that cannot be read). */
  width: number | null;
  height: number | null;
  /** The small WebP kept beside it: bytes and pixels. Null for films, and for pictures that cannot be decoded. */
  thumbnail: { size: number; width: number; height: number } | null;
  /** Which kind of store has the bytes. */
  store: StoreKind;
  created_at: Date;
}

/** Records from before there were thumbnails, and other stores than GridFS, have no word of them. */
export type StoredContent = Omit<ContentRecord, 'content_id' | 'thumbnail' | 'store'> &
  Partial<Pick<ContentRecord, 'thumbnail' | 'store'>> & { _id: string };

/** The key of the thumbnail of a content id; the bytes themselves have the id as their key. */
export const thumbnailKey = (content_id: string): string => `${content_id}.thumbnail`;

/** The record of a content id, or null. */
export async function getContent(content: Content, content_id: string): Promise<ContentRecord | null> {
  const found = await content.contents.findOne({ _id: content_id });
  return found && shown(found);
}

/** The records of these content ids that exist, by id. */
export async function getContents(
  content: Content,
  content_ids: readonly string[],
): Promise<Map<string, ContentRecord>> {
  if (content_ids.length === 0) return new Map();
  const found = await content.contents.find({ _id: { $in: [...content_ids] } }).toArray();
  return new Map(found.map(record => [record._id, shown(record)]));
}

type Whereabouts = Pick<ContentRecord, 'content_id' | 'store'>;

/** The bytes of a content, whole or a range; null when they are gone. Throws UnusableStore where its store is not open. */
export async function readContent(
  content: Content,
  record: Whereabouts,
  range?: ByteRange,
): Promise<Readable | null> {
  return storeOf(content, record).get(record.content_id, range);
}

/** The bytes of the thumbnail of a content; otherwise as `readContent`. */
export async function readThumbnail(
  content: Content,
  record: Whereabouts,
  range?: ByteRange,
): Promise<Readable | null> {
  return storeOf(content, record).get(thumbnailKey(record.content_id), range);
}

function storeOf({ stores }: Content, { store }: Whereabouts): BlobStore {
  const found = stores.get(store);
  if (found) return found;
  const address = store === 's3' ? 's3://…' : 'file:…';
  throw new UnusableStore(`These media are in another store: CONTENT_STORE would have to be ${address}.`);
}

/** The contents of a workflow run by the time of their ids, newest first; `before` is the last id of the page before. */
export async function listContents(
  content: Content,
  { workflow_run_id, limit, before }: { workflow_run_id: string; limit: number; before?: string | undefined },
): Promise<ContentRecord[]> {
  const found = content.contents
    .find({ workflow_run_id, ...(before !== undefined && { _id: { $lt: before } }) }, { maxTimeMS: 5_000 })
    .sort({ _id: -1 })
    .limit(limit);
  return (await found.toArray()).map(shown);
}

export function shown({ _id, thumbnail = null, store = 'gridfs', ...rest }: StoredContent): ContentRecord {
  return { content_id: _id, ...rest, thumbnail, store };
}
