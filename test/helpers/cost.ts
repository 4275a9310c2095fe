// What reads of tasks cost mongod: keys and documents looked at, and whether anything was sorted.
import type { CommandStartedEvent, Document } from 'mongodb';
import type { Queue } from '../../queue/index.ts';

export interface Cost {
  keys: number;
  documents: number;
  sorts: boolean;
}

/** What mongod says that these commands cost in all, as far as they read tasks. */
export async function explainCost(queue: Queue, commands: readonly CommandStartedEvent[]): Promise<Cost> {
  const cost: Cost = { keys: 0, documents: 0, sorts: false };
  for (const { command } of commands) {
    const { $db: _db, lsid: _lsid, $clusterTime: _time, ...asked } = command as Document;
    if (asked.find !== 'task_queue' && asked.aggregate !== 'task_queue') continue;
    const plan = await queue.db.command({ explain: asked, verbosity: 'executionStats' });
    const [{ keys, documents } = { keys: Infinity, documents: Infinity }] = collect(plan);
    cost.keys += keys;
    cost.documents += documents;
    cost.sorts ||= /"stage":"SORT"/.test(JSON.stringify(plan));
  }
  return cost;
}

function collect(node: unknown): { keys: number; documents: number }[] {
  if (typeof node !== 'object' || node === null) return [];
  if ('totalKeysExamined' in node && 'totalDocsExamined' in node)
    return [{ keys: Number(node.totalKeysExamined), documents: Number(node.totalDocsExamined) }];
  return Object.values(node).flatMap(collect);
}
