// Many reads of tasks by one command.
import type { Document } from 'mongodb';
import type { Queue } from './queue.ts';

/** One pipeline over tasks that answers what these would, one after the other; there must be one at least. */
export function unite(queue: Queue, [first, ...others]: readonly Document[][]): Document[] {
  const coll = queue.tasks.collectionName;
  return [...first!, ...others.map(pipeline => ({ $unionWith: { coll, pipeline } }))];
}
