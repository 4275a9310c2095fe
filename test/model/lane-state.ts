// The state of the lane model: one limited lane, and where everybody is who works on it.
import { freeSlots } from '../../queue/claim/slots.ts';

/** Where a task is: not stored yet, queued, done, or else the slot that it holds. */
export const [absent, queued, done] = [-3, -2, -1];

/** Where a claimer or the janitor is in its round, and what it has read. */
export interface Round {
  at:
    | ('idle' | 'slots' | 'candidates' | 'write')
    | ('full' | 'limit' | 'room' | 'reopen')
    | ('empty' | 'tasks' | 'poke' | 'missed' | 'poke again');
  /** The actors that it looks for. */
  actors: Actors;
  /** The limit that it read. */
  limit: number;
  /** The highest limit that was in force, or that somebody claimed under, since its round began. */
  highest: number;
  /** The free slots that it may try. */
  free: number[];
  /** They must be tried in this order. */
  ordered: boolean;
  /** What it will write: task and slot. */
  picks: [task: number, slot: number][];
}

/** A set of actors, one bit each. */
export type Actors = number;

export interface Lane {
  tasks: number[];
  /** The document is there. */
  exists: boolean;
  /** Somebody saw that nobody waits, and nobody has been said to wait since. */
  marked: boolean;
  /** Who removes idle lanes has seen one that may go. */
  removing: boolean;
  /** Times that the lane may still be removed. */
  removals: number;
  open: boolean;
  /** Actors of which the lane says that they wait. */
  waiting: Actors;
  limit: number;
  /** Limits that will be set, one after the other. */
  limitsToCome: number[];
  /** By actor: its tasks that are queued, whose poke is still to come. */
  pokes: number[];
  /** The same, of those that have found no lane and have still to look for it. */
  misses: number[];
  /** The same, of those that have then found it, or made it anew. */
  repokes: number[];
  /** Slots that are free or new, whose look at the flag is still to come. */
  frees: number;
  claimers: Round[];
  janitor: Round | null;
  /** Tasks that may still be given back. */
  releases: number;
  /** Enqueuers that may still die between insert and poke. */
  crashes: number;
  /** A claim that broke the limit. */
  broken: string | null;
}

export type Mutant =
  | 'no second look for slots'
  | 'no second look for tasks'
  | 'says of everybody that nobody waits'
  | 'says of its actors what it did not look for'
  | 'takes back without opening'
  | 'takes back by room'
  | 'random slot while draining'
  | 'no count while draining'
  | 'removes what it saw without looking again'
  | 'pokes what is gone and leaves it gone'
  | 'leaves it to whoever made the lane anew';

export interface LaneOptions {
  tasks: number;
  /** The actor of each task, from 0; all are of one otherwise. */
  actors?: number[];
  claimers: number;
  /** Whom each claimer serves; everybody otherwise. */
  serves?: Actors[];
  /** The first one is in force at the beginning. */
  limits: number[];
  want?: number;
  releases?: number;
  crashes?: number;
  /** How often the lane may be removed. */
  removals?: number;
  janitor?: boolean;
  /** Limits change only while no claimer is in a round. */
  calmChanges?: boolean;
  /** Every claim is held to the limit that it read, also when that was changed while it was under way. */
  strict?: boolean;
  /** A rule that is broken. */
  mutant?: Mutant;
}

export const idle: Round = {
  at: 'idle',
  actors: 0,
  limit: 0,
  highest: 0,
  free: [],
  ordered: false,
  picks: [],
};

export const actorOf = (task: number, { actors = [] }: LaneOptions) => actors[task] ?? 0;
export const everybody = ({ actors = [0] }: LaneOptions): Actors => 2 ** (Math.max(...actors) + 1) - 1;

export const taken = ({ tasks }: Lane) => tasks.filter(task => task >= 0);
/** Those of these actors that have something queued. */
export const whoWaits = ({ tasks }: Lane, options: LaneOptions, actors: Actors): Actors =>
  tasks.reduce((found, at, task) => (at === queued ? found | (1 << actorOf(task, options)) : found), 0) &
  actors;
export const hasRoom = (lane: Lane, limit: number) => freeSlots(limit, taken(lane)).length > 0;
