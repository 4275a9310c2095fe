// Storing new tasks. A task is acknowledged once a majority has it in its journal.
import { MongoBulkWriteError, type OptionalUnlessRequiredId } from 'mongodb';
import { type ActorRecord, recallActor } from './catalog.ts';
import { duplicateKey, InvalidInput, UnknownActor } from './errors.ts';
import { newTaskId } from './ids.ts';
import { pokeLanes } from './lanes/poke.ts';
import { prepareLanes } from './lanes/prepare.ts';
import { type CheckedTask, type NewTask, newTaskSchema } from './new-task.ts';
import { checkInput } from './parse.ts';
import type { Queue } from './queue.ts';
import { boundJob, routeTask } from './route.ts';
import type { Task } from './task.ts';
import { tracedBy } from './traceparent.ts';
import { isTransient } from './transient.ts';

export interface EnqueuedTask {
  task_id: string;
  status: 'queued' | 'scheduled';
  lane: string;
  /** A live task had the same dedupe key: this is that task, and nothing was stored. */
  deduplicated: boolean;
}

export interface EnqueueOptions {
  /** The trace that asks (W3C Trace Context); the span that is active here unless said. What is none is ignored. */
  traceparent?: string | undefined;
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
 * after an error some may be stored, never twice.
 */
export async function enqueueTasks(
  queue: Queue,
  tasks: readonly NewTask[],
  { traceparent }: EnqueueOptions = {},
): Promise<EnqueuedTask[]> {
  return enqueueAs(queue, tasks, now => ({ _id: newTaskId(now), ...tracedBy(traceparent) }));
}

/** What a new task is called, which tasks it stands below, and the room and the trace that ask for it. */
export type Place = Pick<Task, '_id' | 'parent_id' | 'ancestors' | 'depth' | 'room' | 'traceparent'>;

/**
 * `enqueueTasks` with ids and places of the caller's making. A task whose id exists already is not stored again and
 * counts as stored: enqueueing it twice is enqueueing it once. `jobsLimit` binds those that no other limit does.
 */
export async function enqueueAs(
  queue: Queue,
  tasks: readonly NewTask[],
  makePlace: (now: Date) => Place,
  jobsLimit?: number,
): Promise<EnqueuedTask[]> {
  const checked = tasks.map((task, index) =>
    checkInput(newTaskSchema, task, tasks.length > 1 ? `/${index}` : ''),
  );
  const documents = await buildTasks(queue, checked, makePlace, jobsLimit);
  await prepareLanes(
    queue,
    documents.map(({ lane, concurrency_limit: limit, actor }) => ({ lane, limit, actor })),
  );
  const holders = await insertTasks(queue, documents);
  const stored = documents.filter(task => !holders.has(task._id));
  await wake(queue, stored);
  for (const task of stored)
    queue.events.emit('task:queued', {
      task_id: task._id,
      actor: task.actor,
      lane: task.lane,
      status: pending(task),
    });
  return documents.map(task => acknowledge(task, holders.get(task._id)));
}

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

function acknowledge(task: Task, holder: Task | undefined): EnqueuedTask {
  const { _id: task_id, lane } = holder ?? task;
  return { task_id, status: pending(holder ?? task), lane, deduplicated: holder !== undefined };
}

function pending(task: Task): 'queued' | 'scheduled' {
  return task.status === 'scheduled' ? 'scheduled' : 'queued';
}

async function buildTasks(
  queue: Queue,
  tasks: readonly CheckedTask[],
  makePlace: (now: Date) => Place,
  jobsLimit: number | undefined,
): Promise<Task[]> {
  const actors = new Map<string, ActorRecord>();
  for (const name of new Set(tasks.map(task => task.actor))) {
    const actor = await recallActor(queue, name);
    if (!actor) throw new UnknownActor(name);
    actors.set(name, actor);
  }
  const now = await queue.clock.now();
  return tasks.map((task, index) => {
    const actor = actors.get(task.actor)!;
    return named(tasks.length > 1 ? `/${index}` : '', () =>
      buildTask(task, actor, now, makePlace(now), jobsLimit),
    );
  });
}

/** Problems found in one task of several carry its place. */
function named<T>(base: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(
      error.problems.map(({ pointer, detail }) => ({ pointer: base + pointer, detail })),
    );
  }
}

function buildTask(
  task: CheckedTask,
  actor: ActorRecord,
  now: Date,
  place: Place,
  jobsLimit: number | undefined,
): Task {
  const { delay_ms, run_at = delay_ms ? new Date(now.getTime() + delay_ms) : undefined, ...asked } = task;
  const delayed = run_at !== undefined && run_at > now;
  return {
    // A job of a room is asked for by that room, whoever asks; one of all rooms by the one that the place names.
    ...(actor.room !== undefined && !actor.room.startsWith('@') && { room: actor.room }),
    ...place,
    ...boundJob(routeTask(task.actor, actor.concurrency, task.payload, place._id), jobsLimit),
    ...defined(asked),
    priority: asked.priority ?? 0,
    max_retries: asked.max_retries ?? actor.retry.max_retries,
    status: delayed ? 'scheduled' : 'queued',
    created_at: now,
    ready_at: now,
    ...(delayed && { run_at }),
    attempt: 0,
    retry_count: 0,
    rev: 1,
    attempts: [],
  };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the keys whose value is undefined: the driver would store them as null. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
}

const tries = 3;

/**
 * Inserts the tasks; returns, by the id of a refused one, the live task that holds its dedupe key. An answer that was
 * lost or doubtful is settled by inserting the same ids again.
 */
async function insertTasks(queue: Queue, tasks: readonly Task[]): Promise<Map<string, Task>> {
  const holders = new Map<string, Task>();
  let waiting = [...tasks];
  for (let left = tries; waiting.length > 0; left--) {
    const refused = await tryInsert(queue, waiting, tries);
    waiting = [];
    for (const task of refused) {
      const holder = await queue.tasks.findOne({ dedupe_key: task.dedupe_key! });
      if (holder) holders.set(task._id, holder);
      // Its holder ended between our insert and our look: the key is free again.
      else if (left > 1) waiting.push(task);
      else throw new Error(`The dedupe key of a new task changed hands ${tries} times; try again.`);
    }
  }
  return holders;
}

/** One insert of many; returns those refused for their dedupe key. */
async function tryInsert(queue: Queue, tasks: Task[], left: number): Promise<Task[]> {
  try {
    await queue.tasks.insertMany(tasks as OptionalUnlessRequiredId<Task>[], { ordered: false });
    return [];
  } catch (error) {
    if (left > 1 && isTransient(error)) return tryInsert(queue, tasks, left - 1);
    if (!(error instanceof MongoBulkWriteError) || isTransient(error)) throw error;
    const errors = [error.writeErrors].flat();
    if (errors.some(({ err }) => !duplicateKey(err, 'dedupe') && !duplicateKey(err, '_id_'))) throw error;
    // A duplicate _id is our own insert whose answer was lost.
    return errors.filter(({ err }) => duplicateKey(err, 'dedupe')).map(({ index }) => tasks[index]!);
  }
}
