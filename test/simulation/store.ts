// The queue in memory: what the database holds and the conditional changes it makes, each at one moment. No waiting and
// no network here: those are added by transport.ts. Flaws can be planted, to see whether tests find them.

import { type Ending, findOutcome } from '../../queue/ending.ts';
import {
  type ClaimedTask,
  isTerminal,
  type Json,
  type JsonObject,
  type ProgressValue,
  type SettleOutcome,
  type Task,
  type TaskError,
  type WorkerRecord,
} from '../../queue/index.ts';
import { cancelledError } from '../../queue/settle.ts';
import { type Statement, statement } from './statement.ts';

/** What a mistake in a statement of queue/ would do. */
export type StoreFlaw =
  | 'complete without fence'
  | 'fail without fence'
  | 'heartbeat by worker'
  | 'claims need no answer'
  | 'slots are not unique'
  | 'claim without status'
  | 'recover without comparing'
  | 'promote without comparing'
  | 'retry keeps the slot'
  | 'release counts as a retry';

const outcomes = {
  complete: 'completed',
  retry: 'retried',
  retryTimedOut: 'timed_out',
  fail: 'failed',
  failTimedOut: 'timed_out',
  release: 'released',
  stop: 'cancelled',
} as const;
type Settling = keyof typeof outcomes;
type Said = Pick<Ending, 'result' | 'error'> & { run_at?: Date };

export interface MemoryLane {
  limit: number | null;
  cooldown_until: number;
}

/** A change that took effect: by whose claim (null: by somebody else's right), and what the task was before. */
export interface Write {
  name: StatementName;
  by: string | null;
  before: Pick<Task, 'status' | 'claim' | 'attempt' | 'retry_count'>;
  task: Task;
}

export interface NewMemoryTask {
  actor?: string;
  lane: string;
  payload?: JsonObject;
  priority?: number;
  max_retries?: number;
  delay_ms?: number;
  timeouts?: { soft_ms: number; hard_ms: number };
}

type Names = Parameters<typeof statement>[0];

const plain = (name: Names) => statement(name);
const withError = (name: Names) => statement(name, { error: '$$error' });

const statements = {
  claim: statement('claim', {
    set: { worker_id: '$$worker_id', claim: '$$claim', slot: '$$slot', concurrency_limit: '$$limit' },
  }),
  complete: statement('complete', { set: { result: '$$result' } }),
  retry: statement('retry', { error: '$$error', set: { run_at: '$$run_at' } }),
  retryTimedOut: statement('retry', {
    error: '$$error',
    set: { run_at: '$$run_at' },
    outcome: 'timed_out',
  }),
  fail: withError('fail'),
  failTimedOut: statement('fail', { error: '$$error', outcome: 'timed_out' }),
  release: plain('release'),
  stop: withError('stop'),
  promote: plain('promote'),
  cancel: statement('cancel', { set: { error: '$$error' } }),
  recover: withError('recover'),
  bury: withError('bury'),
  abandon: withError('abandon'),
} satisfies Record<string, Statement>;

export type StatementName = keyof typeof statements;

const epoch = Date.UTC(2024, 0, 1);

export class MemoryStore {
  readonly tasks = new Map<string, Task>();
  readonly lanes = new Map<string, MemoryLane>();
  readonly workers = new Map<string, WorkerRecord>();
  readonly leases = new Map<string, { holder: string; until: number }>();
  readonly flaws: ReadonlySet<StoreFlaw>;
  onWrite: (write: Write) => void = () => {};
  /** A change did not happen, since its condition did not hold any more. */
  onRefusal: (name: StatementName) => void = () => {};
  /** A lane may have claimable work that it had not before. */
  onOpen: () => void = () => {};
  readonly #now: () => number;
  /** Claim rounds so far: what makes each token new. */
  rounds = 0;
  #made = 0;

  /** `now`: milliseconds of the database's clock. */
  constructor(now: () => number, flaws: Iterable<StoreFlaw> = []) {
    this.#now = now;
    this.flaws = new Set(flaws);
  }

  now(): Date {
    return new Date(epoch + this.#now());
  }

  /** Changes a task by a transition and tells of it. */
  move(task: Task, name: StatementName, by: string | null, variables: JsonObject | object = {}): void {
    const { status, claim, attempt, retry_count } = task;
    statements[name](task, { ...variables, NOW: this.now() });
    const before = { status, attempt, retry_count, ...(claim !== undefined && { claim }) };
    this.onWrite({ name, by, before, task });
    if (task.status === 'queued' || isTerminal(task.status) || status === 'processing') this.onOpen();
  }

  enqueue({ actor = 'echo', lane, payload = {}, delay_ms = 0, ...rest }: NewMemoryTask): Task {
    const now = this.now();
    const limit = this.lane(lane).limit;
    const task: Task = {
      _id: `tq_00000000-0000-7000-8000-${(++this.#made * 0x9e37).toString(16).padStart(12, '0')}`,
      actor,
      lane,
      concurrency_identifier: limit === null ? null : lane,
      concurrency_limit: limit,
      status: delay_ms > 0 ? 'scheduled' : 'queued',
      priority: 0,
      payload,
      created_at: now,
      ready_at: now,
      ...(delay_ms > 0 && { run_at: new Date(now.getTime() + delay_ms) }),
      attempt: 0,
      retry_count: 0,
      max_retries: 3,
      rev: 1,
      attempts: [],
      ...rest,
    };
    this.tasks.set(task._id, task);
    if (task.status === 'queued') this.onOpen();
    return task;
  }

  lane(name: string): MemoryLane {
    const known = this.lanes.get(name) ?? { limit: null, cooldown_until: 0 };
    this.lanes.set(name, known);
    return known;
  }

  setLimit(name: string, limit: number): void {
    this.lane(name).limit = limit;
    this.onOpen();
  }

  cancel(task_id: string): void {
    const task = this.tasks.get(task_id)!;
    if (task.status === 'scheduled' || task.status === 'queued')
      this.move(task, 'cancel', null, { error: cancelledError });
    else if (task.status === 'processing' && !task.cancel_requested) {
      task.cancel_requested = true;
      task.rev++;
    }
  }

  /** Whether the claim is in force. */
  holds({ _id, claim }: Pick<ClaimedTask, '_id' | 'claim'>, flaw?: StoreFlaw): Task | null {
    const task = this.tasks.get(_id);
    if (task?.status !== 'processing') return null;
    return task.claim === claim || (flaw && this.flaws.has(flaw)) ? task : null;
  }

  /** Ends an attempt: by the transition, or as cancelled when that was asked for; a repeated settle changes nothing. */
  settle(held: ClaimedTask, name: Settling, variables: Said = {}, flaw?: StoreFlaw): SettleOutcome {
    const task = this.holds(held, flaw);
    if (!task) {
      const now = this.tasks.get(held._id);
      if (now?.claim === held.claim)
        return findOutcome(now, held.attempt, { outcomes: [outcomes[name]], ...variables });
      this.onRefusal(name);
      return 'lost';
    }
    const { slot } = task;
    const cancelled = task.cancel_requested === true;
    if (cancelled) this.move(task, 'stop', held.claim, { error: cancelledError });
    else this.move(task, name, held.claim, variables);
    if (this.flaws.has('retry keeps the slot') && task.status === 'scheduled') put(task, { slot });
    if (this.flaws.has('release counts as a retry') && name === 'release') task.retry_count++;
    return cancelled && name !== 'stop' ? 'cancelled' : 'settled';
  }

  fail(task: ClaimedTask, error: TaskError, delay_ms: number | null, timedOut: boolean): SettleOutcome {
    const run_at = new Date(this.now().getTime() + (delay_ms ?? 0));
    if (delay_ms !== null)
      return this.settle(task, timedOut ? 'retryTimedOut' : 'retry', { error, run_at }, 'fail without fence');
    return this.settle(task, timedOut ? 'failTimedOut' : 'fail', { error }, 'fail without fence');
  }

  say(held: ClaimedTask, value: ProgressValue | undefined): boolean {
    const task = this.holds(held);
    if (!task) return false;
    if (value) task.progress = { ...value, updated_at: this.now() };
    task.begun = true;
    task.rev++;
    return true;
  }

  save(held: ClaimedTask, state: Json): boolean {
    const task = this.holds(held);
    if (task) task.state = structuredClone(state);
    return task !== null;
  }

  rest(lane: string, until: Date): void {
    const known = this.lane(lane);
    // Never less than a second, as in the database.
    known.cooldown_until = Math.max(known.cooldown_until, until.getTime(), this.now().getTime() + 1_000);
  }
}

function put(task: Task, fields: { slot: number | undefined }): void {
  Object.assign(task, fields);
}
