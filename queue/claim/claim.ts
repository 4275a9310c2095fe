/*
 * The claim round: open lanes -> free slots and candidates -> one conditional write -> read back -> close what was
 * found empty or full.
 *
 * Why no limit is ever exceeded: a limited task can be `processing` only with a slot below its lane's limit (the
 * validator), and two tasks cannot have one slot (the unique index `slot`). Claimers that read the same free slot meet
 * at that index; one wins, the other gets a duplicate-key error and has lost nothing but a try.
 * Why no task runs twice at once: the write's filter says `queued`, and mongod applies one of two such writes.
 * Why an unknown outcome is harmless: the token is new in every round, so the read-back finds exactly what this round
 * won. If even that cannot be read, nobody sends heartbeats for the tasks and the recoverer takes them back.
 */
import { randomBytes } from 'node:crypto';
import { closeEmpty, closeFull } from '../lanes/close.ts';
import { lowerHeads, turnLanes } from '../lanes/heads.ts';
import type { Lane, Look } from '../lanes/lane.ts';
import type { Queue } from '../queue.ts';
import { isRouteLane, routePrefix } from '../route.ts';
import type { ClaimedTask } from '../task.ts';
import { type Candidate, lookInto, pageSize, readMerged, readOpenLanes, readPerLane } from './candidates.ts';
import { choosePicks, type WorkerShare } from './choose.ts';
import { dealPicks, type Taker } from './deal.ts';
import { type FreeSlots, readFreeSlots } from './slots.ts';
import { type Won, writeClaim } from './write.ts';

export interface ClaimRequest {
  worker_id: string;
  /** The actors whose tasks this worker can execute. */
  actors: ReadonlySet<string>;
  /** At most this many tasks; only what can start now, since a claimed task holds its slot. */
  want: number;
  share: WorkerShare;
}

/** One round for several workers that execute the same: each task is claimed in the name of the one that gets it. */
export interface SharedRequest extends Omit<ClaimRequest, 'worker_id'> {
  takers: readonly Taker[];
}

export interface ClaimRound {
  /** Certainly held by the worker that they name, in no order. */
  tasks: ClaimedTask[];
  /** Run another round at once if there is capacity: only a round that says false has left no lane open by mistake. */
  again: boolean;
  /** Actors with tasks whose lane only their code can tell (see reroute.ts). */
  unrouted: string[];
}

/** One claim round. May throw on database trouble; what it may have claimed by then is recovered after its lease. */
export async function claimTasks(queue: Queue, { worker_id, ...request }: ClaimRequest): Promise<ClaimRound> {
  return claimForAll(queue, { ...request, takers: [{ worker_id, room: request.want }] });
}

/** One claim round for several workers; what it wins is divided by the room of each. Otherwise as `claimTasks`. */
export async function claimForAll(queue: Queue, { takers, ...asked }: SharedRequest): Promise<ClaimRound> {
  const room = takers.reduce((sum, taker) => sum + taker.room, 0);
  const request = { ...asked, want: Math.min(asked.want, room) };
  // To mongod a limit of 0 means none.
  if (!(request.want >= 1)) return { tasks: [], again: false, unrouted: [] };
  const page = await readOpenLanes(queue, [...request.actors]);
  const { lanes, unrouted } = splitPage(page);
  if (lanes.length === 0) return { tasks: [], again: page.length === pageSize, unrouted };
  const free = await readFreeSlots(queue, lanes);
  const looks = new Map(lanes.map(lane => [lane._id, lookInto(lane, request.actors)]));
  const seen = await readCandidates(queue, lanes, looks, free, request);
  const limits = new Map(lanes.map(lane => [lane._id, lane.limit]));
  const { picks, left } = choosePicks(seen.candidates, free, limits, request);
  const dealt = dealPicks(picks, takers, randomBytes(8).toString('hex'));
  const won = await writeClaim(queue, dealt, [...request.actors]);
  report(queue, won, picks.length);
  try {
    await closeIdle(queue, lanes, looks, free, seen);
    await lowerHeads(queue, lanes, seen.candidates, request.actors);
    if (page.length === pageSize) await turnLanes(queue, page);
  } catch (error) {
    // Lanes are hints and the next round sees to them; what was won must not wait for its lease to end.
    if (won.tasks.length === 0) throw error;
    queue.events.emit('queue:trouble', { doing: 'keeping lanes right', error });
  }
  // Also after a win: a lane that is now empty must be seen so and closed, or its next task would wake nobody.
  const again = left || picks.length > 0 || seen.truncated || page.length === pageSize;
  return { tasks: won.tasks, again, unrouted };
}

function splitPage(page: readonly Lane[]): { lanes: Lane[]; unrouted: string[] } {
  const routes = page.filter(lane => isRouteLane(lane._id));
  return {
    lanes: page.filter(lane => !isRouteLane(lane._id)),
    unrouted: routes.map(lane => lane._id.slice(routePrefix.length)),
  };
}

interface Seen {
  candidates: Candidate[];
  /** The merged read met its limit: lanes without a candidate may have some. */
  truncated: boolean;
}

/** More than this much of one lane is never read in one round. */
const maxPerLane = 2_000;

async function readCandidates(
  queue: Queue,
  lanes: readonly Lane[],
  looks: ReadonlyMap<string, Look>,
  free: ReadonlyMap<string, FreeSlots>,
  { want, share }: Pick<ClaimRequest, 'want' | 'share'>,
): Promise<Seen> {
  const unlimited = lanes.filter(lane => lane.limit === null).map(lane => looks.get(lane._id)!);
  const limit = Math.min(want * share.of, maxPerLane);
  const shares = lanes
    .filter(lane => (free.get(lane._id)?.length ?? 0) > 0)
    .map(({ _id: lane }) => ({
      ...looks.get(lane)!,
      // Not a share for each claimer, as where there is no limit: a recovered task, whose paid work may go on outside,
      // stands first and must not be overtaken by one further back.
      count: Math.min(free.get(lane)!.length, limit),
    }));
  const [merged, single] = await Promise.all([
    readMerged(queue, unlimited, limit),
    readPerLane(queue, shares),
  ]);
  return { candidates: [...merged, ...single], truncated: merged.length === limit };
}

function report(queue: Queue, { tasks, slot_conflicts }: Won, tried: number): void {
  const lost = tried - tasks.length;
  if (lost > 0 || slot_conflicts > 0) queue.events.emit('claim:contended', { lost, slot_conflicts });
  for (const task of tasks) queue.events.emit('task:claimed', task);
}

/** Closes lanes that this round found full, and says of those it found empty that none of its actors waits there. */
async function closeIdle(
  queue: Queue,
  lanes: readonly Lane[],
  looks: ReadonlyMap<string, Look>,
  free: ReadonlyMap<string, FreeSlots>,
  { candidates, truncated }: Seen,
): Promise<void> {
  const busy = new Set(candidates.map(candidate => candidate.lane));
  const isFull = ({ _id }: Lane) => free.get(_id)?.length === 0;
  const isEmpty = (lane: Lane) => !busy.has(lane._id) && !isFull(lane) && (lane.limit !== null || !truncated);
  await closeFull(
    queue,
    lanes.filter(isFull).map(lane => lane._id),
  );
  await closeEmpty(
    queue,
    lanes.filter(isEmpty).map(lane => looks.get(lane._id)!),
  );
}
