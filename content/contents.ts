// The records of stored pictures and films. A record exists only once its bytes are whole in the blob store.
import type { Readable } from 'node:stream';
import type { Content } from './content.ts';
import type { ByteRange } from './stores/store.ts';

export interface ContentRecord {
  content_id: string;
  /** The generation that made it. */
  metadata_id: string;
  workflow_run_id: string;
  /** Its place among the results of the generation, from 0. */
  index: number;
  /** Where the provider had it; null when it was made here. */
  provider_url: string | null;
  content_type: string;
  /** Without dot. */
  extension: string;
  /** Bytes. */
  size: number;
  /** Hexadecimal. */
  sha256: string;
  /** Pixels; null where they are not known (films of outside services). */
  width: number | null;
  height: number | null;
  created_at: Date;
}

export type StoredContent = Omit<ContentRecord, 'content_id'> & { _id: string };

export interface NewContent
  extends Omit<ContentRecord, 'size' | 'sha256' | 'width' | 'height' | 'created_at'> {
  body: AsyncIterable<Uint8Array>;
  /** Asked when the bytes are stored. */
  measure: () => Promise<{ width: number; height: number } | null>;
  signal?: AbortSignal;
}

/**
 * Stores bytes and then their record. When anything fails, or the signal is aborted, it throws and neither is left.
 */
export async function storeContent(
  content: Content,
  { body, measure, signal, ...about }: NewContent,
): Promise<ContentRecord> {
  const { content_id, ...fields } = about;
  const options = { content_type: about.content_type, ...(signal && { signal }) };
  const blob = await content.blobs.put(content_id, body, options);
  try {
    const measures = (await measure()) ?? { width: null, height: null };
    signal?.throwIfAborted();
    // An insert could not leave the time to the database.
    const stored = await content.contents.findOneAndUpdate(
      { _id: content_id },
      { $setOnInsert: { ...fields, ...blob, ...measures }, $currentDate: { created_at: true } },
      { upsert: true, returnDocument: 'after' },
    );
    if (!stored) throw new Error(`The record of ${content_id} could not be read back.`);
    return shown(stored);
  } catch (error) {
    await discardContents(content, [content_id]);
    throw error;
  }
}

/** The record of a content id, or null. */
export async function getContent(content: Content, content_id: string): Promise<ContentRecord | null> {
  const found = await content.contents.findOne({ _id: content_id });
  return found && shown(found);
}

/** The bytes of a content id, whole or a range; null when there are none. */
export function readContent(
  content: Content,
  content_id: string,
  range?: ByteRange,
): Promise<Readable | null> {
  return content.blobs.get(content_id, range);
}

/** Removes records and bytes, also bytes that never got a record. May be repeated. */
export async function discardContents(content: Content, content_ids: readonly string[]): Promise<void> {
  if (content_ids.length === 0) return;
  await content.contents.deleteMany({ _id: { $in: [...content_ids] } });
  for (const content_id of content_ids) await content.blobs.delete(content_id);
}

function shown({ _id, ...rest }: StoredContent): ContentRecord {
  return { content_id: _id, ...rest };
}
