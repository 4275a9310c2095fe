// What a worker and the thread of an isolated actor say to each other: plain values, copied from one to the other.
import type { Json, JsonObject, TaskError } from '../../queue/index.ts';
import type { ActorContext } from '../actors/actor.ts';
import { giveVerdict, type Verdict, verdictOf } from '../actors/errors.ts';
import { toTaskError } from '../task-error.ts';

/** What a thread is started with. */
export interface ThreadTask {
  module: string;
  actor: string;
  payload: JsonObject;
  task_id: string;
  attempt: number;
  state: Json;
  last_attempt: ActorContext['last_attempt'];
  public_url: string;
  log_level: string;
  /** Of the attempt's span: the thread's own spans are its children. */
  traceparent?: string;
}

export type FromThread =
  | { say: 'progress'; value: Parameters<ActorContext['progress']> }
  | { say: 'log'; line: string }
  | { say: 'ask'; id: number; question: Question }
  | { say: 'returned'; result: Json }
  | { say: 'threw'; error: PackedError };

export type ToThread = { say: 'abort'; reason: PackedError } | ({ say: 'answer'; id: number } & Answer);

/** What only the worker can do. */
export type Asked = Pick<ActorContext, 'checkpoint' | 'spawn' | 'runShell'> & {
  saveArtifact: ActorContext['artifacts']['save'];
};

/** One of its functions, and what it is called with. */
export type Question = { [What in keyof Asked]: { what: What; said: Parameters<Asked[What]> } }[keyof Asked];

export type Answer = { value: unknown } | { error: PackedError };

/** An error as it can be copied: what is stored of it, and what it asks of the worker. */
export interface PackedError extends TaskError {
  verdict: Verdict | null;
}

export function packError(thrown: unknown): PackedError {
  return { ...toTaskError(thrown), verdict: verdictOf(thrown) };
}

/** An error that is stored and judged as the packed one would have been. */
export function unpackError({ type, message, details, stack_trace, verdict }: PackedError): Error {
  const error = Object.assign(new Error(message), details, { name: type, stack: stack_trace });
  if (verdict) giveVerdict(error, verdict);
  return error;
}
