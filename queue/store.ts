// Storing the documents of new tasks: their lanes, one insert, one poke per lane. A task is acknowledged once a majority
// has it in its journal.
import { MongoBulkWriteError, type OptionalUnlessRequiredId } from 'mongodb';
import { duplicateKey } from './errors.ts';
import { pokeLanes } from './lanes/poke.ts';
import { prepareLanes } from './lanes/prepare.ts';
import { findOnce, hasSaid, joinOnce } from './once.ts';
import type { Queue } from './queue.ts';
import type { Task } from './task.ts';
import { isTransient } from './transient.ts';

/**
 * What became of a new task. Unless it is new, `task` is the one that was there: the live one with its dedupe key, or what
 * its request made before; `reused`: that request said something else then.
 */
export interface Stored {
  task: Task;
  as: 'new' | 'deduplicated' | 'replayed' | 'reused';
}

/**
 * Stores tasks and wakes their lanes; answers in the order given. Each stands for itself: that one was there already is no
 * hindrance to the others. After an error some may be stored, never twice.
 */
export async function storeTasks(queue: Queue, documents: readonly Task[]): Promise<Stored[]> {
  await readyLanes(queue, documents);
  const others = await insertTasks(queue, documents);
  await announce(
    queue,
    documents.filter(task => !others.has(task._id)),
  );
  return documents.map(task => others.get(task._id) ?? { task, as: 'new' });
}

/** Makes sure that the lanes of new tasks exist. */
export async function readyLanes(queue: Queue, documents: readonly Task[]): Promise<void> {
  await prepareLanes(
    queue,
    documents.map(({ lane, concurrency_limit: limit, actor }) => ({ lane, limit, actor })),
  );
}

/** Wakes workers for tasks that are stored, and tells of them. */
export async function announce(queue: Queue, stored: readonly Task[]): Promise<void> {
  await wake(queue, stored);
  for (const { _id: task_id, actor, lane, status } of stored)
    queue.events.emit('task:queued', {
      task_id,
      actor,
      lane,
      status: status === 'scheduled' ? status : 'queued',
    });
}

const tries = 3;

/** The tasks are stored: that nobody could be woken is no reason to say they are not. The janitor finds them. */
async function wake(queue: Queue, stored: readonly Task[]): Promise<void> {
  const queued = stored.filter(task => task.status === 'queued');
  for (let left = tries; left > 0; left--) {
    try {
      return await pokeLanes(queue, queued);
    } catch (error) {
      queue.events.emit('queue:trouble', { doing: 'waking workers', error });
    }
  }
}

/**
 * Inserts the tasks; returns, by the id of a refused one, what answers in its place. An answer that was lost or doubtful is
 * settled by inserting the same ids again.
 */
async function insertTasks(queue: Queue, tasks: readonly Task[]): Promise<Map<string, Stored>> {
  const others = new Map<string, Stored>();
  let waiting = [...tasks];
  for (let left = tries; waiting.length > 0; left--) {
    const refused = await tryInsert(queue, waiting, tries);
    const found = await Promise.all(refused.map(task => findOther(queue, task)));
    waiting = refused.filter((_, index) => found[index] === 'ended');
    for (const [index, { _id }] of refused.entries()) {
      const other = found[index]!;
      if (other !== 'ended' && other.task._id !== _id) others.set(_id, other);
    }
    if (waiting.length > 0 && left <= 1)
      throw new Error(`The dedupe key of a new task changed hands ${tries} times; try again.`);
  }
  return others;
}

/** Who answers for a task that was refused for one of its keys; `ended`: the key is free again. */
async function findOther(queue: Queue, task: Task): Promise<Stored | 'ended'> {
  const [once] = task.idempotency ?? [];
  const first = once && (await findOnce(queue, once));
  if (once && first) return { task: first, as: hasSaid(first, once) ? 'replayed' : 'reused' };
  const { dedupe_key } = task;
  const holder = dedupe_key === undefined ? null : await queue.tasks.findOne({ dedupe_key });
  if (!holder) return 'ended';
  if (!once || (await joinOnce(queue, holder, once))) return { task: holder, as: 'deduplicated' };
  return 'ended';
}

/** One insert of many; returns those refused for one of their keys. */
async function tryInsert(queue: Queue, tasks: Task[], left: number): Promise<Task[]> {
  try {
    await queue.tasks.insertMany(tasks as OptionalUnlessRequiredId<Task>[], { ordered: false });
    return [];
  } catch (error) {
    if (left > 1 && isTransient(error)) return tryInsert(queue, tasks, left - 1);
    if (!(error instanceof MongoBulkWriteError) || isTransient(error)) throw error;
    const errors = [error.writeErrors].flat();
    const isTaken = (err: unknown) => duplicateKey(err, 'dedupe') || duplicateKey(err, 'once');
    // Without a write error nothing says what became of the tasks, least of all that they are stored.
    if (errors.length === 0 || errors.some(({ err }) => !isTaken(err) && !duplicateKey(err, '_id_')))
      throw error;
    // A duplicate _id is our own insert whose answer was lost.
    return errors.filter(({ err }) => isTaken(err)).map(({ index }) => tasks[index]!);
  }
}
