// New tasks inside a transaction of the caller's: they commit or vanish with his other writes.
/*
 * Nothing but the tasks is written inside it. Lanes are made before, outside: an empty lane that is left by an abort does no
 * harm, while one written inside would collide with every claimer. They are poked after the commit: before it claimers
 * would look, find nothing and clear the flags again. Since a session does not tell of its commit, it is asked every few
 * milliseconds; if this process dies or is cut off in between, the janitor finds the tasks within its 5 s.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ClientSession, OptionalUnlessRequiredId } from 'mongodb';
import type { Queue } from './queue.ts';
import { announce, readyLanes, type Stored } from './store.ts';
import type { Task } from './task.ts';

/**
 * Stores tasks in the transaction of `session`. Whatever mongod refuses is thrown as it is, with the labels by which
 * `withTransaction` knows what to try again.
 */
export async function storeInSession(
  queue: Queue,
  documents: readonly Task[],
  session: ClientSession,
): Promise<Stored[]> {
  if (!session.inTransaction()) throw new TypeError('The session of an enqueue must be in a transaction.');
  await readyLanes(queue, documents);
  const holders = await readHolders(queue, documents, session);
  const stored: Stored[] = documents.map(task => {
    const holder = task.dedupe_key === undefined ? undefined : holders.get(task.dedupe_key);
    if (holder) return { task: holder, as: 'deduplicated' };
    if (task.dedupe_key !== undefined) holders.set(task.dedupe_key, task);
    return { task, as: 'new' };
  });
  const fresh = stored.filter(({ as }) => as === 'new').map(({ task }) => task);
  if (fresh.length === 0) return stored;
  await queue.tasks.insertMany(fresh as OptionalUnlessRequiredId<Task>[], { session });
  announceLater(queue, session, fresh);
  return stored;
}

/**
 * The live tasks with these dedupe keys, as the transaction sees them: a duplicate key would abort it. One that is stored
 * while it runs is a write conflict, after which it is tried again and sees that one.
 */
async function readHolders(
  queue: Queue,
  documents: readonly Task[],
  session: ClientSession,
): Promise<Map<string, Task>> {
  const keys = documents.flatMap(({ dedupe_key }) => (dedupe_key === undefined ? [] : [dedupe_key]));
  if (keys.length === 0) return new Map();
  const holders = await queue.tasks.find({ dedupe_key: { $in: keys } }, { session }).toArray();
  return new Map(holders.map(task => [task.dedupe_key!, task]));
}

const lookMs = 5;
/** Every so many looks at the session the tasks themselves are looked for: the next transaction may have begun already. */
const looksPerRead = 10;
/** A commit that was answered is seen at once; one that was not may still come. */
const lateMs = 1_000;
/** Twice as long as mongod lets a transaction live. */
const longestMs = 120_000;

const watched = new WeakMap<ClientSession, Task[]>();

/** Announces tasks once the transaction of their session has been committed; those of one that was aborted are forgotten. */
function announceLater(queue: Queue, session: ClientSession, tasks: readonly Task[]): void {
  const waiting = watched.get(session);
  if (waiting) return void waiting.push(...tasks);
  const own = [...tasks];
  watched.set(session, own);
  void watch(queue, session, own)
    .catch((error: unknown) =>
      queue.events.emit('queue:trouble', { doing: 'waking workers after a commit', error }),
    )
    .finally(() => watched.delete(session));
}

async function watch(queue: Queue, session: ClientSession, waiting: Task[]): Promise<void> {
  const end = performance.now() + longestMs;
  let activeAt = performance.now();
  for (let look = 1; waiting.length > 0 && performance.now() < end; look++) {
    // Unreferenced: a process that has nothing else to do may end.
    await pause(lookMs, undefined, { ref: false });
    const active = session.inTransaction();
    if (active) activeAt = performance.now();
    else if (performance.now() - activeAt > lateMs) return;
    if (!active || look % looksPerRead === 0) await announceCommitted(queue, waiting);
  }
}

/** Announces those that are there now, and takes them out. */
async function announceCommitted(queue: Queue, waiting: Task[]): Promise<void> {
  const ids = waiting.map(task => task._id);
  const found = queue.tasks.find({ _id: { $in: ids } }, { projection: { _id: 1 }, maxTimeMS: lateMs });
  const there = new Set((await found.toArray()).map(({ _id }) => _id));
  const committed = waiting.filter(({ _id }) => there.has(_id));
  waiting.splice(0, waiting.length, ...waiting.filter(({ _id }) => !there.has(_id)));
  await announce(queue, committed);
}
