// Who holds which slot of which lane, by the changes alone: an outside count of what the unique index promises. Pure.
import type { Violations } from './violations.ts';

/** What the book needs to know of a task. */
export interface Holder {
  lane: string;
  slot?: number;
  concurrency_limit: number | null;
}

interface Entry extends Holder {
  /** Its claim used a limit that had been changed meanwhile. */
  late: boolean;
}

export class LaneBook {
  /** The limit in force now, where a lane has one. */
  readonly limits = new Map<string, number | null>();
  /** The most tasks of a lane that were processing at once. */
  readonly most = new Map<string, number>();
  /** Claims that used a limit which had been changed: a claimer may be one round behind. */
  lateLimits = 0;
  readonly #holders = new Map<string, Map<string, Entry>>();
  readonly #violations: Violations;

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  move(task_id: string, before: Holder, after: Holder): void {
    if (before.slot !== undefined && before.slot !== after.slot)
      this.#holders.get(before.lane)?.delete(task_id);
    if (after.slot === undefined || after.slot === before.slot) return;
    const { lane, concurrency_limit: limit } = after;
    const late = limit !== (this.limits.get(lane) ?? limit);
    if (late) this.lateLimits++;
    const holders = this.#holders.get(lane) ?? new Map<string, Entry>();
    this.#holders.set(lane, holders.set(task_id, { ...after, late }));
    this.most.set(lane, Math.max(holders.size, this.most.get(lane) ?? 0));
    const wrong = overbooked([...holders.values()]);
    const others = [...holders.values()].filter(holder => !holder.late).length;
    // Also while those that a higher limit let in still run.
    if (!late && limit !== null && others > limit)
      wrong.push(`${others} tasks run, and the limit is ${limit}`);
    for (const what of wrong) this.#violations.add('I1', `${lane}: ${what}, when ${task_id} was claimed`);
  }
}

/**
 * What is wrong with the holders of one lane. Limits change while tasks run, so the limit is that of each claim: of the
 * tasks that were claimed under a limit of n or less, at most n may run. Right after a limit was lowered, more run than
 * it says, but none that were claimed under it.
 */
export function overbooked(holders: readonly Holder[]): string[] {
  const wrong: string[] = [];
  const slots = new Set(holders.map(({ slot }) => slot));
  if (slots.size < holders.length) wrong.push(`${holders.length} tasks share ${slots.size} slots`);
  for (const limit of new Set(holders.map(holder => holder.concurrency_limit))) {
    if (limit === null) continue;
    const under = holders.filter(holder => (holder.concurrency_limit ?? Infinity) <= limit).length;
    if (under > limit) wrong.push(`${under} tasks run that were claimed under a limit of ${limit}`);
  }
  const beyond = holders.find(({ slot, concurrency_limit }) => slot! >= (concurrency_limit ?? Infinity));
  if (beyond) wrong.push(`slot ${beyond.slot} is taken under a limit of ${beyond.concurrency_limit}`);
  return wrong;
}
