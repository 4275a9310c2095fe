// What an actor is handed while it runs one attempt.
import type { Logger } from 'pino';
import {
  type Attempt as EndedAttempt,
  findUnstorable,
  type Json,
  type ProgressValue,
} from '../queue/index.ts';
import type { Time } from '../queue/pace/time.ts';
import type { ActorContext, LastAttempt } from './actors/actor.ts';
import { type Inject, pickDependencies } from './actors/dependencies.ts';
import type { ActorRegistry } from './actors/registry.ts';
import { newArtifacts } from './artifacts.ts';
import type { Attempt } from './attempt.ts';
import type { ProgressWriter } from './progress.ts';
import { newRunShell, type ShellEnvironment } from './shell/shell.ts';
import { newSpawn } from './spawn.ts';
import type { Store } from './store.ts';
import { whileHeld } from './while-held.ts';

/** What the worker injects into every context. */
export interface Injected extends Pick<ActorContext, 'database' | 'content' | 'providers' | 'public_url'> {
  /** Dependencies that are not the worker's own. */
  inject?: Inject;
  /** Null, or absent: no commands are run. */
  shell?: ShellEnvironment;
  /** Of what tasks spawn. */
  jobs_max_concurrency?: number;
}

export interface ContextParts extends Injected {
  store: Store;
  time: Time;
  actors: ActorRegistry;
  progress: ProgressWriter;
  log: Logger;
}

export function newContext(
  attempt: Attempt,
  { store, time, actors, progress, log, database, content, providers, public_url, ...parts }: ContextParts,
): ActorContext {
  const { _id: task_id, attempt: number, actor, state, attempts } = attempt.task;
  let own: Logger | undefined;
  const labels = () => actors.get(actor)?.artifact_levels ?? [];
  const artifacts = newArtifacts({ content, time, labels }, attempt);
  return {
    task_id,
    attempt: number,
    signal: attempt.signal,
    state: state ?? null,
    last_attempt: lastOf(attempts),
    database,
    content,
    providers,
    public_url,
    /** Made when it is asked for: most attempts log nothing. */
    get log() {
      own ??= log.child({ task_id, actor, attempt: number });
      return own;
    },
    progress(elapsed_ms, message, fraction) {
      progress.say(attempt, progressValue(elapsed_ms, message, fraction));
      return Promise.resolve();
    },
    checkpoint: value => checkpoint(store, time, attempt, value),
    spawn: newSpawn(store, attempt, parts),
    artifacts,
    get dependencies() {
      const names = actors.find(actor)?.description.dependencies ?? [];
      return pickDependencies(names, { database, content, providers, artifacts }, parts.inject ?? {});
    },
    runShell: newRunShell(parts.shell ?? null, attempt),
  };
}

function lastOf(attempts: readonly EndedAttempt[]): LastAttempt | null {
  const last = attempts.at(-1);
  return last ? { outcome: last.outcome, error_type: last.error?.type ?? null } : null;
}

const maxMessage = 1_000;

/** Whatever an actor says, as something that can be stored. */
function progressValue(elapsed_ms: unknown, message: unknown, fraction: unknown): ProgressValue {
  const known = typeof fraction === 'number' && Number.isFinite(fraction);
  return {
    elapsed_ms: typeof elapsed_ms === 'number' && Number.isFinite(elapsed_ms) ? Math.max(0, elapsed_ms) : 0,
    message: (typeof message === 'string' ? message : '').slice(0, maxMessage).toWellFormed(),
    ...(known && { fraction: Math.min(1, Math.max(0, fraction)) }),
  };
}

const maxStateBytes = 1_048_576;

async function checkpoint(store: Store, time: Time, attempt: Attempt, state: Json): Promise<void> {
  const problem = findUnstorable(state);
  if (problem)
    throw new TypeError(`The state${problem.pointer && ` at ${problem.pointer}`} ${problem.detail}.`);
  const bytes = Buffer.byteLength(JSON.stringify(state));
  if (bytes > maxStateBytes)
    throw new RangeError(`The state is ${bytes} bytes of JSON; at most ${maxStateBytes} are stored.`);
  // The actor may have just paid for what it wants to keep.
  await whileHeld(attempt, time, () => store.saveCheckpoint(attempt.task, state));
}
