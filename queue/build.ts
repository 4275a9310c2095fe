// What a request for a task becomes: its document. Nothing is stored here.
import { type ActorRecord, recallActor } from './catalog.ts';
import { InvalidInput, UnknownActor } from './errors.ts';
import { newTaskId } from './ids.ts';
import { type CheckedTask, type NewTask, newTaskSchema } from './new-task.ts';
import { keysOf, type Once } from './once.ts';
import { checkInput } from './parse.ts';
import type { Queue } from './queue.ts';
import { boundJob, routeTask } from './route.ts';
import type { Task } from './task.ts';
import { tracedBy } from './traceparent.ts';

/** What a new task is called, which tasks it stands below, and the room, the trace and the request that ask for it. */
export type Place = Pick<
  Task,
  '_id' | 'parent_id' | 'ancestors' | 'depth' | 'room' | 'traceparent' | 'idempotency'
>;

/** Who asks for new tasks. */
export interface Asker {
  /** The trace that asks (W3C Trace Context); the span that is active here unless said. What is none is ignored. */
  traceparent?: string | undefined;
  room?: string | undefined;
  /** Asked again under this name, nothing new is stored. */
  once?: Once | undefined;
}

/** Places for tasks that somebody asks for, in the order given. */
export function placesFor({ traceparent, room, once }: Asker): (now: Date, index: number) => Place {
  return (now, index) => ({
    _id: newTaskId(now),
    ...tracedBy(traceparent),
    ...(room !== undefined && { room }),
    ...(once && { idempotency: [keysOf(once, index)] }),
  });
}

interface BuildOptions {
  makePlace: (now: Date, index: number) => Place;
  /** Binds those that no other limit does. */
  jobsLimit?: number | undefined;
  /** Where a task stands in what was asked: the pointers of its problems begin so. */
  at: (index: number) => string;
}

/** The documents of new tasks, none of which is stored yet. Throws InvalidInput, UnknownActor. */
export async function buildTasks(
  queue: Queue,
  tasks: readonly NewTask[],
  {
    at = index => (tasks.length > 1 ? `/${index}` : ''),
    ...options
  }: Partial<BuildOptions> & Omit<BuildOptions, 'at'>,
): Promise<Task[]> {
  const checked = tasks.map((task, index) => checkInput(newTaskSchema, task, at(index)));
  return buildChecked(queue, checked, { ...options, at });
}

/** The same of tasks whose form has been checked: for a thousand of them that is a third of the work. */
export async function buildChecked(
  queue: Queue,
  checked: readonly CheckedTask[],
  { makePlace, jobsLimit, at }: BuildOptions,
): Promise<Task[]> {
  const actors = new Map<string, ActorRecord>();
  for (const name of new Set(checked.map(task => task.actor))) {
    const actor = await recallActor(queue, name);
    if (!actor) throw new UnknownActor(name);
    actors.set(name, actor);
  }
  const now = await queue.clock.now();
  return checked.map((task, index) => {
    const actor = actors.get(task.actor)!;
    return named(at(index), () => buildTask(task, actor, now, makePlace(now, index), jobsLimit));
  });
}

/** Problems found in one task carry its place. */
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
