// The state of the lane model: one limited lane, and where everybody is who works on it.
import { freeSlots } from '../../queue/claim/slots.ts';

/** Where a task is: not stored yet, queued, done, or else the slot that it holds. */
export const [absent, queued, done] = [-3, -2, -1];

/** Where a claimer or the janitor is in its round, and what it has read. */
export interface Round {
  at: 'idle' | 'slots' | 'candidates' | 'write' | 'close' | 'heads' | 'limit' | 'room' | 'reopen';
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

export interface Lane {
  tasks: number[];
  open: boolean;
  limit: number;
  /** Limits that will be set, one after the other. */
  limitsToCome: number[];
  /** Changes that are in, whose look at the flag is still to come. */
  pokes: number;
  claimers: Round[];
  janitor: Round | null;
  /** Tasks that may still be given back. */
  releases: number;
  /** Enqueuers that may still die between insert and poke. */
  crashes: number;
  /** A claim that broke the limit. */
  broken: string | null;
}

export type Mutant = 'no re-check' | 'random slot while draining' | 'no count while draining';

export interface LaneOptions {
  tasks: number;
  claimers: number;
  /** The first one is in force at the beginning. */
  limits: number[];
  want?: number;
  releases?: number;
  crashes?: number;
  janitor?: boolean;
  /** Limits change only while no claimer is in a round. */
  calmChanges?: boolean;
  /** Every claim is held to the limit that it read, also when that was changed while it was under way. */
  strict?: boolean;
  /** A rule that is broken. */
  mutant?: Mutant;
}

export const idle: Round = { at: 'idle', limit: 0, highest: 0, free: [], ordered: false, picks: [] };

export const taken = ({ tasks }: Lane) => tasks.filter(task => task >= 0);
export const hasQueued = ({ tasks }: Lane) => tasks.includes(queued);
export const hasRoom = (lane: Lane, limit: number) => freeSlots(limit, taken(lane)).length > 0;
