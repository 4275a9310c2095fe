// What actors keep besides their results: any JSON, in trees. Artifacts are saved once and never change.
import { createHash } from 'node:crypto';
import { BSON, MongoServerError } from 'mongodb';
import { v7 } from 'uuid';
import type { Content } from './content.ts';
import { isArtifactId } from './ids.ts';

export interface Artifact {
  artifact_id: string;
  /** The task that saved it. */
  task_id: string;
  /** The artifact it stands below, of this task or of another; null at the top of a tree. */
  parent_id: string | null;
  /** 0 at the top of a tree, else one more than its parent's. */
  level: number;
  /** What its actor calls this level. */
  label: string;
  /** Any JSON. */
  data: unknown;
  metadata: unknown;
  created_at: Date;
}

export type StoredArtifact = Omit<Artifact, 'artifact_id'> & {
  _id: string;
  /** Of data and metadata together: what a list may show at once is bounded by it. */
  bytes: number;
};

export interface NewArtifact
  extends Pick<Artifact, 'artifact_id' | 'task_id' | 'parent_id' | 'data' | 'metadata'> {
  /** What the levels are called, from the top of a tree; others are `level_<n>`. */
  labels: readonly string[];
}

/** The artifact cannot stand where it was put. */
export class ArtifactRefused extends Error {
  override name = 'ArtifactRefused';
}

/** Levels of a tree. */
export const maxLevels = 16;

/** A new `art_<uuid7>`. */
export const newArtifactId = (): string => `art_${v7()}`;

/** The id of the one artifact of a task that has this key. */
export function keyedArtifactId(task_id: string, since: Date, key: string): string {
  const random = createHash('sha256').update(`${task_id}\n${key}`).digest();
  return `art_${v7({ msecs: since.getTime(), seq: random.readUInt32BE(16), random })}`;
}

/**
 * Saves an artifact; when this returns, a majority has it. One whose id exists already stays as it was saved first. Throws
 * ArtifactRefused for a parent that is not there, and below the last level.
 */
export async function saveArtifact(content: Content, artifact: NewArtifact): Promise<void> {
  const { artifact_id, labels, ...said } = artifact;
  const level = await levelBelow(content, said.parent_id);
  const label = labels[level] ?? `level_${level}`;
  const bytes = BSON.calculateObjectSize({ data: said.data, metadata: said.metadata });
  const fields = { ...said, level, label, bytes };
  // $literal: data may have keys and texts that begin with "$". What is stored already comes last, and so stays.
  const update = [
    { $replaceWith: { $mergeObjects: [{ $literal: fields }, { created_at: '$$NOW' }, '$$ROOT'] } },
  ];
  const write = () => content.artifacts.updateOne({ _id: artifact_id }, update, { upsert: true });
  // Of two that save one key at once, one finds it there.
  await write().catch((error: unknown) => {
    if (error instanceof MongoServerError && error.code === 11_000) return write();
    throw error;
  });
}

async function levelBelow(content: Content, parent_id: string | null): Promise<number> {
  if (parent_id === null) return 0;
  const parent = isArtifactId(parent_id) ? await getArtifact(content, parent_id) : null;
  if (!parent) throw new ArtifactRefused(`There is no artifact "${parent_id.slice(0, 60)}" to stand below.`);
  if (parent.level + 1 >= maxLevels)
    throw new ArtifactRefused(`A tree of artifacts has ${maxLevels} levels at most.`);
  return parent.level + 1;
}

/** The artifact of an id, or null. */
export async function getArtifact(content: Content, artifact_id: string): Promise<Artifact | null> {
  const found = await content.artifacts.findOne({ _id: artifact_id });
  return found && shownArtifact(found);
}

export function shownArtifact({ _id, bytes: _bytes, ...rest }: StoredArtifact): Artifact {
  return { artifact_id: _id, ...rest };
}
