// Lists of tasks, newest first, narrowed by any of a few fields: the most selective index leads, a bounded walk along it
// looks for the rest. A page may therefore be short, or empty, and still have a next one.
import type { Filter } from 'mongodb';
import type { TaskFilter } from './actions.ts';
import { InvalidInput } from './errors.ts';
import { isTaskId } from './ids.ts';
import type { Queue } from './queue.ts';
import type { TaskPage } from './read.ts';
import { isTerminal } from './states.ts';
import type { Task, TaskStatus } from './task.ts';
import { type Stretch, type Walk, walk } from './walk.ts';

export type ListFilter = Omit<TaskFilter, 'error_type'>;

/**
 * A page of tasks, newest first by their ids, which rise with time. Takes as long over a million tasks as over a thousand:
 * one look at 10,000 tasks at most. Where these hold fewer than `limit` that match, the page is short and its cursor goes on.
 * Throws InvalidInput for a cursor that is not this list's.
 */
export async function listTasks(
  queue: Queue,
  { limit, cursor, ...filter }: ListFilter & { limit: number; cursor?: string | undefined },
): Promise<TaskPage> {
  const before = cursor === undefined ? {} : { _id: { $lt: readCursor(cursor) } };
  const stretches = await Promise.all(partsOf(filter).map(part => readPart(queue, part, before, limit + 1)));
  // Behind the end of any walk there may be tasks of that one which are newer than those of the others.
  const ends = stretches.map(({ stopped }) => stopped?._id ?? '').toSorted();
  const end = ends.at(-1) ?? '';
  const found = stretches
    .flatMap(({ tasks }) => tasks)
    .filter(task => task._id >= end)
    .toSorted((a, b) => (a._id < b._id ? 1 : -1));
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1)!._id : end;
  return { items, next_cursor: last === '' ? null : writeCursor(last) };
}

function writeCursor(task_id: string): string {
  return Buffer.from(task_id).toString('base64url');
}

function readCursor(cursor: string): string {
  const task_id = Buffer.from(cursor, 'base64url').toString();
  if (!isTaskId(task_id))
    throw new InvalidInput([{ pointer: '/cursor', detail: 'is not a cursor of this list' }]);
  return task_id;
}

/** A filter whose statuses, if it names any, one index holds. */
interface Part extends Omit<ListFilter, 'status'> {
  status?: readonly TaskStatus[];
}

/** All that have ended lie in one index; each other status has one of its own. */
function partsOf({ status, ...filter }: ListFilter): Part[] {
  if (!status?.length) return [filter];
  const ended = status.filter(isTerminal);
  const live = [...new Set(status)].filter(one => !isTerminal(one));
  const groups = ended.length > 0 ? [ended, ...live.map(one => [one])] : live.map(one => [one]);
  return groups.map(group => ({ ...filter, status: group }));
}

/** An index and what it can answer; `sorted`: in the order of the list. */
interface Source {
  along: Filter<Task>;
  hint: string;
  sorted: boolean;
}

const newestFirst = { _id: -1 } as const;

async function readPart(queue: Queue, part: Part, before: Filter<Task>, count: number): Promise<Stretch> {
  const source = await chooseSource(queue, sourcesOf(part), before);
  const along = { ...source.along, ...before };
  const rest = restOf(part, source);
  if (!source.sorted) {
    // Few enough to be sorted.
    const matching = { $and: [along, rest] };
    const found = queue.tasks.find(matching, readMs).sort(newestFirst).limit(count).hint(source.hint);
    return { tasks: await found.toArray(), stopped: null };
  }
  const way: Walk = { along, hint: source.hint, order: newestFirst, rest };
  return walk(queue, way, count);
}

const liveIndexes: Partial<Record<TaskStatus, string>> = {
  queued: 'queued',
  scheduled: 'due',
  processing: 'live',
};

/** Every index that answers something of it, those that mostly hold the fewest first. */
function sourcesOf(part: Part): Source[] {
  const { workflow_run_id, tags = [], concurrency_identifier, worker_id, actor, status } = part;
  const sources: Source[] = [];
  const add = (hint: string, along: Filter<Task>, sorted = true) => sources.push({ hint, along, sorted });
  if (workflow_run_id !== undefined) add('run', { workflow_run_id });
  for (const tag of tags) add('tag', { tags: tag });
  if (concurrency_identifier !== undefined) add('key', { concurrency_identifier });
  if (worker_id !== undefined) add('worker', { worker_id });
  if (actor !== undefined) add('actor', { actor });
  const [first] = status ?? [];
  if (first !== undefined && isTerminal(first)) add('ended', statusIs(status!));
  else if (first !== undefined) add(liveIndexes[first]!, { status: first }, false);
  return sources;
}

const everything: Source = { along: {}, hint: '_id_', sorted: true };
const maxCounted = 1_000;
const readMs = { maxTimeMS: 5_000 };

/** The source with the fewest tasks, as far as a short count can tell; the walk over everything where none will do. */
async function chooseSource(queue: Queue, sources: Source[], before: Filter<Task>): Promise<Source> {
  const [only] = sources;
  if (!only) return everything;
  if (sources.length === 1 && only.sorted) return only;
  const counts = await Promise.all(
    sources.map(({ along, hint, sorted }) => {
      // An index without ids would have to look at each task.
      const counted = sorted ? { ...along, ...before } : along;
      return queue.tasks.countDocuments(counted, { hint, limit: maxCounted, ...readMs });
    }),
  );
  const usable = sources.filter(({ sorted }, index) => sorted || counts[index]! < maxCounted);
  const size = (source: Source) => counts[sources.indexOf(source)]!;
  return usable.toSorted((a, b) => size(a) - size(b))[0] ?? everything;
}

const statusIs = (status: readonly TaskStatus[]): Filter<Task> => ({ status: { $in: [...status] } });

/** What the source leaves to be looked for. */
function restOf({ status, tags = [], ...fields }: Part, { along }: Source): Filter<Task> {
  const rest = Object.entries(fields).filter(([name, value]) => value !== undefined && !(name in along));
  const missing = tags.filter(tag => along.tags !== tag);
  return {
    ...Object.fromEntries(rest),
    ...(missing.length > 0 && { tags: { $all: missing } }),
    ...(status && !('status' in along) && statusIs(status)),
  };
}
