// Workers outside that execute the same: one claim round is for all of them. Who of several such crews may claim how much. Pure.
import type { Claimable } from '../../queue/index.ts';
import type { Session } from './session.ts';

type Member = Pick<Session, 'actors' | 'jobs' | 'room' | 'turn'>;

/** Workers with room that execute the same, at least one; the one served longest ago comes first. */
export type Crew<Worker> = readonly [Worker, ...Worker[]];

export interface Turn<Worker> {
  crew: Crew<Worker>;
  /** At most this many tasks for all of it. */
  want: number;
}

/** The crews among these workers. */
export function crewsOf<Worker extends Member>(workers: readonly Worker[]): Crew<Worker>[] {
  const crews = new Map<string, [Worker, ...Worker[]]>();
  for (const worker of workers.toSorted((a, b) => a.turn - b.turn)) {
    if (worker.room() === 0) continue;
    const crew = crews.get(worker.jobs);
    if (crew) crew.push(worker);
    else crews.set(worker.jobs, [worker]);
  }
  return [...crews.values()];
}

export function roomOf(crew: readonly Member[]): number {
  return crew.reduce((sum, worker) => sum + worker.room(), 0);
}

/** The turns of those for whom something is open, the one with the most room first: what waits is divided by their room. */
export function divideBy<Worker extends Member>(
  { lanes, waiting }: Claimable,
  crews: readonly Crew<Worker>[],
): Turn<Worker>[] {
  const open = new Set(lanes.flat());
  const served = crews
    .filter(([{ actors }]) => [...actors].some(actor => open.has(actor)))
    .map(crew => ({ crew, room: roomOf(crew) }))
    // They may have left, or stopped reading, since they were seen to have room.
    .filter(({ room }) => room > 0)
    .toSorted((a, b) => b.room - a.room || a.crew[0].turn - b.crew[0].turn);
  const total = served.reduce((sum, { room }) => sum + room, 0);
  // At least one: an open lane in which nothing waits is closed by whoever looks.
  const shareOf = (room: number) => Math.max(1, Math.ceil((Math.min(waiting, total) * room) / total));
  return served.map(({ crew, room }) => ({ crew, want: Math.min(room, shareOf(room)) }));
}
