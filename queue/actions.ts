// One action on many tasks: cancel, retry, dismiss. Batches of conditional writes; a task that moved meanwhile is left
// as it is and not counted as changed.
import type { Filter } from 'mongodb';
import { countIn, idsOf, newTally, type Row, readBatches, writeBatch } from './bulk.ts';
import { type DeadFilter, deadFilter, dismissal } from './dead.ts';
import { pokeLanes } from './lanes/poke.ts';
import type { Queue } from './queue.ts';
import { cancelledError } from './settle.ts';
import { allowed, move } from './states.ts';
import type { Task, TaskStatus } from './task.ts';
import { cancelBelow } from './tree.ts';

export const bulkActions = ['cancel', 'retry', 'dismiss'] as const;
export type BulkAction = (typeof bulkActions)[number];

/** Which tasks: all conditions must hold. */
export interface TaskFilter extends DeadFilter {
  workflow_run_id?: string | undefined;
  concurrency_identifier?: string | undefined;
  tags?: readonly string[] | undefined;
  worker_id?: string | undefined;
  status?: readonly TaskStatus[] | undefined;
}

export interface BulkRequest {
  action: BulkAction;
  /** These tasks, or those that match the filter. */
  which: { ids: readonly string[] } | { filter: TaskFilter };
  /** Only counts. */
  dry_run?: boolean | undefined;
  /** Of a cancellation: with all that these tasks spawned, and what those spawned. */
  children?: boolean | undefined;
}

export interface BulkOutcome {
  /** Tasks that the action applies to. */
  matched: number;
  changed: number;
  /** The bound of one call was met: ask again for the rest. */
  more: boolean;
}

/** Does one action to many tasks, or counts them. Safe to repeat: what is done already no longer matches. */
export async function actOnTasks(queue: Queue, request: BulkRequest): Promise<BulkOutcome> {
  const { action, which, dry_run = false, children = false } = request;
  const tally = newTally(dry_run);
  // Whoever names a task means its children also when it has ended itself.
  if (children && 'ids' in which) await cancelBelow(queue, which.ids, tally);
  for (const part of parts[action]) {
    if (tally.more) break;
    const filter = { ...chosen(which), ...part.from(which) };
    for await (const batch of readBatches(queue, filter, part.hint(which))) {
      if (children && 'filter' in which) await cancelBelow(queue, idsOf(batch), tally);
      if (!countIn(tally, batch)) break;
      if (dry_run) continue;
      const count = await part.change(queue, batch);
      tally.changed += count;
      if (count > 0 && !part.asks) queue.events.emit('tasks:acted', { action, count });
    }
  }
  return { matched: tally.matched.size, changed: tally.changed, more: tally.more };
}

interface Part {
  from: (which: BulkRequest['which']) => Filter<Task>;
  /** The index that holds exactly the tasks of `from`; ids are looked up by themselves. */
  hint: (which: BulkRequest['which']) => string;
  change: (queue: Queue, rows: readonly Row[]) => Promise<number>;
  /** It only asks for the change: whoever makes it tells of it. */
  asks?: true;
}

const byIndex = (index: string) => (which: BulkRequest['which']) => ('ids' in which ? '_id_' : index);

const requestCancel = [{ $set: { cancel_requested: true, rev: { $add: ['$rev', 1] } } }];
const cancelPending = move('cancel', { set: { error: { $literal: cancelledError } } });

const parts: Record<BulkAction, Part[]> = {
  cancel: [
    {
      from: () => ({ status: 'queued' }),
      hint: byIndex('queued'),
      change: (queue, rows) => writeBatch(queue, rows, allowed('cancel'), cancelPending),
    },
    {
      from: () => ({ status: 'scheduled' }),
      hint: byIndex('due'),
      change: (queue, rows) => writeBatch(queue, rows, allowed('cancel'), cancelPending),
    },
    {
      from: () => ({ status: 'processing', cancel_requested: { $exists: false } }),
      hint: byIndex('live'),
      change: (queue, rows) =>
        writeBatch(
          queue,
          rows,
          { status: 'processing', cancel_requested: { $exists: false } },
          requestCancel,
        ),
      asks: true,
    },
  ],
  retry: [
    {
      // A filter means the dead letters; whoever names a task may also mean a cancelled or dismissed one.
      from: which => ('ids' in which ? allowed('revive') : deadFilter({})),
      hint: byIndex('dead'),
      async change(queue, rows) {
        const changed = await writeBatch(queue, rows, allowed('revive'), move('revive'));
        await pokeLanes(queue, rows);
        return changed;
      },
    },
  ],
  dismiss: [
    {
      from: () => deadFilter({}),
      hint: byIndex('dead'),
      change: (queue, rows) => writeBatch(queue, rows, { dead: true }, dismissal),
    },
  ],
};

function chosen(which: BulkRequest['which']): Filter<Task> {
  if ('ids' in which) return { _id: { $in: [...which.ids] } };
  const { actor, error_type, workflow_run_id, concurrency_identifier, tags, worker_id, status } =
    which.filter;
  const said = { actor, 'error.type': error_type, workflow_run_id, concurrency_identifier, worker_id };
  return {
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    ...(tags?.length && { tags: { $all: [...tags] } }),
    ...(status?.length && { $and: [{ status: { $in: [...status] } }] }),
  };
}
