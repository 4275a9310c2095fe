// The records of stored pictures and films. A record exists only once its bytes are whole in the blob store.
import type { Readable } from 'node:stream';
import type { Content } from './content.ts';
import { type Look, lookAt, mostBytes } from './pictures.ts';
import type { ByteRange } from './stores/store.ts';

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
  created_at: Date;
}

/** Records from before there were thumbnails have no word of them. */
export type StoredContent = Omit<ContentRecord, 'content_id' | 'thumbnail'> &
  Partial<Pick<ContentRecord, 'thumbnail'>> & { _id: string };

export interface NewContent
  extends Omit<ContentRecord, 'size' | 'sha256' | 'width' | 'height' | 'thumbnail' | 'created_at'> {
  body: AsyncIterable<Uint8Array>;
  signal?: AbortSignal;
}

/** The bytes are no picture that can be decoded, though one was demanded. */
export class UnreadablePicture extends Error {
  override name = 'UnreadablePicture';
  constructor() {
    super('The picture is broken, or has too many pixels.');
  }
}

/**
 * Stores bytes, a thumbnail if they are a picture, and then their record. When anything fails, or the signal is aborted, it
 * throws and none of it is left. With `demandPicture` it throws UnreadablePicture where there is no thumbnail.
 */
export async function storeContent(
  content: Content,
  { body, signal, ...about }: NewContent,
  { demandPicture = false } = {},
): Promise<ContentRecord> {
  const { content_id, ...fields } = about;
  const options = { content_type: about.content_type, ...(signal && { signal }) };
  const blob = await content.blobs.put(content_id, body, options);
  try {
    const look = await lookAtStored(content, { ...about, ...blob });
    if (demandPicture && !look?.thumbnail) throw new UnreadablePicture();
    const measures = { width: look?.width ?? null, height: look?.height ?? null };
    const thumbnail = await storeThumbnail(content, content_id, look);
    signal?.throwIfAborted();
    // An insert could not leave the time to the database.
    const stored = await content.contents.findOneAndUpdate(
      { _id: content_id },
      { $setOnInsert: { ...fields, ...blob, ...measures, thumbnail }, $currentDate: { created_at: true } },
      { upsert: true, returnDocument: 'after' },
    );
    if (!stored) throw new Error(`The record of ${content_id} could not be read back.`);
    return shown(stored);
  } catch (error) {
    await discardContents(content, [content_id]);
    throw error;
  }
}

/** Null for what is no picture, or cannot be read as one. */
async function lookAtStored(
  { blobs }: Content,
  { content_id, content_type, size }: Pick<ContentRecord, 'content_id' | 'content_type' | 'size'>,
): Promise<Look | null> {
  if (!content_type.startsWith('image/') || size > mostBytes) return null;
  return lookAt(async () => Buffer.concat((await (await blobs.get(content_id))?.toArray()) ?? []));
}

const thumbnailKey = (content_id: string): string => `${content_id}.thumbnail`;

async function storeThumbnail(
  { blobs }: Content,
  content_id: string,
  look: Look | null,
): Promise<ContentRecord['thumbnail']> {
  if (!look?.thumbnail) return null;
  const { bytes, width, height } = look.thumbnail;
  await blobs.put(thumbnailKey(content_id), onePiece(bytes), { content_type: 'image/webp' });
  return { size: bytes.length, width, height };
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

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

/** The bytes of a content id, whole or a range; null when there are none. */
export function readContent(
  content: Content,
  content_id: string,
  range?: ByteRange,
): Promise<Readable | null> {
  return content.blobs.get(content_id, range);
}

/** The bytes of the thumbnail of a content id, or null when there are none. */
export function readThumbnail(
  content: Content,
  content_id: string,
  range?: ByteRange,
): Promise<Readable | null> {
  return content.blobs.get(thumbnailKey(content_id), range);
}

/** The contents of a workflow run by the time of their ids, newest first; `before` is the last id of the page before. */
export async function listContents(
  content: Content,
  { workflow_run_id, limit, before }: { workflow_run_id: string; limit: number; before?: string },
): Promise<ContentRecord[]> {
  const found = content.contents
    .find({ workflow_run_id, ...(before !== undefined && { _id: { $lt: before } }) })
    .sort({ _id: -1 })
    .limit(limit);
  return (await found.toArray()).map(shown);
}

/** Removes records and bytes, also bytes that never got a record. May be repeated. */
export async function discardContents(content: Content, content_ids: readonly string[]): Promise<void> {
  if (content_ids.length === 0) return;
  await content.contents.deleteMany({ _id: { $in: [...content_ids] } });
  for (const content_id of content_ids) {
    await content.blobs.delete(thumbnailKey(content_id));
    await content.blobs.delete(content_id);
  }
}

function shown({ _id, thumbnail = null, ...rest }: StoredContent): ContentRecord {
  return { content_id: _id, ...rest, thumbnail };
}
