// The state machine as data: every way a task changes its status, who does it, and the update it makes. Pure.
//
//                        +-- promote --+                    +--> completed
//                        |             v                    |
//   enqueue --> scheduled             queued -- claim --> processing --> failed (dead)
//                   ^  |               |  ^                 |  |  |
//                   |  |  cancel       |  +-- release,      |  |  +--> cancelled
//                   |  +---------------+      recover ------+  |
//                   |                  v                       |
//                   |              cancelled                   |
//                   +---------------- retry (backoff) ---------+
//
//   failed, cancelled -- revive --> queued
//
// Every update is a pipeline, so that mongod's own clock ($$NOW) and old values can be used. What users or actors say
// enters it only inside $literal.
import type { Document } from 'mongodb';
import type { AttemptOutcome, TaskStatus } from './task.ts';

interface Transition {
  /** Who makes it. */
  by: string;
  from: readonly TaskStatus[];
  to: TaskStatus;
  /** Moments and marks it sets; expressions. */
  set?: Document;
  /** Fields that mean nothing in the new status. */
  unset?: readonly string[];
  /** How the attempt ended, when one does. */
  outcome?: AttemptOutcome;
}

const held = ['slot', 'heartbeat_at', 'begun', 'cancel_requested'] as const;
const ended = { completed_at: '$$NOW' };

export const transitions = {
  promote: {
    by: 'promoter',
    from: ['scheduled'],
    to: 'queued',
    set: { ready_at: '$$NOW' },
    unset: ['run_at'],
  },
  claim: {
    by: 'claimer',
    from: ['queued'],
    to: 'processing',
    set: { attempt: { $add: ['$attempt', 1] }, started_at: '$$NOW', heartbeat_at: '$$NOW' },
    unset: ['progress', 'begun'],
  },
  complete: {
    by: 'executor',
    from: ['processing'],
    to: 'completed',
    set: ended,
    unset: [...held, 'error', 'dedupe_key'],
    outcome: 'completed',
  },
  retry: {
    by: 'executor',
    from: ['processing'],
    to: 'scheduled',
    set: { retry_count: { $add: ['$retry_count', 1] } },
    unset: [...held, 'worker_id'],
    outcome: 'retried',
  },
  fail: {
    by: 'executor',
    from: ['processing'],
    to: 'failed',
    set: { ...ended, dead: true },
    unset: [...held, 'dedupe_key'],
    outcome: 'failed',
  },
  release: {
    by: 'executor',
    from: ['processing'],
    to: 'queued',
    unset: [...held, 'worker_id'],
    outcome: 'released',
  },
  // A recovery is made by somebody else: it takes the claim away, so that the old holder cannot mistake it for its own.
  recover: {
    by: 'recoverer',
    from: ['processing'],
    to: 'queued',
    set: { retry_count: { $add: ['$retry_count', 1] } },
    unset: [...held, 'worker_id', 'claim'],
    outcome: 'lost',
  },
  bury: {
    by: 'recoverer',
    from: ['processing'],
    to: 'failed',
    set: { ...ended, dead: true },
    unset: [...held, 'claim', 'dedupe_key'],
    outcome: 'lost',
  },
  abandon: {
    by: 'recoverer',
    from: ['processing'],
    to: 'cancelled',
    set: ended,
    unset: [...held, 'claim', 'dedupe_key'],
    outcome: 'cancelled',
  },
  cancel: {
    by: 'anybody',
    from: ['scheduled', 'queued'],
    to: 'cancelled',
    set: ended,
    unset: ['run_at', 'dedupe_key'],
  },
  // A dead letter, or a cancelled task, that somebody wants after all: the same task, with all its retries again.
  revive: {
    by: 'anybody',
    from: ['failed', 'cancelled'],
    to: 'queued',
    set: { retry_count: 0, ready_at: '$$NOW' },
    unset: ['dead', 'error', 'completed_at', 'worker_id', 'claim', 'progress', 'children_cancelled'],
  },
  // Its actor's code could not say where it belongs.
  refuse: {
    by: 'router',
    from: ['queued'],
    to: 'failed',
    set: { ...ended, dead: true },
    unset: ['dedupe_key'],
  },
  stop: {
    by: 'executor',
    from: ['processing'],
    to: 'cancelled',
    set: ended,
    unset: [...held, 'dedupe_key'],
    outcome: 'cancelled',
  },
} as const satisfies Record<string, Transition>;

export type TransitionName = keyof typeof transitions;

export const terminalStatuses: readonly TaskStatus[] = ['completed', 'failed', 'cancelled'];

export function isTerminal(status: TaskStatus): boolean {
  return terminalStatuses.includes(status);
}

/** How many finished attempts a task remembers. */
export const attemptsKept = 100;

/**
 * The update of a transition. `set` adds fields as expressions (user values inside $literal); `error` is an expression
 * for the error of the attempt that ends, and of the task; `outcome` overrides how that attempt ended.
 */
export function move(
  name: TransitionName,
  { set = {}, error, outcome }: { set?: Document; error?: unknown; outcome?: AttemptOutcome } = {},
): Document[] {
  const transition: Transition = transitions[name];
  const how = outcome ?? transition.outcome;
  const changes = {
    status: transition.to,
    rev: { $add: ['$rev', 1] },
    ...transition.set,
    ...(how && { attempts: endAttempt(how, error) }),
    ...(error !== undefined && { error }),
    ...set,
  };
  return [{ $set: changes }, ...(transition.unset?.length ? [{ $unset: [...transition.unset] }] : [])];
}

function endAttempt(outcome: AttemptOutcome, error: unknown = null): Document {
  const attempt = {
    attempt: '$attempt',
    worker_id: '$worker_id',
    started_at: '$started_at',
    ended_at: '$$NOW',
    outcome,
    error,
    // What the claim used: history alone can then prove that no limit was exceeded.
    slot: { $ifNull: ['$slot', '$$REMOVE'] },
    limit: { $ifNull: ['$concurrency_limit', '$$REMOVE'] },
  };
  return { $slice: [{ $concatArrays: ['$attempts', [attempt]] }, -attemptsKept] };
}

/** The part of a filter that says a transition is allowed. */
export function allowed(name: TransitionName): Document {
  const { from } = transitions[name];
  return { status: from.length === 1 ? from[0] : { $in: [...from] } };
}
