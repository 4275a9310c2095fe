// Lanes as people see them: a key with its limit, or all unlimited tasks of one actor, whose partitions are ours alone.
import type { Document } from 'mongodb';
import { type Candidate, pageSize, readMs, readPerLane } from '../claim/candidates.ts';
import { byRank } from '../claim/choose.ts';
import type { Queue } from '../queue.ts';
import { partitionsOf, routeLanes } from '../route.ts';
import { unite } from '../unite.ts';
import { isPartition, keyOf, type Lane } from './lane.ts';

/** A lane on the wire. */
export interface LaneView {
  /** The `concurrency_identifier`, or `<actor>#all` for the tasks of an actor that no limit binds. */
  key: string;
  /** Tasks that may run at once; null: any number. */
  limit: number | null;
  /** What the code says, in force again after `{limit: "default"}`. */
  default_limit: number | null;
  /** The limit was set by hand, and holds whatever the code says. */
  limit_set: boolean;
  paused: boolean;
  /** Null when the moment has passed. */
  cooldown_until: Date | null;
  /** Counted up to 10,000 of each of its parts. */
  queued: number;
  running: number;
  /** Who is first in line, and since when it could have been claimed. */
  next: { task_id: string; ready_at: Date } | null;
}

type Row = Pick<Lane, '_id' | 'limit' | 'code_limit' | 'paused' | 'actors'> & { cooldown_until: Date | null };

const maxQueued = 10_000;
const maxRunning = 20_000;
/** Tasks that only code can place are on their way to one of these. */
const known = { $not: routeLanes };

export async function listLanes(
  queue: Queue,
  { limit, cursor = '' }: { limit: number; cursor?: string },
): Promise<{ items: LaneView[]; next_cursor: string | null }> {
  const parts = partitionsOf('').length;
  // So many rows hold at least one lane more than is asked for, the others whole.
  const rows = await readRows(queue, { _id: { $gt: cursor, ...known } }, (limit + 1) * parts);
  const groups = groupRows(rows);
  const shown = [...groups].slice(0, limit);
  const items = await view(queue, new Map(shown));
  return { items, next_cursor: groups.size > limit ? shown.at(-1)![0] : null };
}

/** One lane by its key, or by the name of a part of it; null when there is none. */
export async function findLaneView(queue: Queue, key: string): Promise<LaneView | null> {
  const names = lanesNamed(key);
  const rows = await readRows(queue, { _id: { $in: names, ...known } }, names.length + 1);
  const [found] = rows.length > 0 ? await view(queue, groupRows(rows)) : [];
  return found ?? null;
}

/** What may be behind a name: a key by itself, or every partition of an actor, also by the name of one. */
export function lanesNamed(key: string): string[] {
  if (!isPartition(key)) return [key];
  const names = partitionsOf(key.slice(0, key.indexOf('#')));
  return key === keyOf(key) || names.includes(key) ? names : [];
}

function readRows(queue: Queue, filter: Document, limit: number): Promise<Row[]> {
  const rests = { $gt: ['$cooldown_until', '$$NOW'] };
  const projection = {
    limit: 1,
    code_limit: 1,
    paused: 1,
    actors: 1,
    cooldown_until: { $cond: [rests, '$cooldown_until', null] },
  };
  return queue.lanes
    .find<Row>(filter, { projection, ...readMs })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
}

/** Partitions of one actor stand side by side: nothing else has their mark. */
function groupRows(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(keyOf(row._id), [...(groups.get(keyOf(row._id)) ?? []), row]);
  return groups;
}

async function view(queue: Queue, groups: ReadonlyMap<string, Row[]>): Promise<LaneView[]> {
  const rows = [...groups.values()].flat();
  const [queued, running, next] = await Promise.all([
    countQueued(queue, rows),
    countRunning(queue, rows),
    readNext(queue, rows),
  ]);
  return [...groups].map(([key, parts]) => {
    const sum = (counts: ReadonlyMap<string, number>) =>
      parts.reduce((total, { _id }) => total + (counts.get(_id) ?? 0), 0);
    const { limit, code_limit } = parts[0]!;
    const rests = parts.flatMap(({ cooldown_until }) => cooldown_until ?? []);
    const [first] = parts.flatMap(({ _id }) => next.get(_id) ?? []).toSorted(byRank);
    return {
      key,
      limit,
      default_limit: code_limit === undefined ? limit : code_limit,
      limit_set: code_limit !== undefined,
      paused: parts.some(({ paused }) => paused),
      cooldown_until: rests.toSorted((a, b) => b.getTime() - a.getTime())[0] ?? null,
      queued: sum(queued),
      running: sum(running),
      next: first ? { task_id: first._id, ready_at: first.ready_at } : null,
    };
  });
}

interface Counted {
  _id: string;
  count: number;
}

async function countQueued(queue: Queue, rows: readonly Row[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let at = 0; at < rows.length; at += pageSize) {
    const pipelines = rows
      .slice(at, at + pageSize)
      .map(({ _id: lane, actors }) => [
        { $match: { status: 'queued', actor: { $in: actors }, lane } },
        { $limit: maxQueued },
        { $group: { _id: '$lane', count: { $sum: 1 } } },
      ]);
    const found = queue.tasks.aggregate<Counted>(unite(queue, pipelines), { ...readMs, batchSize: 1_000 });
    for (const { _id, count } of await found.toArray()) counts.set(_id, count);
  }
  return counts;
}

/** Limited tasks by their slots; those of unlimited actors among all that run. */
async function countRunning(queue: Queue, rows: readonly Row[]): Promise<Map<string, number>> {
  const names = rows.map(({ _id }) => _id);
  const count = async (match: Document, lanes: string[], hint: string) => {
    if (lanes.length === 0) return [];
    const stages = [
      { $match: { ...match, lane: { $in: lanes } } },
      { $limit: maxRunning },
      { $group: { _id: '$lane', count: { $sum: 1 } } },
    ];
    return queue.tasks.aggregate<Counted>(stages, { hint, ...readMs }).toArray();
  };
  const found = await Promise.all([
    count(
      { slot: { $gte: 0 } },
      names.filter(name => !isPartition(name)),
      'slot',
    ),
    count({ status: 'processing' }, names.filter(isPartition), 'live'),
  ]);
  return new Map(found.flat().map(({ _id, count: running }) => [_id, running]));
}

async function readNext(queue: Queue, rows: readonly Row[]): Promise<Map<string, Candidate[]>> {
  const next = new Map<string, Candidate[]>();
  for (let at = 0; at < rows.length; at += pageSize) {
    const shares = rows.slice(at, at + pageSize).map(({ _id: lane, actors }) => ({ lane, actors, count: 1 }));
    for (const found of await readPerLane(queue, shares))
      next.set(found.lane, [...(next.get(found.lane) ?? []), found]);
  }
  return next;
}
