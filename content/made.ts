// What a task has made: the one generation of it that was completed.
import type { Content } from './content.ts';
import { type ContentRecord, getContents } from './contents.ts';

interface Made {
  metadata_id: string;
  /** In order. */
  contents: ContentRecord[];
}

/** The completed generation of a task, or null. One whose pictures are no longer there is failed: the task may make another. */
export async function findMade(content: Content, task_id: string): Promise<Made | null> {
  const { generations } = content;
  const completed = await generations.findOne({ task_id, status: 'completed' });
  if (!completed) return null;
  const { _id, content_ids } = completed;
  const records = await getContents(content, content_ids);
  const contents = content_ids.flatMap(id => records.get(id) ?? []);
  if (contents.length === content_ids.length) return { metadata_id: _id, contents };
  const lost = { status: 'failed' as const, error_message: 'Its pictures are no longer there.' };
  await generations.updateOne({ _id, status: 'completed' }, { $set: lost });
  return null;
}
