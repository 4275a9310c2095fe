// Requests that name themselves: asked again, they get what they made the first time. The name stays in the task for its
// life, so that one write both makes the task and uses the name up.
import { duplicateKey } from './errors.ts';
import type { Queue } from './queue.ts';
import type { Task } from './task.ts';

/** A request and what it said, both as hashes. Its tasks are told apart by their places in it. */
export interface Once {
  key: string;
  body: string;
}

/** A request of this name has made something, and it said something else. */
export class OnceReused extends Error {
  override name = 'OnceReused';
  constructor() {
    super('This Idempotency-Key was used with another body. Take a new key for a new request.');
  }
}

/**
 * What the task at this place of a request remembers. The first place answers for the whole request, whatever it says; the
 * others belong to its body, so that a body of another length finds nothing.
 */
export function keysOf({ key, body }: Once, index: number): Once {
  return { key: index === 0 ? key : `${key}.${body}.${index}`, body };
}

// To say that a task is there is to acknowledge it.
const reading = { hint: 'once', readConcern: 'majority', maxTimeMS: 5_000 } as const;

/** The task that was made under this name, or null. */
export async function findOnce(queue: Queue, { key }: Once): Promise<Task | null> {
  return queue.tasks.findOne({ 'idempotency.key': key }, reading);
}

/** The tasks that a request made, by their places; those that it did not get to are missing. Throws OnceReused. */
export async function findAllOnce(queue: Queue, once: Once, count: number): Promise<Map<number, Task>> {
  const keys = Array.from({ length: count }, (_, index) => keysOf(once, index).key);
  const tasks = await queue.tasks.find({ 'idempotency.key': { $in: keys } }, reading).toArray();
  const found = new Map<number, Task>();
  for (const [index, key] of keys.entries()) {
    const task = tasks.find(one => remembers(one, key));
    if (!task) continue;
    if (!hasSaid(task, keysOf(once, index))) throw new OnceReused();
    found.set(index, task);
  }
  return found;
}

const remembers = (task: Task, key: string) => task.idempotency?.some(one => one.key === key) ?? false;

/** Whether the request that made this task under this name said the same. */
export function hasSaid(task: Task, { key, body }: Once): boolean {
  return task.idempotency?.some(one => one.key === key && one.body === body) ?? false;
}

/** A live task remembers so many of the requests that it answered in place of a task of their own. */
const maxRemembered = 100;

/**
 * Lets a live task answer for a request too, whose own task was not stored because that one has its dedupe key. True once it
 * does, or has no room for it; false when it has ended meanwhile, or another task has the name.
 */
export async function joinOnce(queue: Queue, holder: Task, { key, body }: Once): Promise<boolean> {
  const { _id, lane, dedupe_key, idempotency = [] } = holder;
  if (idempotency.length >= maxRemembered || dedupe_key === undefined) return true;
  try {
    const { matchedCount } = await queue.tasks.updateOne(
      { _id, lane, dedupe_key, 'idempotency.key': { $ne: key } },
      { $push: { idempotency: { key, body } } },
    );
    return matchedCount === 1;
  } catch (error) {
    if (duplicateKey(error, 'once')) return false;
    throw error;
  }
}
