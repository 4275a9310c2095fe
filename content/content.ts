// The content value that every operation of this room takes first. Opened once per process.
import type { Collection, Db } from 'mongodb';
import type { StoredArtifact } from './artifacts.ts';
import type { StoredContent } from './contents.ts';
import { durable } from './durable.ts';
import type { StoredGeneration } from './generations.ts';
import type { StoredInteraction } from './interactions.ts';
import type { Unfinished } from './leftovers.ts';
import { gridfsStore } from './stores/gridfs.ts';
import type { BlobStore, StoreKind } from './stores/store.ts';

export interface Content {
  db: Db;
  generations: Collection<StoredGeneration>;
  contents: Collection<StoredContent>;
  interactions: Collection<StoredInteraction>;
  artifacts: Collection<StoredArtifact>;
  /** What is being stored or discarded just now, and what a crash left of that. */
  unfinished: Collection<Unfinished>;
  /** Where new bytes go. */
  blobs: BlobStore;
  /** Where bytes may be: GridFS stays readable when new ones go elsewhere. */
  stores: ReadonlyMap<StoreKind, BlobStore>;
}

export interface ContentOptions {
  /** For new bytes; GridFS in the same database by default. */
  store?: BlobStore;
}

/** Opens what tasks have produced, kept in `db`, and creates missing indexes. Safe to call from many processes at once. */
export async function openContent(
  db: Db,
  { store = gridfsStore(db) }: ContentOptions = {},
): Promise<Content> {
  const content = contentAt(db, { store });
  await createIndexes(content);
  return content;
}

/** What tasks have produced, kept in `db`; for a database that `openContent` has prepared before, here or elsewhere. */
export function contentAt(db: Db, { store = gridfsStore(db) }: ContentOptions = {}): Content {
  // fieldsAsRaw without a prototype: the driver looks keys up in it, and would give objects in arrays under a key such
  // as `constructor` back as raw bytes.
  const writes = { writeConcern: durable, fieldsAsRaw: Object.create(null) };
  return {
    db,
    generations: db.collection<StoredGeneration>('generations', writes),
    contents: db.collection<StoredContent>('contents', writes),
    interactions: db.collection<StoredInteraction>('interactions', writes),
    artifacts: db.collection<StoredArtifact>('artifacts', writes),
    unfinished: db.collection<Unfinished>('unfinished_contents', writes),
    blobs: store,
    stores: new Map([['gridfs', gridfsStore(db)] as const, [store.kind, store] as const]),
  };
}

async function createIndexes({ generations, contents, artifacts }: Content): Promise<void> {
  await Promise.all([
    generations.createIndexes([
      // The generations of a workflow run, newest first.
      { name: 'wf', key: { workflow_run_id: 1, created_at: -1, _id: -1 } },
      // Those of all runs that ended in one way, newest first.
      { name: 'status', key: { status: 1, created_at: -1, _id: -1 } },
      // What nobody has ended yet.
      { name: 'open', key: { status: 1, _id: 1 }, partialFilterExpression: { status: 'processing' } },
      // What earlier attempts of a task left.
      { name: 'task', key: { task_id: 1, attempt: 1 }, partialFilterExpression: { task_id: { $gt: '' } } },
      // What a task has made: completed once at most, whoever else believes to be its attempt.
      {
        name: 'made',
        key: { task_id: 1 },
        unique: true,
        partialFilterExpression: { status: 'completed', task_id: { $gt: '' } },
      },
    ]),
    contents.createIndexes([
      // The pictures of a generation, in order.
      { name: 'generation', key: { metadata_id: 1, index: 1 } },
      // All of a workflow run, newest first: the ids sort by time.
      { name: 'wf', key: { workflow_run_id: 1, _id: -1 } },
    ]),
    artifacts.createIndexes([
      // What stands below an artifact, newest first; backwards, the children of many.
      {
        name: 'parent',
        key: { parent_id: 1, created_at: -1, _id: -1 },
        partialFilterExpression: { parent_id: { $gt: '' } },
      },
      // What a task saved, newest first.
      { name: 'task', key: { task_id: 1, created_at: -1, _id: -1 } },
    ]),
  ]);
}
