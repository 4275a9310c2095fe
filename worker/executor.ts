// One attempt as a pipeline: resolve → timers → run → settle → report. What ends it is decided in outcome.ts.
import {
  type AttemptOutcome,
  isRefusal,
  LostClaim,
  retryDelay,
  type SettleOutcome,
  startAttemptSpan,
  timeoutsOf,
} from '../queue/index.ts';
import { Cancelled, HardTimeout } from './actors/errors.ts';
import type { RegisteredActor } from './actors/registry.ts';
import type { Attempt } from './attempt.ts';
import type { ContextParts } from './context.ts';
import type { WorkerEvents } from './events.ts';
import { executeHere } from './execution.ts';
import { executeIsolated } from './isolated/execution.ts';
import type { Outbox } from './outbox.ts';
import { type Ended, judge, type Outcome } from './outcome.ts';
import { InvalidResult } from './result.ts';
import { toTaskError } from './task-error.ts';

export interface ExecutorParts extends ContextParts {
  outbox: Outbox;
  events: WorkerEvents;
  /** The actor is done with. */
  settling: (attempt: Attempt) => void;
}

/** Runs one attempt to its end in the database. Never rejects: trouble that nobody could settle is an event. */
export async function executeAttempt(parts: ExecutorParts, attempt: Attempt): Promise<void> {
  const { store, time } = parts;
  const span = startAttemptSpan(attempt.task);
  try {
    const registered = resolve(parts, attempt);
    const startedAt = time.now();
    const timers = startTimers(parts, attempt, registered);
    const ended = await span.within(() => run(parts, attempt, registered)).finally(() => timers.stop());
    const run_ms = time.now() - startedAt;
    const { retry } = registered.description;
    const outcome = judge(attempt, ended, failures => retryDelay(retry, failures, () => time.random()));
    const settled = await settle(parts, attempt, outcome);
    span.end(outcomeOf(outcome, settled), errorTypeOf(outcome));
    report(parts, attempt, outcome, settled, run_ms);
  } catch (error) {
    span.end(null, toTaskError(error).type);
    // Its lease runs out and somebody recovers it.
    store.events.emit('queue:trouble', { doing: `settling ${attempt.task._id}`, error });
  }
}

function resolve({ actors }: ExecutorParts, { task }: Attempt): RegisteredActor {
  const found = actors.find(task.actor);
  if (!found) throw new Error(`This worker claimed a task of "${task.actor}", which it does not have.`);
  return found;
}

/** How long an isolated actor that was asked to cancel has to stop by itself. */
const cancelGraceMs = 5_000;

function startTimers(
  { time, events }: ExecutorParts,
  attempt: Attempt,
  { description, isolation }: RegisteredActor,
): { stop(): void } {
  const { soft_ms, hard_ms } = timeoutsOf(attempt.task.timeouts, description.timeouts);
  const tell = (limit: 'soft' | 'hard', ms: number) =>
    events.emit('task:timed_out', { ...named(attempt), limit, ms });
  const soft = () => {
    tell('soft', soft_ms);
    attempt.timeOutSoftly(soft_ms);
  };
  const hard = () => {
    tell('hard', hard_ms);
    attempt.end(new HardTimeout(hard_ms));
  };
  const callOffs = [time.after(soft_ms, soft), time.after(hard_ms, hard)];
  if (isolation)
    attempt.onCancel = () => callOffs.push(time.after(cancelGraceMs, () => attempt.end(new Cancelled())));
  return {
    stop() {
      attempt.onCancel = undefined;
      for (const callOff of callOffs) callOff();
    },
  };
}

async function run(
  parts: ExecutorParts,
  attempt: Attempt,
  { actor, isolation }: RegisteredActor,
): Promise<Ended> {
  const { progress, events, settling } = parts;
  const { task } = attempt;
  const delay_ms = task.started_at.getTime() - task.ready_at.getTime();
  progress.begin(attempt);
  // The claim's answer may have taken longer than its lease.
  if (attempt.fenced) attempt.lose();
  else events.emit('task:started', { ...named(attempt), actor: task.actor, delay_ms });
  const execution = isolation
    ? executeIsolated(parts, attempt, isolation)
    : executeHere(parts, attempt, actor);
  const cut = attempt.cut.then(async (reason): Promise<Ended> => {
    await execution.kill();
    return { cut: reason };
  });
  const ended = await Promise.race([execution.ended, cut]);
  settling(attempt);
  await progress.end(attempt);
  return ended;
}

async function settle({ outbox }: ExecutorParts, attempt: Attempt, outcome: Outcome): Promise<SettleOutcome> {
  switch (outcome.kind) {
    case 'completed':
      return outbox.complete(attempt, outcome.result).catch((error: unknown) => {
        // The work is done: while the document is not to blame, the lease decides, and no dead letter says otherwise.
        if (!isRefusal(error)) throw error;
        // The database refuses the document: no later try could store it either.
        const message = `The result could not be stored: ${toTaskError(error).message}`;
        return outbox.fail(attempt, { error: toTaskError(new InvalidResult(message)), retry: null });
      });
    case 'failed':
      return outbox.fail(attempt, outcome.failure);
    case 'released':
      return outbox.release(attempt, outcome.cooldown?.until);
    case 'stopped':
      return outbox.stop(attempt);
    case 'dropped':
      return 'lost';
  }
}

function report(
  { events }: ExecutorParts,
  attempt: Attempt,
  outcome: Outcome,
  settled: SettleOutcome,
  run_ms: number,
): void {
  const { actor, lane } = attempt.task;
  if (settled === 'settled' && outcome.kind === 'released' && outcome.cooldown)
    events.emit('task:cooldown', { ...named(attempt), ...outcome.cooldown });
  const ended = { actor, lane, outcome: outcomeOf(outcome, settled), run_ms };
  events.emit('attempt:ended', { ...named(attempt), ...ended });
}

function outcomeOf(outcome: Outcome, settled: SettleOutcome): AttemptOutcome {
  if (settled !== 'settled') return settled;
  if (outcome.kind === 'failed')
    return outcome.failure.outcome ?? (outcome.failure.retry ? 'retried' : 'failed');
  if (outcome.kind === 'stopped') return 'cancelled';
  return outcome.kind === 'dropped' ? 'lost' : outcome.kind;
}

function errorTypeOf(outcome: Outcome): string | null {
  if (outcome.kind === 'failed') return outcome.failure.error.type;
  return outcome.kind === 'dropped' ? LostClaim.name : null;
}

function named({ task: { _id: task_id, worker_id, attempt } }: Attempt) {
  return { task_id, worker_id, attempt };
}
