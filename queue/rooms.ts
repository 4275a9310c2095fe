// Jobs: actors of a scope (`@global`, `@internal`, or a room), called `scope:category:name`. They are records of the catalog
// like any actor; here is who may see which, and how they come and go.
import { isDeepStrictEqual } from 'node:util';
import type { Filter } from 'mongodb';
import { z } from 'zod';
import { defaultRetry } from './backoff.ts';
import { placesFor } from './build.ts';
import { type ActorDescription, type ActorRecord, toRecord } from './catalog.ts';
import { type EnqueuedTask, type EnqueueOptions, enqueueAs } from './enqueue.ts';
import { duplicateKey, InvalidInput } from './errors.ts';
import { isTaskId } from './ids.ts';
import { publishLimits } from './lanes/limits.ts';
import { type NewTask, text } from './new-task.ts';
import type { Queue } from './queue.ts';
import type { TaskPage } from './read.ts';
import { categorySchema, concurrencySchema, retrySchema, timeoutsSchema } from './rules.ts';
import { timeoutsOf } from './timeouts.ts';

/** Scopes whose jobs every room sees. */
const shared = ['@global', '@internal'];

const isRoom = (name: string): boolean => /^[A-Za-z0-9_.-]{1,64}$/.test(name);
export const isScope = (name: string): boolean => isRoom(name) || shared.includes(name);

/** `@internal` or `@global`: not everybody may change what every room sees. */
export const isShared = (scope: string): boolean => shared.includes(scope);

export const fullNameOf = (room: string, category: string, name: string): string =>
  `${room}:${category}:${name}`;

/** The scope in a full name, or null when it is none. */
export function scopeOf(full_name: string): string | null {
  const [, scope] = /^([^:]+):[a-z][a-z0-9_-]{0,31}:[a-zA-Z0-9_-]{1,100}$/.exec(full_name) ?? [];
  return scope !== undefined && isScope(scope) ? scope : null;
}

/** Whether a room may see and use this job. */
export function isVisible(room: string, full_name: string): boolean {
  const scope = scopeOf(full_name);
  return scope !== null && (scope === room || isShared(scope));
}

export const newJobSchema = z.strictObject({
  category: categorySchema,
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,100}$/, 'may have letters, digits, "_" and "-" only'),
  schema: z
    .custom<object>(value => typeof value === 'object' && value !== null && !Array.isArray(value), {
      message: 'must be an object: the JSON Schema of the payload',
    })
    .describe('JSON Schema (draft 2020-12) of the payload'),
  description: z.string().max(10_000).optional(),
  tags: z.array(text(100)).max(20).optional(),
  max_retries: z.int().min(0).max(100).optional(),
  concurrency: concurrencySchema.optional(),
  timeouts: timeoutsSchema.optional(),
  retry: retrySchema.optional(),
});

export type NewJob = z.output<typeof newJobSchema>;

/** The job is there with another schema: its tasks may not mean the same. */
export class SchemaConflict extends Error {
  override name = 'SchemaConflict';
  constructor(full_name: string) {
    super(`The job ${full_name} has another schema. Say ?replace=1 to replace it, or take another name.`);
  }
}

/**
 * Publishes a job, or brings a deleted one back. One that is there keeps its schema unless `replace`; what else is said of it
 * holds from now on. Throws SchemaConflict; of several at once with different schemas one wins.
 */
export async function putJob(
  queue: Queue,
  room: string,
  job: NewJob,
  { replace }: { replace: boolean },
): Promise<{ job: ActorRecord; created: boolean }> {
  const description = describeJob(room, job);
  const created = await insertJob(queue, description);
  if (!created) await updateJob(queue, description, replace);
  await publishLimits(queue, [description]);
  const stored = await findJob(queue, description.name);
  if (!stored) throw new SchemaConflict(description.name);
  return { job: stored, created };
}

function describeJob(room: string, job: NewJob): ActorDescription {
  const retry = Object.entries(job.retry ?? {}).filter(([, said]) => said !== undefined);
  return {
    name: fullNameOf(room, job.category, job.name),
    description: job.description ?? '',
    tags: job.tags ?? [],
    input: job.schema,
    output: null,
    concurrency: job.concurrency ?? null,
    timeouts: timeoutsOf(job.timeouts),
    retry: { ...defaultRetry, max_retries: job.max_retries ?? 0, ...Object.fromEntries(retry) },
    category: job.category,
    room,
  };
}

async function insertJob(queue: Queue, description: ActorDescription): Promise<boolean> {
  const absent = { _id: description.name, published_at: { $exists: false } };
  try {
    await queue.actors.updateOne(absent, [{ $replaceWith: toRecord(description) }], { upsert: true });
    return true;
  } catch (error) {
    if (duplicateKey(error, '_id_')) return false;
    throw error;
  }
}

const tries = 3;

/** Changes the record that was looked at, or looks again. */
async function updateJob(queue: Queue, description: ActorDescription, replace: boolean): Promise<void> {
  for (let left = tries; left > 0; left--) {
    const known = await queue.actors.findOne({ _id: description.name });
    const same = known?.input != null && isDeepStrictEqual(JSON.parse(known.input), description.input);
    if (!known || (!known.deleted && !same && !replace)) break;
    const asRead: Filter<ActorRecord> = { _id: known._id, input: known.input, deleted: known.deleted };
    const update = [{ $replaceWith: toRecord(description) }];
    const { matchedCount } = await queue.actors.updateOne(asRead, update);
    if (matchedCount === 1) return;
  }
  throw new SchemaConflict(description.name);
}

/** One job, or null: unknown, or deleted. */
export async function findJob(queue: Queue, full_name: string): Promise<ActorRecord | null> {
  return queue.actors.findOne({ _id: full_name, room: { $exists: true }, deleted: false });
}

/** Those of these jobs that exist. */
export async function findJobs(queue: Queue, full_names: readonly string[]): Promise<ActorRecord[]> {
  const named = { _id: { $in: [...full_names] }, room: { $exists: true }, deleted: false };
  return queue.actors.find(named).toArray();
}

/** A page of the jobs that a room sees, by name: its own and those of all; of a shared scope its own alone. */
export async function listRoomJobs(
  queue: Queue,
  room: string,
  { limit, after }: { limit: number; after: string },
): Promise<{ items: ActorRecord[]; more: boolean }> {
  const scopes = isShared(room) ? [room] : [room, ...shared];
  const rows = await queue.actors
    .find({ room: { $in: scopes }, deleted: false, _id: { $gt: after } })
    .sort({ _id: 1 })
    .limit(limit + 1)
    .toArray();
  return { items: rows.slice(0, limit), more: rows.length > limit };
}

/** Hides a job: nobody may ask for it any more, and its tasks stay. False when there is none. */
export async function deleteJob(queue: Queue, full_name: string): Promise<boolean> {
  const { matchedCount } = await queue.actors.updateOne(
    { _id: full_name, room: { $exists: true }, deleted: false },
    { $set: { deleted: true } },
  );
  return matchedCount === 1;
}

/** `enqueueTask` in the name of a room. */
export async function enqueueInRoom(
  queue: Queue,
  room: string,
  task: NewTask,
  asker: Pick<EnqueueOptions, 'traceparent'> = {},
): Promise<EnqueuedTask> {
  const [enqueued] = await enqueueAs(queue, [task], placesFor({ ...asker, room }));
  return enqueued!;
}

/** What a room asked of a job, newest first. `cursor` is the id of the last task seen. */
export async function listRoomTasks(
  queue: Queue,
  { room, actor, limit, cursor }: { room: string; actor: string; limit: number; cursor: string },
): Promise<TaskPage> {
  if (cursor !== '' && !isTaskId(cursor))
    throw new InvalidInput([{ pointer: '/cursor', detail: 'is not a cursor of this list' }]);
  const rows = await queue.tasks
    .find({ actor, room, ...(cursor !== '' && { _id: { $lt: cursor } }) }, { maxTimeMS: 2_000 })
    .sort({ _id: -1 })
    .limit(limit + 1)
    .hint('room')
    .toArray();
  const items = rows.slice(0, limit);
  return { items, next_cursor: rows.length > limit ? items.at(-1)!._id : null };
}
