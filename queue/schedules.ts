/*
 * Tasks by the clock. One task per tick, however many schedulers there are and wherever they crash: the id of a tick's
 * task is derived from schedule and tick, so a second insert stores nothing; and the schedule moves on from the tick
 * that was read to the next one by a conditional write. Of ticks that were missed the latest one runs. The database's
 * clock decides what is due.
 */
import { Cron } from 'croner';
import { z } from 'zod';
import { enqueueAs, enqueueTask } from './enqueue.ts';
import { InvalidInput, ScheduleNotFound } from './errors.ts';
import { derivedTaskId, newScheduleId } from './ids.ts';
import { payloadSchema } from './new-task.ts';
import { checkInput } from './parse.ts';
import type { Queue } from './queue.ts';
import type { JsonObject } from './task.ts';
import { isTransient } from './transient.ts';

/** A document of `schedules`. */
export interface Schedule {
  /** `sch_<uuid7>`, shown as `schedule_id`. */
  _id: string;
  /** Five fields, or six with seconds first. */
  cron: string;
  /** IANA name; local times that a change of clocks skips or repeats run once. */
  time_zone: string;
  actor: string;
  payload: JsonObject;
  priority: number;
  paused: boolean;
  /** The tick that is due next. */
  next_run_at: Date;
  /** The latest task it made. */
  last_task_id: string | null;
  /** Why the latest tick made no task (its actor is gone, its payload is refused), until one does. */
  last_error: string | null;
  created_at: Date;
}

const cron = z
  .string()
  .max(200)
  .refine(
    text => [5, 6].includes(text.trim().split(/\s+/).length),
    'must have five fields, or six with seconds first',
  );

const schedulePatch = z.strictObject({
  cron: cron.optional(),
  time_zone: z.string().min(1).max(100).optional(),
  actor: z.string().min(1).max(200).optional(),
  payload: payloadSchema.optional(),
  priority: z.int().min(-1_000).max(1_000).optional(),
  paused: z.boolean().optional(),
});

/** The body of `POST /api/v1/schedules`. */
export const newScheduleSchema = schedulePatch.required({ cron: true, actor: true, payload: true });
/** The body of `PATCH /api/v1/schedules/:id`. */
export const schedulePatchSchema = schedulePatch;

export type NewSchedule = z.input<typeof newScheduleSchema>;
export type SchedulePatch = z.input<typeof schedulePatchSchema>;

const maxSchedules = 10_000;

/** Stores a schedule. Throws InvalidInput, also for a cron that never comes and a time zone that does not exist. */
export async function createSchedule(queue: Queue, schedule: NewSchedule): Promise<Schedule> {
  const asked = checkInput(newScheduleSchema, schedule);
  const now = await queue.clock.now();
  const document: Schedule = {
    _id: newScheduleId(now),
    cron: asked.cron.trim(),
    time_zone: asked.time_zone ?? 'UTC',
    actor: asked.actor,
    payload: asked.payload,
    priority: asked.priority ?? 0,
    paused: asked.paused ?? false,
    next_run_at: nextTick(asked.cron, asked.time_zone ?? 'UTC', now),
    last_task_id: null,
    last_error: null,
    created_at: now,
  };
  if ((await queue.schedules.estimatedDocumentCount()) >= maxSchedules)
    throw new InvalidInput([
      { pointer: '', detail: `there are ${maxSchedules} schedules already, which is the most` },
    ]);
  await queue.schedules.insertOne(document);
  return document;
}

/** The schedules, oldest first; the next page begins after `cursor`, a schedule's id. */
export async function listSchedules(
  queue: Queue,
  { limit, cursor = '' }: { limit: number; cursor?: string | undefined },
) {
  const rows = await queue.schedules
    .find({ _id: { $gt: cursor } })
    .sort({ _id: 1 })
    .limit(limit + 1)
    .toArray();
  const items = rows.slice(0, limit);
  return { items, next_cursor: rows.length > limit ? items.at(-1)!._id : null };
}

/** One schedule; throws ScheduleNotFound. */
export async function getSchedule(queue: Queue, schedule_id: string): Promise<Schedule> {
  const schedule = await queue.schedules.findOne({ _id: schedule_id });
  if (!schedule) throw new ScheduleNotFound(schedule_id);
  return schedule;
}

/**
 * Changes a schedule. A new time, and a resume, begin with the next tick from now: what a pause missed stays missed.
 * Throws ScheduleNotFound, InvalidInput.
 */
export async function updateSchedule(
  queue: Queue,
  schedule_id: string,
  patch: SchedulePatch,
): Promise<Schedule> {
  const asked = checkInput(schedulePatchSchema, patch);
  const old = await getSchedule(queue, schedule_id);
  const { cron: pattern = old.cron, time_zone = old.time_zone, paused = old.paused } = asked;
  const anew = pattern !== old.cron || time_zone !== old.time_zone || (old.paused && !paused);
  const next_run_at = anew ? nextTick(pattern, time_zone, await queue.clock.now()) : undefined;
  const set = { ...asked, ...(next_run_at && { next_run_at }) };
  const updated = await queue.schedules.findOneAndUpdate(
    { _id: schedule_id },
    // $literal: a payload may have keys and texts that begin with "$".
    [{ $set: Object.fromEntries(Object.entries(set).map(([field, value]) => [field, { $literal: value }])) }],
    { returnDocument: 'after' },
  );
  if (!updated) throw new ScheduleNotFound(schedule_id);
  return updated;
}

/** Removes a schedule; its tasks stay. Throws ScheduleNotFound. */
export async function deleteSchedule(queue: Queue, schedule_id: string): Promise<void> {
  const { deletedCount } = await queue.schedules.deleteOne({ _id: schedule_id });
  if (deletedCount === 0) throw new ScheduleNotFound(schedule_id);
}

/** Makes a task of the schedule now, besides its ticks, also while it is paused. */
export async function runScheduleNow(queue: Queue, schedule_id: string): Promise<{ task_id: string }> {
  const { actor, payload, priority } = await getSchedule(queue, schedule_id);
  const { task_id } = await enqueueTask(queue, { actor, payload, priority });
  await noteRun(queue, schedule_id, task_id);
  return { task_id };
}

/** Says that a task of the schedule was made besides its ticks. */
export async function noteRun(queue: Queue, schedule_id: string, task_id: string): Promise<void> {
  await queue.schedules.updateOne(
    { _id: schedule_id },
    { $set: { last_task_id: task_id, last_error: null } },
  );
}

const tickBatch = 100;
type DueSchedule = Schedule & { now: Date };

/** Makes the tasks of due schedules; tells how many ticks, and in how many milliseconds the next is due (null: none). */
export async function tickSchedules(queue: Queue): Promise<{ ticked: number; next_in_ms: number | null }> {
  const rows: DueSchedule[] = await queue.schedules
    .find<DueSchedule>({ paused: false }, { projection: { ...allFields, now: '$$NOW' } })
    .sort({ next_run_at: 1 })
    .limit(tickBatch)
    .hint('due')
    .toArray();
  const due = rows.filter(row => row.next_run_at <= row.now);
  for (const schedule of due)
    await tick(queue, schedule).catch((error: unknown) => {
      if (isTransient(error)) throw error;
      // One that this process cannot read (a time zone it does not know) stays due; the others are not to blame.
      queue.events.emit('queue:trouble', { doing: `making the task of schedule ${schedule._id}`, error });
    });
  const next = rows.find(row => row.next_run_at > row.now);
  if (due.length === tickBatch) return { ticked: due.length, next_in_ms: 0 };
  return { ticked: due.length, next_in_ms: next ? next.next_run_at.getTime() - next.now.getTime() : null };
}

const allFields = { cron: 1, time_zone: 1, actor: 1, payload: 1, priority: 1, next_run_at: 1 } as const;

async function tick(queue: Queue, schedule: DueSchedule): Promise<void> {
  const { _id, cron: pattern, time_zone, next_run_at, now } = schedule;
  const latest = new Cron(pattern, { timezone: time_zone }).previousRuns(1, new Date(now.getTime() + 1))[0];
  const moment = latest && latest > next_run_at ? latest : next_run_at;
  const made = await makeTask(queue, schedule, moment);
  const next = nextTick(pattern, time_zone, now);
  // Only from the tick that was read: a second scheduler, or an edit in between, has moved it on already.
  await queue.schedules.updateOne({ _id, next_run_at }, { $set: { next_run_at: next, ...made } });
}

/** The tick's task, or why there is none. An error of the database is thrown: the tick is then still due. */
async function makeTask(queue: Queue, { _id, actor, payload, priority }: Schedule, moment: Date) {
  try {
    const [task] = await enqueueAs(queue, [{ actor, payload, priority }], () => ({
      _id: derivedTaskId(_id, moment),
    }));
    return { last_task_id: task!.task_id, last_error: null };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { last_error: error.message };
  }
}

function isRefusal(error: unknown): error is Error {
  return error instanceof Error && ['UnknownActor', 'InvalidInput'].includes(error.name);
}

/** The first tick after `from`. Throws InvalidInput naming the field that is to blame. */
function nextTick(pattern: string, time_zone: string, from: Date): Date {
  checkTimeZone(time_zone);
  let next: Date | null;
  try {
    next = new Cron(pattern, { timezone: time_zone }).nextRun(from);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^Cron\w+: /, '') : 'cannot be read';
    throw new InvalidInput([{ pointer: '/cron', detail: reason }]);
  }
  if (!next) throw new InvalidInput([{ pointer: '/cron', detail: 'never comes: there is no such date' }]);
  return next;
}

function checkTimeZone(time_zone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: time_zone });
  } catch {
    throw new InvalidInput([
      { pointer: '/time_zone', detail: 'is no time zone; use a name such as Europe/Zurich' },
    ]);
  }
}
