// Reading many artifacts: lists by page, and trees. Both end where an answer would become too large.
import type { Filter, FindCursor } from 'mongodb';
import { type Artifact, type StoredArtifact, shownArtifact } from './artifacts.ts';
import type { Content } from './content.ts';

/** How much one answer holds, and how much of that is left. */
interface Room {
  count: number;
  bytes: number;
}

const maxBytes = 16 * 1024 ** 2;
const readMs = { maxTimeMS: 5_000 };

/** Reads on while there is room, at least one; tells whether there was more. */
async function readInto(room: Room, cursor: FindCursor<StoredArtifact>) {
  const found: StoredArtifact[] = [];
  try {
    for await (const artifact of cursor) {
      const full = room.count < 1 || (room.bytes < artifact.bytes && room.bytes < maxBytes);
      if (full) return { found, more: true };
      room.count -= 1;
      room.bytes -= artifact.bytes;
      found.push(artifact);
    }
    return { found, more: false };
  } finally {
    await cursor.close();
  }
}

export interface ArtifactPlace {
  created_at: Date;
  artifact_id: string;
}

export interface ArtifactPage {
  items: Artifact[];
  /** Where the next page begins; null on the last one. */
  next: ArtifactPlace | null;
}

/** The artifacts below one, or of a task, newest first, from `after` on; a page of large ones is shorter. */
export async function listArtifacts(
  content: Content,
  of: { parent_id: string } | { task_id: string },
  { limit, after }: { limit: number; after?: ArtifactPlace | undefined },
): Promise<ArtifactPage> {
  const cursor = content.artifacts
    .find({ ...of, ...(after && olderThan(after)) }, readMs)
    .sort({ created_at: -1, _id: -1 })
    .limit(limit + 1)
    .hint('parent_id' in of ? 'parent' : 'task');
  const { found, more } = await readInto({ count: limit, bytes: maxBytes }, cursor);
  const items = found.map(shownArtifact);
  return { items, next: (more && items.at(-1)) || null };
}

function olderThan({ created_at, artifact_id }: ArtifactPlace): Filter<StoredArtifact> {
  return {
    created_at: { $lte: created_at },
    $or: [{ created_at: { $lt: created_at } }, { created_at, _id: { $lt: artifact_id } }],
  };
}

export interface ArtifactTree extends Artifact {
  /** Oldest first. */
  children: ArtifactTree[];
}

/**
 * An artifact with all below it, level by level, at most so many levels and artifacts; or null. `truncated`: there are more
 * than are shown.
 */
export async function expandArtifact(
  content: Content,
  artifact_id: string,
  { levels, limit }: { levels: number; limit: number },
): Promise<{ tree: ArtifactTree; truncated: boolean } | null> {
  const root = await content.artifacts.findOne({ _id: artifact_id });
  if (!root) return null;
  const tree: ArtifactTree = { ...shownArtifact(root), children: [] };
  const room: Room = { count: limit, bytes: maxBytes - root.bytes };
  let parents = new Map([[tree.artifact_id, tree]]);
  for (let left = levels; parents.size > 0; left--) {
    if (left === 0) room.count = 0;
    const { found, more } = await readInto(room, childrenOf(content, [...parents.keys()]));
    const children = found.map(child => ({ ...shownArtifact(child), children: [] }));
    for (const child of children) parents.get(child.parent_id ?? '')?.children.push(child);
    if (more) return { tree, truncated: true };
    parents = new Map(children.map(child => [child.artifact_id, child]));
  }
  return { tree, truncated: false };
}

/** Against the direction of the index, and so without a sort. */
function childrenOf({ artifacts }: Content, parents: string[]): FindCursor<StoredArtifact> {
  return artifacts
    .find({ parent_id: { $in: parents } }, readMs)
    .sort({ parent_id: -1, created_at: 1, _id: 1 })
    .hint('parent');
}
