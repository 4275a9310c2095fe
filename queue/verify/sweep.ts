/*
 * The sweep over one lane: at each start, how many attempts held a slot, and whether a limit of its time allowed it.
 *
 * What the queue promises (claim/slots.ts): a claim never brings a lane above the limit that it used, also while a
 * lowered limit still has holders above it, and never takes a slot that somebody holds. What history cannot tell:
 * - A claim's moment is the start of its statement (grain.ts). Two attempts that meet in one slot for less than that may
 *   have come one after the other, in either order; they count as one holder.
 * - A round claims under the limit that it read. While a limit changes, rounds with the old and the new one overlap, and
 *   a worker that stood still in between claims under one that is long gone (limit-trail.ts).
 */
import { roundMs, statementMs } from './grain.ts';
import { Heap } from './heap.ts';
import type { LimitedAttempt } from './history.ts';
import { LimitTrail } from './limit-trail.ts';
import type { Finding, Notebook } from './report.ts';

/** A start above its own limit, until the limits of the claims after it are known. */
interface Suspect {
  attempt: LimitedAttempt;
  running: number;
  others: LimitedAttempt[];
}

const maxNamed = 20;
const maxSuspects = 1_000;

export class LaneSweep {
  readonly #notebook: Pick<Notebook, 'find' | 'doubt'>;
  /** Slot → the holder that leaves it last. */
  readonly #held = new Map<number, LimitedAttempt>();
  readonly #ends = new Heap<LimitedAttempt>(({ ended_at }) => ended_at.getTime());
  readonly #trail = new LimitTrail();
  readonly #suspects: Suspect[] = [];

  constructor(notebook: Pick<Notebook, 'find' | 'doubt'>) {
    this.#notebook = notebook;
  }

  /** The next attempt of the lane, in the order of starts, then ends. */
  add(attempt: LimitedAttempt): void {
    const start = attempt.started_at.getTime();
    this.#release(start);
    this.#trail.add(start, attempt.limit);
    this.#take(attempt);
    if (this.#held.size > attempt.limit) this.#suspect(attempt);
    this.#judge(start - roundMs);
    this.#trail.forget(this.#suspects[0]?.attempt.started_at.getTime() ?? start);
  }

  /** No more attempts follow. */
  finish(): void {
    this.#judge(Number.POSITIVE_INFINITY);
  }

  /** What ends in the millisecond of a start does not overlap it. */
  #release(moment: number): void {
    for (
      let first = this.#ends.peek();
      first && first.ended_at.getTime() <= moment;
      first = this.#ends.peek()
    ) {
      this.#ends.pop();
      if (this.#held.get(first.slot) === first) this.#held.delete(first.slot);
    }
  }

  #take(attempt: LimitedAttempt): void {
    const holder = this.#held.get(attempt.slot);
    if (holder && attempt.ended_at > holder.started_at) this.#compare(holder, attempt);
    if (holder && holder.ended_at >= attempt.ended_at) return;
    this.#held.set(attempt.slot, attempt);
    this.#ends.push(attempt);
    if (this.#ends.size > 2 * this.#held.size + maxSuspects) this.#compact();
  }

  /** Forgets the ends of those who were followed in their slot by one that leaves it later. */
  #compact(): void {
    this.#ends.clear();
    for (const holder of this.#held.values()) this.#ends.push(holder);
  }

  #compare(holder: LimitedAttempt, attempt: LimitedAttempt): void {
    if (mayFollow(attempt, holder) || mayFollow(holder, attempt))
      this.#notebook.doubt('close_slots', `${holder.task_id} and ${attempt.task_id}`);
    else this.#notebook.find(shared(holder, attempt));
  }

  #suspect(attempt: LimitedAttempt): void {
    const others = [...take(this.#held.values(), maxNamed)].filter(other => other !== attempt);
    this.#suspects.push({ attempt, running: this.#held.size, others });
    if (this.#suspects.length > maxSuspects) this.#conclude(this.#suspects.shift()!);
  }

  #judge(before: number): void {
    while (this.#suspects[0] && this.#suspects[0].attempt.started_at.getTime() < before)
      this.#conclude(this.#suspects.shift()!);
  }

  #conclude(suspect: Suspect): void {
    const { attempt, running } = suspect;
    if (running <= this.#trail.highestAround(attempt.started_at.getTime()))
      this.#notebook.doubt('changing_limit', attempt.task_id);
    else this.#notebook.find(exceeded(suspect));
  }
}

/** Whether `later` may have taken the slot only when `former` had left it, its claim's statement being slow. */
function mayFollow(later: LimitedAttempt, former: LimitedAttempt): boolean {
  const left = former.ended_at.getTime();
  // One that was running when it was read has certainly not made room for one that has ended.
  if (former.running && !later.running) return false;
  return (
    left - later.started_at.getTime() <= statementMs && (later.running || former.ended_at <= later.ended_at)
  );
}

function shared(holder: LimitedAttempt, attempt: LimitedAttempt): Finding {
  return {
    kind: 'slot_shared',
    lane: attempt.lane,
    task_ids: [holder.task_id, attempt.task_id],
    started_at: attempt.started_at,
    ended_at: firstEnd([holder, attempt]),
    detail: `Slot ${attempt.slot} was held by two attempts at once: ${name(holder)} and ${name(attempt)}.`,
  };
}

function firstEnd(attempts: readonly LimitedAttempt[]): Date {
  return new Date(Math.min(...attempts.map(({ ended_at }) => ended_at.getTime())));
}

function exceeded({ attempt, running, others }: Suspect): Finding {
  return {
    kind: 'limit_exceeded',
    lane: attempt.lane,
    task_ids: [attempt, ...others].map(({ task_id }) => task_id),
    started_at: attempt.started_at,
    ended_at: firstEnd([attempt, ...others]),
    detail: `${running} ran at once where ${attempt.limit} may: ${name(attempt)} started beside ${others.map(name).join(', ')}.`,
  };
}

function name({ task_id, attempt, started_at, ended_at, running }: LimitedAttempt): string {
  const end = running ? 'still running' : ended_at.toISOString();
  return `${task_id} #${attempt} (${started_at.toISOString()} to ${end})`;
}

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  for (const item of items) {
    if (count-- <= 0) return;
    yield item;
  }
}
