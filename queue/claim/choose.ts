// Which candidates one claimer tries, and in which slots; pure.
import { spread } from '../ids.ts';
import type { Candidate } from './candidates.ts';
import type { FreeSlots } from './slots.ts';

/** This worker's place among the live ones: `index` of `of`. */
export interface WorkerShare {
  index: number;
  of: number;
}

/** A candidate with the slot it will hold; `slot` and `limit` are null where no limit binds. */
export interface Pick {
  _id: string;
  lane: string;
  slot: number | null;
  limit: number | null;
}

export interface Choice {
  picks: Pick[];
  /** There is capacity left, and candidates left to other claimers. */
  left: boolean;
}

/**
 * Picks at most `want` candidates, best first. Several claimers of one head would lose half of their claims to each
 * other (measured), so each takes the candidates whose id falls to it, and the others' only when its own are few.
 */
export function choosePicks(
  candidates: readonly Candidate[],
  free: ReadonlyMap<string, FreeSlots>,
  limits: ReadonlyMap<string, number | null>,
  { want, share }: { want: number; share: WorkerShare },
): Choice {
  const own = (candidate: Candidate) => spread(candidate._id) % share.of === share.index;
  const sorted = candidates.toSorted(byRank);
  const mine = sorted.filter(own);
  const considered =
    mine.length >= want / 4 ? mine : [...mine, ...sorted.filter(candidate => !own(candidate))];
  const left = new Map([...free].map(([lane, slots]) => [lane, [...slots]]));
  const picks: Pick[] = [];
  for (const { _id, lane } of considered) {
    if (picks.length >= want) break;
    const limit = limits.get(lane) ?? null;
    const slot = limit === null ? null : left.get(lane)?.shift();
    if (slot !== undefined) picks.push({ _id, lane, slot, limit });
  }
  return { picks, left: picks.length < want && considered.length < sorted.length };
}

/** The order in which tasks of one lane are claimed. */
export function byRank(a: Candidate, b: Candidate): number {
  return b.priority - a.priority || a.ready_at.getTime() - b.ready_at.getTime() || (a._id < b._id ? -1 : 1);
}
