// Enqueueing: new tasks by one call, in a transaction of the caller's too.
import type { ClientSession } from 'mongodb';
import { type Asker, buildTasks, type Place, placesFor } from './build.ts';
import type { NewTask } from './new-task.ts';
import type { Queue } from './queue.ts';
import { type Stored, storeTasks } from './store.ts';
import { storeInSession } from './transaction.ts';

export interface EnqueuedTask {
  task_id: string;
  status: 'queued' | 'scheduled';
  lane: string;
  /** A live task had the same dedupe key: this is that task, and nothing was stored. */
  deduplicated: boolean;
}

export interface EnqueueOptions extends Pick<Asker, 'traceparent'> {
  /**
   * The tasks are there once its transaction is committed, and never when it is aborted. They are as durable as its write
   * concern says, and workers are woken after the commit.
   */
  session?: ClientSession | undefined;
}

/**
 * Stores one task and wakes its lane. When this returns, the task is in the journal of a majority and will end in a
 * terminal status. Throws InvalidInput, UnknownActor; the payload is not checked against the actor's schema here.
 */
export async function enqueueTask(
  queue: Queue,
  task: NewTask,
  options?: EnqueueOptions,
): Promise<EnqueuedTask> {
  const [enqueued] = await enqueueTasks(queue, [task], options);
  return enqueued!;
}

/**
 * Stores many tasks with one insert and one poke per lane, in the order given. All are checked before any is stored;
 * after an error some may be stored, never twice, and in a transaction none.
 */
export async function enqueueTasks(
  queue: Queue,
  tasks: readonly NewTask[],
  { session, ...asker }: EnqueueOptions = {},
): Promise<EnqueuedTask[]> {
  if (!session) return enqueueAs(queue, tasks, placesFor(asker));
  const documents = await buildTasks(queue, tasks, { makePlace: placesFor(asker) });
  return (await storeInSession(queue, documents, session)).map(acknowledge);
}

/**
 * `enqueueTasks` with ids and places of the caller's making. A task whose id exists already is not stored again and
 * counts as stored: enqueueing it twice is enqueueing it once. `jobsLimit` binds those that no other limit does.
 */
export async function enqueueAs(
  queue: Queue,
  tasks: readonly NewTask[],
  makePlace: (now: Date, index: number) => Place,
  jobsLimit?: number,
): Promise<EnqueuedTask[]> {
  return (await storeTasks(queue, await buildTasks(queue, tasks, { makePlace, jobsLimit }))).map(acknowledge);
}

function acknowledge({ task, as }: Stored): EnqueuedTask {
  const { _id: task_id, lane, status } = task;
  return {
    task_id,
    status: status === 'scheduled' ? status : 'queued',
    lane,
    deduplicated: as === 'deduplicated',
  };
}
