/*
 * Cancelling all that tasks spawned, also what is being spawned meanwhile. Spawning (spawn.ts) and this keep an order:
 *
 *   cancel:  mark the roots -> walk down their trees, marking whoever lives -> again, until a walk finds nobody new
 *   spawn:   insert the child -> look at the parent's mark -> if it is marked, cancel the child and what is below it
 *
 * Whichever comes last sees the other: a child that is inserted before its parent is marked is there for the next walk;
 * one that is inserted later is cancelled by its spawner. A parent that ended unmarked in between was met by the walk after
 * its children were stored, and the walk meets children after their parents, by an index whose keys never change. For a
 * spawner that dies between its two steps the recoverer does what was left (recover.ts).
 */
import type { Document, Filter } from 'mongodb';
import { countIn, newTally, type Row, readBatches, type Tally, writeBatch } from './bulk.ts';
import type { Queue } from './queue.ts';
import { cancelledError } from './settle.ts';
import { allowed, move } from './states.ts';
import type { Task } from './task.ts';

const unmarked = { children_cancelled: { $exists: false } };
const mark = { children_cancelled: true } as const;

/** From now on these tasks spawn nothing, in whatever status they are. */
export async function closeTrees(queue: Queue, roots: readonly string[]): Promise<void> {
  for await (const rows of readBatches(queue, { _id: { $in: [...roots] }, ...unmarked }, '_id_'))
    await writeBatch(queue, rows, {}, [{ $set: mark }]);
}

// A walk finds what was spawned during the one before. Whoever is marked spawns no more: it cannot go on for long.
const maxWalks = 100;

/**
 * Closes the trees of these tasks and cancels all that lives below them: what is pending at once, what runs by asking.
 * Afterwards nothing below them lives but what was asked to stop, unless the tally says `more`.
 */
export async function cancelBelow(queue: Queue, roots: readonly string[], tally: Tally): Promise<void> {
  if (!tally.dry) await closeTrees(queue, roots);
  for (let left = maxWalks; left > 0; left--) if ((await walk(queue, roots, tally)) === 0) return;
  tally.more = true;
}

/**
 * Finishes what workers that died while they spawned into cancelled trees may have left there, before their tasks are ended:
 * then a crash in between leaves it to the next look. Resolves those of the tasks that may be ended now: where a tree cannot
 * be finished, that too is for the next look, and keeps nobody else.
 */
export async function finishTrees<Ending extends Pick<Task, '_id' | 'children_cancelled'>>(
  queue: Queue,
  tasks: readonly Ending[],
): Promise<readonly Ending[]> {
  const roots = tasks.filter(task => task.children_cancelled).map(task => task._id);
  if (roots.length === 0) return tasks;
  try {
    await cancelBelow(queue, roots, newTally());
    return tasks;
  } catch (error) {
    queue.events.emit('queue:trouble', { doing: 'finishing cancelled trees', error });
    return tasks.filter(task => !task.children_cancelled);
  }
}

/** One walk; tells how many it found and changed, or left to the next call. */
async function walk(queue: Queue, roots: readonly string[], tally: Tally): Promise<number> {
  let found = 0;
  for await (const rows of readBatches(queue, livingBelow(roots), 'tree')) {
    if (!countIn(tally, rows)) return 0;
    if (tally.dry) continue;
    found += rows.length;
    tally.changed += await cancelRows(queue, rows);
  }
  return found;
}

function livingBelow(roots: readonly string[]): Filter<Task> {
  return {
    ancestors: { $in: [...roots] },
    parent_id: { $gt: '' },
    status: { $in: ['scheduled', 'queued', 'processing'] },
    ...unmarked,
  };
}

const end = move('cancel', { set: { ...mark, error: { $literal: cancelledError } } });
const ask: Document[] = [
  // Asking twice is one change.
  {
    $set: {
      ...mark,
      cancel_requested: true,
      rev: { $add: ['$rev', { $cond: ['$cancel_requested', 0, 1] }] },
    },
  },
];

async function cancelRows(queue: Queue, rows: readonly Row[]): Promise<number> {
  const ended = await writeBatch(queue, rows, allowed('cancel'), end);
  if (ended > 0) queue.events.emit('tasks:acted', { action: 'cancel', count: ended });
  return ended + (await writeBatch(queue, rows, { status: 'processing', ...unmarked }, ask));
}
