/*
 * The history of a queue, replayed change by change: what the change stream of an outside observer is judged by. Pure.
 *
 * The stream has every visible change in the order in which mongod made it, so this sees each state that ever was, and
 * not samples. It shares no code with queue/: its own table of what may follow what, its own count of slots.
 */
import { LaneBook } from './lane-book.ts';
import type { Violations } from './violations.ts';

/** The fields of a task that matter here. */
export interface Observed {
  lane: string;
  status: string;
  attempt: number;
  rev: number;
  concurrency_identifier: string | null;
  concurrency_limit: number | null;
  claim?: string;
  slot?: number;
  heartbeat_at?: Date;
}

export interface EndedAttempt {
  attempt: number;
  outcome: string;
  ended_at: Date;
}

export type Change =
  | { kind: 'inserted'; task_id: string; task: Observed }
  | { kind: 'updated'; task_id: string; set: Partial<Observed>; unset: string[]; ended?: EndedAttempt };

const follows: Record<string, readonly string[]> = {
  scheduled: ['queued', 'cancelled'],
  queued: ['processing', 'cancelled'],
  processing: ['completed', 'failed', 'cancelled', 'queued', 'scheduled'],
};
const terminal: readonly string[] = ['completed', 'failed', 'cancelled'];

export class Replay {
  readonly live = new Map<string, Observed>();
  /** How each task ended. */
  readonly ended = new Map<string, string>();
  /** How often each change of status was made, as `processing > completed`, and each outcome of an attempt. */
  readonly counted = new Map<string, number>();
  readonly lanes: LaneBook;
  readonly #violations: Violations;
  readonly #leaseMs: number;

  /** Silence shorter than `leaseMs` must never cost a worker its task. */
  constructor(violations: Violations, leaseMs: number) {
    this.#violations = violations;
    this.#leaseMs = leaseMs;
    this.lanes = new LaneBook(violations);
  }

  apply(change: Change): void {
    if (change.kind === 'inserted') this.#insert(change.task_id, change.task);
    else this.#update(change);
  }

  #insert(task_id: string, task: Observed): void {
    if (this.live.has(task_id) || this.ended.has(task_id))
      this.#violations.add('I4', `${task_id} was stored twice`);
    this.live.set(task_id, task);
  }

  #update({ task_id, set, unset, ended }: Extract<Change, { kind: 'updated' }>): void {
    const before = this.live.get(task_id);
    if (!before) {
      this.#touchEnded(task_id, set);
      return;
    }
    const after: Observed = { ...before, ...set };
    for (const field of unset) delete after[field as keyof Observed];
    this.#judge(task_id, before, after, ended, unset.includes('claim'));
    this.lanes.move(task_id, before, after);
    if (terminal.includes(after.status)) {
      this.live.delete(task_id);
      this.ended.set(task_id, after.status);
    } else this.live.set(task_id, after);
  }

  #touchEnded(task_id: string, set: Partial<Observed>): void {
    const how = this.ended.get(task_id);
    const what = how ? `which was ${how} already` : 'which nobody stored';
    this.#violations.add('I4', `${task_id}, ${what}, was changed: ${Object.keys(set).join(', ')}`);
  }

  #judge(
    task_id: string,
    before: Observed,
    after: Observed,
    ended: EndedAttempt | undefined,
    taken: boolean,
  ): void {
    const wrong = (invariant: string, what: string) => this.#violations.add(invariant, `${task_id} ${what}`);
    if (after.rev < before.rev) wrong('I9', `went back from revision ${before.rev} to ${after.rev}`);
    if (after.status === before.status) {
      if (after.claim !== before.claim || after.attempt !== before.attempt)
        wrong('I4', `was claimed by ${after.claim} while ${before.claim} held it`);
    } else this.#judgeMove(wrong, before, after);
    if (ended) this.#judgeEnd(wrong, before, ended, taken);
    else if (before.status === 'processing' && after.status !== 'processing')
      wrong('I5', `left processing without a word about attempt ${before.attempt}`);
    judgeSlot(wrong, after);
  }

  #judgeMove(wrong: (invariant: string, what: string) => void, before: Observed, after: Observed): void {
    this.#count(`${before.status} > ${after.status}`);
    if (!follows[before.status]?.includes(after.status))
      wrong('I4', `went from ${before.status} to ${after.status}`);
    const claimed = after.status === 'processing' ? 1 : 0;
    if (after.attempt !== before.attempt + claimed)
      wrong('I5', `went from attempt ${before.attempt} to ${after.attempt} and is ${after.status}`);
  }

  #judgeEnd(
    wrong: (invariant: string, what: string) => void,
    before: Observed,
    { attempt, outcome, ended_at }: EndedAttempt,
    taken: boolean,
  ): void {
    this.#count(`attempt ${outcome}`);
    if (attempt !== before.attempt) wrong('I5', `ended attempt ${attempt} while ${before.attempt} ran`);
    if (!taken) return;
    const silentMs = ended_at.getTime() - (before.heartbeat_at?.getTime() ?? 0);
    if (silentMs < this.#leaseMs)
      wrong(
        'I5',
        `was taken from its worker after ${silentMs} ms of silence; the lease is ${this.#leaseMs} ms`,
      );
  }

  #count(what: string): void {
    this.counted.set(what, (this.counted.get(what) ?? 0) + 1);
  }
}

/** I8: a slot is held by limited tasks that are processing, and by nothing else; whoever is processing is heard of. */
function judgeSlot(wrong: (invariant: string, what: string) => void, task: Observed): void {
  const running = task.status === 'processing';
  const needsSlot = running && task.concurrency_identifier !== null;
  if (needsSlot !== (task.slot !== undefined))
    wrong('I8', `is ${task.status} with ${task.slot === undefined ? 'no slot' : `slot ${task.slot}`}`);
  if (running !== (task.heartbeat_at !== undefined))
    wrong('I8', `is ${task.status} with${running ? 'out' : ''} a heartbeat`);
}
