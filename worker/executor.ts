// One attempt as a pipeline: resolve → timers → run → settle → report. What ends it is decided in outcome.ts.
import { type ActorDescription, retryDelay, type SettleOutcome } from '../queue/index.ts';
import type { AnyActor } from './actors/actor.ts';
import { HardTimeout } from './actors/errors.ts';
import { type ActorRegistry, type RegisteredActor, timeoutsOf } from './actors/registry.ts';
import { parsePayload } from './actors/schema.ts';
import type { Attempt } from './attempt.ts';
import { type ContextParts, newContext } from './context.ts';
import type { WorkerEvents } from './events.ts';
import type { Outbox } from './outbox.ts';
import { type Ended, judge, type Outcome } from './outcome.ts';
import { InvalidResult } from './result.ts';
import { toTaskError } from './task-error.ts';
import type { Time } from './time.ts';

export interface ExecutorParts extends ContextParts {
  time: Time;
  actors: ActorRegistry;
  outbox: Outbox;
  events: WorkerEvents;
  /** The actor is done with. */
  settling: (attempt: Attempt) => void;
}

/** Runs one attempt to its end in the database. Never rejects: trouble that nobody could settle is an event. */
export async function executeAttempt(parts: ExecutorParts, attempt: Attempt): Promise<void> {
  try {
    const { actor, description } = resolve(parts, attempt);
    const timers = startTimers(parts, attempt, description);
    const ended = await run(parts, attempt, actor).finally(() => timers.stop());
    const outcome = judge(attempt, ended, failures =>
      retryDelay(description.retry, failures, () => parts.time.random()),
    );
    report(parts, attempt, outcome, await settle(parts, attempt, outcome));
  } catch (error) {
    // Its lease runs out and somebody recovers it.
    parts.store.events.emit('queue:trouble', { doing: `settling ${attempt.task._id}`, error });
  }
}

function resolve({ actors }: ExecutorParts, { task }: Attempt): RegisteredActor {
  const found = actors.find(task.actor);
  if (!found) throw new Error(`This worker claimed a task of "${task.actor}", which it does not have.`);
  return found;
}

function startTimers(
  { time }: ExecutorParts,
  attempt: Attempt,
  { timeouts }: ActorDescription,
): { stop(): void } {
  const { soft_ms, hard_ms } = timeoutsOf(attempt.task.timeouts, timeouts);
  const soft = time.after(soft_ms, () => attempt.timeOutSoftly(soft_ms));
  const hard = time.after(hard_ms, () => attempt.end(new HardTimeout(hard_ms)));
  return {
    stop() {
      soft();
      hard();
    },
  };
}

async function run(parts: ExecutorParts, attempt: Attempt, actor: AnyActor): Promise<Ended> {
  parts.progress.begin(attempt);
  // The claim's answer may have taken longer than its lease.
  if (attempt.fenced) attempt.lose();
  const working = work(parts, attempt, actor).then(
    (returned): Ended => ({ returned }),
    (threw: unknown): Ended => ({ threw }),
  );
  const ended = await Promise.race([working, attempt.cut.then((cut): Ended => ({ cut }))]);
  parts.settling(attempt);
  await parts.progress.end(attempt);
  return ended;
}

async function work(parts: ExecutorParts, attempt: Attempt, actor: AnyActor): Promise<unknown> {
  const payload = await parsePayload(actor.input, attempt.task.payload);
  attempt.signal.throwIfAborted();
  return actor.execute(payload as never, newContext(attempt, parts));
}

async function settle({ outbox }: ExecutorParts, attempt: Attempt, outcome: Outcome): Promise<SettleOutcome> {
  switch (outcome.kind) {
    case 'completed':
      return outbox.complete(attempt, outcome.result).catch((error: unknown) => {
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

function report({ events }: ExecutorParts, attempt: Attempt, outcome: Outcome, settled: SettleOutcome): void {
  const { _id: task_id, worker_id, attempt: number } = attempt.task;
  const named = { task_id, worker_id, attempt: number };
  if (settled === 'lost') events.emit('attempt:dropped', named);
  else if (outcome.kind === 'released' && outcome.cooldown)
    events.emit('attempt:cooldown', { ...named, ...outcome.cooldown });
}
