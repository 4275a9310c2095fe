// Storing a picture or film: its bytes, what is seen in them, its thumbnail, and last its record. A record exists only once all
// else is whole in the store.
import type { Content } from './content.ts';
import { type ContentRecord, type StoredContent, shown, thumbnailKey } from './contents.ts';
import { discardContents, forgetStored, noteStoring } from './leftovers.ts';
import { type Look, lookAt, mostBytes } from './pictures.ts';
import type { StoredBlob } from './stores/store.ts';

export interface NewContent
  extends Omit<ContentRecord, 'size' | 'sha256' | 'width' | 'height' | 'thumbnail' | 'store' | 'created_at'> {
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
 * throws and none of it is left; what a crash leaves, `sweepContents` finds. With `demandPicture` it throws
 * UnreadablePicture where there is no thumbnail.
 */
export async function storeContent(
  content: Content,
  { body, signal, ...about }: NewContent,
  { demandPicture = false } = {},
): Promise<ContentRecord> {
  const { content_id, content_type } = about;
  await noteStoring(content, content_id);
  try {
    const blob = await content.blobs.put(content_id, body, { content_type, ...(signal && { signal }) });
    const look = await lookAtStored(content, { ...about, ...blob });
    if (demandPicture && !look?.thumbnail) throw new UnreadablePicture();
    const thumbnail = await storeThumbnail(content, content_id, look);
    signal?.throwIfAborted();
    const record = await writeRecord(content, about, { ...blob, ...sizeOf(look), thumbnail });
    if (await forgetStored(content, content_id)) return record;
    throw new Error(`The content ${content_id} was discarded while it was stored.`);
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

const sizeOf = (look: Look | null) => ({ width: look?.width ?? null, height: look?.height ?? null });

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

async function writeRecord(
  { contents, blobs }: Content,
  { content_id, ...fields }: Omit<NewContent, 'body' | 'signal'>,
  found: StoredBlob & Pick<StoredContent, 'width' | 'height' | 'thumbnail'>,
): Promise<ContentRecord> {
  // An insert could not leave the time to the database.
  const stored = await contents.findOneAndUpdate(
    { _id: content_id },
    { $setOnInsert: { ...fields, ...found, store: blobs.kind }, $currentDate: { created_at: true } },
    { upsert: true, returnDocument: 'after' },
  );
  if (!stored) throw new Error(`The record of ${content_id} could not be read back.`);
  return shown(stored);
}
