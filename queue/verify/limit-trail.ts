// Which limits may have been in force around a moment: told by the limits that the claims around it used.
import { roundMs } from './grain.ts';

/** Consecutive claims of one lane that used the same limit. */
interface Run {
  limit: number;
  from: number;
  to: number;
}

// Only a history whose limit changes with every claim comes near it.
const maxRuns = 10_000;

export class LimitTrail {
  readonly #runs: Run[] = [];

  /** The next claim of the lane; starts never fall. */
  add(start: number, limit: number): void {
    const last = this.#runs.at(-1);
    if (last?.limit === limit) last.to = start;
    else this.#runs.push({ limit, from: start, to: start });
  }

  /**
   * The highest limit that may have been in force for a round that claimed at `moment`: one that a claim within the
   * time of a round used, or one that the claims before and after both allow.
   */
  highestAround(moment: number): number {
    const [earliest, latest] = [moment - roundMs, moment + roundMs];
    const before = this.#runs.findLast(run => run.to < earliest)?.limit ?? 0;
    const after = this.#runs.find(run => run.from > latest)?.limit ?? 0;
    const near = this.#runs.filter(run => run.to >= earliest && run.from <= latest).map(run => run.limit);
    return Math.max(Math.min(before, after), ...near);
  }

  /** Nobody will ask about a moment before this one. */
  forget(moment: number): void {
    let gone = 0;
    while (gone < this.#runs.length - 2 && this.#runs[gone + 1]!.to < moment - roundMs) gone++;
    this.#runs.splice(0, Math.max(gone, this.#runs.length - maxRuns));
  }
}
