// The walk over all lanes, a page at a time, that keeps their number and their size bounded: what is closed, marked, removed
// (remove.ts) and trimmed (trim.ts) on the way. No index serves it: a page of a walk by name costs a few milliseconds.
import { readHeads } from '../claim/candidates.ts';
import type { Queue } from '../queue.ts';
import { closeEmpty } from './close.ts';
import { anyone, maxNamed } from './lane.ts';
import { readLive } from './live.ts';
import { findUndeclared, idleTooLong, markIdle, removeIdle } from './remove.ts';
import { type Crowd, trimActors } from './trim.ts';

interface Row extends Crowd {
  removable: boolean;
}

export interface Pruning {
  /** How many lanes were removed. */
  removed: number;
  /** Where the walk goes on; null when it has seen the last lane. */
  next: string | null;
}

const pageRows = 500;
// What else lives in lanes is looked for once a run, among all that is scheduled (live.ts): the longest part of it.
const pagesPerRun = 10;

/** Looks at the first 5,000 lanes by name behind `after`. */
export async function pruneLanes(queue: Queue, after = ''): Promise<Pruning> {
  const removable: string[] = [];
  const crowds: Crowd[] = [];
  let next: string | null = after;
  for (let page = 0; page < pagesPerRun && next !== null; page++) {
    const rows = await readPage(queue, next);
    await closeForsaken(queue, rows);
    const names = rows.map(({ _id }) => _id);
    await markIdle(queue, names);
    removable.push(...rows.flatMap(row => (row.removable ? [row._id] : [])));
    crowds.push(...rows.filter(({ actors }) => actors.length > maxNamed));
    next = rows.length === pageRows ? names.at(-1)! : null;
  }
  const unneeded = await findUndeclared(queue, removable);
  const live = await readLive(queue, [...unneeded, ...crowds.map(({ _id }) => _id)]);
  await trimActors(queue, crowds, live);
  const busy = new Set(live.map(({ lane }) => lane));
  const removed = await removeIdle(
    queue,
    unneeded.filter(lane => !busy.has(lane)),
  );
  if (removed > 0) queue.events.emit('lanes:removed', { count: removed });
  return { removed, next };
}

const roundMs = 300_000;
// 5,000 lanes at a time: nobody is in a hurry to be rid of them.
const partMs = 30_000;

/** The walk as a chore: each call does a part, and resolves the milliseconds until the next one is due. */
export function lanePruner(prune: (after: string) => Promise<Pruning>): () => Promise<number> {
  let after = '';
  return async () => {
    const { next } = await prune(after);
    after = next ?? '';
    return next === null ? roundMs : partMs;
  };
}

function readPage(queue: Queue, after: string): Promise<Row[]> {
  const projection = { actors: 1, waiting: 1, rings: 1, removable: idleTooLong };
  return queue.lanes
    .find<Row>({ _id: { $gt: after } }, { projection, batchSize: pageRows + 1, maxTimeMS: 5_000 })
    .sort({ _id: 1 })
    .limit(pageRows)
    .toArray();
}

/** Closes lanes that say of actors that they wait while none does: where nobody serves them, no claimer would find out. */
async function closeForsaken(queue: Queue, rows: readonly Row[]): Promise<void> {
  const looks = rows.flatMap(({ _id: lane, actors, waiting = [...actors, anyone] }) => {
    const named = waiting.includes(anyone) ? [...actors, anyone] : waiting;
    return named.length > 0 ? [{ lane, actors: named }] : [];
  });
  const heads = await readHeads(queue, looks);
  await closeEmpty(
    queue,
    looks.filter(({ lane }) => !heads.has(lane)),
  );
}
