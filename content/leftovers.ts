// Removing contents, and what a crash left of them. Nobody lists a store for that: an id is noted before its first byte is
// written, and before the first of its traces is removed, and forgotten after the last one.
import type { Filter } from 'mongodb';
import type { Content } from './content.ts';
import { thumbnailKey } from './contents.ts';
import type { StoreKind } from './stores/store.ts';

export interface Unfinished {
  /** The content id. */
  _id: string;
  doing: 'storing' | 'discarding';
  store: StoreKind;
  /** When it was begun, or last tried. */
  since: Date;
}

/** Notes an id that bytes will be stored under. */
export async function noteStoring({ unfinished, blobs }: Content, content_id: string): Promise<void> {
  await unfinished.updateOne(
    { _id: content_id },
    { $set: { doing: 'storing', store: blobs.kind }, $currentDate: { since: true } },
    { upsert: true },
  );
}

/** Ends the note of an id whose record is written. False: somebody has discarded it, or is about to. */
export async function forgetStored({ unfinished }: Content, content_id: string): Promise<boolean> {
  const { deletedCount } = await unfinished.deleteOne({ _id: content_id, doing: 'storing' });
  return deletedCount === 1;
}

/** Removes records, bytes and thumbnails, also bytes that never got a record. May be repeated. */
export async function discardContents(content: Content, content_ids: readonly string[]): Promise<void> {
  if (content_ids.length === 0) return;
  const all = { _id: { $in: [...content_ids] } };
  await noteDiscarding(content, content_ids);
  await content.contents.deleteMany(all);
  for (const store of content.stores.values())
    for (const content_id of content_ids) {
      await store.delete(thumbnailKey(content_id));
      await store.delete(content_id);
    }
  await content.unfinished.deleteMany({ ...all, doing: 'discarding' });
}

async function noteDiscarding({ unfinished, blobs }: Content, content_ids: readonly string[]): Promise<void> {
  const note = {
    $set: { doing: 'discarding' as const },
    $setOnInsert: { store: blobs.kind },
    $currentDate: { since: true as const },
  };
  await unfinished.bulkWrite(
    content_ids.map(_id => ({ updateOne: { filter: { _id }, update: note, upsert: true } })),
  );
}

const batch = 100;
// Longer than any download or upload may take.
const grace = 3_600_000;

/**
 * Removes what crashes left: bytes that nobody goes on to store, and contents that were being discarded. Tells how many. One
 * that cannot be removed is tried again after the grace time; the first such error is thrown once the others are gone.
 */
export async function sweepContents(content: Content, { graceMs = grace } = {}): Promise<number> {
  const failures: unknown[] = [];
  let swept = 0;
  for (let left = batch; left === batch; ) {
    const found = await findLeft(content, graceMs);
    left = found.length;
    for (const one of found) {
      try {
        if (await sweep(content, one)) swept++;
      } catch (error) {
        failures.push(error);
        await content.unfinished.updateOne({ _id: one._id }, { $currentDate: { since: true } });
      }
    }
  }
  if (failures.length > 0) throw failures[0];
  return swept;
}

function findLeft({ unfinished, stores }: Content, graceMs: number): Promise<Unfinished[]> {
  const old: Filter<Unfinished> = {
    // What lies in another store can be removed only by who has it open.
    store: { $in: [...stores.keys()] },
    $expr: { $lt: ['$since', { $subtract: ['$$NOW', graceMs] }] },
  };
  return unfinished.find(old).sort({ since: 1 }).limit(batch).toArray();
}

/** False where only the note was left. */
async function sweep(content: Content, { _id, doing }: Unfinished): Promise<boolean> {
  const isStored = doing === 'storing' && (await content.contents.countDocuments({ _id })) > 0;
  // Whoever wrote the record died before the last step; should he live, he finds no note and takes the record back.
  if (isStored) await content.unfinished.deleteOne({ _id, doing });
  else await discardContents(content, [_id]);
  return !isStored;
}
