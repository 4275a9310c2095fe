// Who holds which slot of which lane, by the changes alone: an outside count of what the unique index promises. Pure.
import type { Violations } from './violations.ts';

/** What the book needs to know of a task. */
export interface Holder {
  lane: string;
  slot?: number;
  concurrency_limit: number | null;
}

export class LaneBook {
  /** The limit in force now, where a lane has one. */
  readonly limits = new Map<string, number | null>();
  /** The most tasks of a lane that were processing at once. */
  readonly most = new Map<string, number>();
  /** Claims that used a limit which had been changed: a claimer may be one round behind. */
  lateLimits = 0;
  readonly #holders = new Map<string, Map<string, Holder>>();
  readonly #violations: Violations;

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  move(task_id: string, before: Holder, after: Holder): void {
    if (before.slot !== undefined && before.slot !== after.slot)
      this.#holders.get(before.lane)?.delete(task_id);
    if (after.slot === undefined || after.slot === before.slot) return;
    const holders = this.#holders.get(after.lane) ?? new Map<string, Holder>();
    this.#holders.set(after.lane, holders.set(task_id, after));
    this.most.set(after.lane, Math.max(holders.size, this.most.get(after.lane) ?? 0));
    if (after.concurrency_limit !== (this.limits.get(after.lane) ?? after.concurrency_limit))
      this.lateLimits++;
    for (const what of overbooked([...holders.values()]))
      this.#violations.add('I1', `${after.lane}: ${what}, when ${task_id} was claimed`);
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
