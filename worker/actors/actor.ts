// The actor contract: what somebody writes to have work done, and what the worker hands it while it runs.
import type { Db } from 'mongodb';
import type { Logger } from 'pino';
import type { Content } from '../../content/index.ts';
import type { MediaProviderRegistry } from '../../providers/index.ts';
import {
  type AttemptOutcome,
  type Json,
  type JsonObject,
  type RetryPolicy,
  resolvePointer,
  type SpawnOptions,
  type Timeouts,
} from '../../queue/index.ts';
import type { ShellOptions, ShellResult } from '../shell/run.ts';

/** A schema of any library that speaks Standard Schema and its JSON Schema extension (zod does). */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>;
      readonly output: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>;
    };
  };
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A plain JSON Schema (draft 2020-12). The door checks by it; the worker does not check again. */
type JsonSchema = { readonly [keyword: string]: unknown; readonly '~standard'?: never };

export type ActorSchema = StandardSchema | JsonSchema;

/** What `execute` gets: the parsed value of a Standard Schema, else the payload as it was stored. */
export type PayloadOf<Schema> = Schema extends {
  readonly '~standard': { readonly types?: { readonly output: infer Output } | undefined };
}
  ? Output
  : JsonObject;

/**
 * How many tasks may run at once over all workers: per value at the JSON Pointer `key` of the payload, or for the
 * whole actor.
 */
export type Concurrency =
  | { key: string; limits: Record<string, number>; default: number }
  | { limit: number };

/** The key that limits a task and its limit; nulls for no limit. */
export type ConcurrencyInfo = [identifier: string | null, limit: number | null];

export interface Actor<Schema = undefined> {
  /** `^[a-zA-Z0-9_-]+$`, unique among the actors of a worker. */
  readonly name: string;
  /** Shown in the catalog. */
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly input?: Schema | undefined;
  readonly output?: ActorSchema | undefined;
  /** Default: no limit. */
  readonly concurrency?: Concurrency | undefined;
  /** Soft 240,000 and hard 300,000 ms by default. */
  readonly timeouts?: Timeouts | undefined;
  /** 3 retries after min(30 * 2^n, 600) s with jitter by default. */
  readonly retry?: Partial<RetryPolicy> | undefined;
  /**
   * Runs each attempt in a worker thread, which is ended at the hard timeout, when the claim is lost, or 5 s after a
   * cancellation, whatever the actor does; `memory_mb` bounds its heap (1,024). The thread imports the actor's module
   * itself: `content`, `providers` and `database`, which belong to the worker, throw there; the rest of the context is
   * as elsewhere.
   */
  readonly isolated?: boolean | { readonly memory_mb: number } | undefined;
  /** The address of the module that exports it, `import.meta.url`; an isolated actor of CALLSHEET_ACTORS needs none. */
  readonly module?: string | undefined;
  /** Publishes it as the job `@internal:<category>:<name>` too. */
  readonly category?: string | undefined;
  /** What the levels of its artifacts are called, from the top of a tree; others are `level_<n>`. */
  readonly artifact_levels?: readonly string[] | undefined;
  /**
   * What it wants injected, shown in the catalog: `database`, `content`, `providers`, `artifacts`, and whatever the modules of
   * CALLSHEET_ACTORS export as `dependencies` or `startWorker` is given as `inject`. A worker that lacks one does not start.
   */
  readonly dependencies?: readonly string[] | undefined;
  /** Only where `concurrency` cannot say it: a worker then asks it when it first sees a task. Gets the stored payload. */
  getConcurrencyInfo?(payload: JsonObject): ConcurrencyInfo;
  /** Does the work; what it returns must be JSON of at most 1 MiB (undefined becomes null). */
  execute(payload: PayloadOf<Schema>, context: ActorContext): unknown;
}

/** Any actor: what the registry and the worker deal with. Payloads are checked by the actor's own schema. */
export type AnyActor = Omit<Actor<ActorSchema>, 'execute'> & {
  execute(payload: never, context: ActorContext): unknown;
};

export interface LastAttempt {
  /** `failed` only when a person has asked for this attempt: all that a worker asks for follow another end. */
  readonly outcome: AttemptOutcome;
  /** The `name` of what was thrown, where it failed. */
  readonly error_type: string | null;
}

/** What an actor may keep besides its result. */
export interface ArtifactInput {
  /** Any JSON; with `metadata` at most 4 MiB. */
  readonly data: Json;
  readonly metadata?: JsonObject | null | undefined;
  /** The artifact that it stands below, of this task or of another. */
  readonly parent_id?: string | null | undefined;
  /** Names it among the artifacts of its task: saving it twice, by a later attempt too, keeps the first. */
  readonly key?: string | undefined;
}

/** What an actor has injected, by name. Their types are known to whoever injects them. */
export interface Dependencies {
  readonly [name: string]: unknown;
}

/** What the worker hands to one attempt. */
export interface ActorContext {
  readonly task_id: string;
  /** Rises at every claim of the task, never reset: hand it to providers as a fencing number. */
  readonly attempt: number;
  /** Aborted with SoftTimeout, HardTimeout, Cancelled, Shutdown or LostClaim. */
  readonly signal: AbortSignal;
  /** Says how far the work is. Never throws, writes the latest value within half a second; may be awaited. */
  readonly progress: (elapsed_ms: number, message: string, fraction?: number) => Promise<void>;
  readonly log: Logger;
  /** What an earlier attempt saved by `checkpoint`, else null. */
  readonly state: Json;
  /** How the attempt before this one ended; null for the first. */
  readonly last_attempt: LastAttempt | null;
  /** Saves a state that survives retries; durable once it resolves. Throws LostClaim. */
  readonly checkpoint: (state: Json) => Promise<void>;
  /**
   * Makes a task below this one, in the same workflow run unless `options` say another; durable once it resolves. It runs
   * when its turn comes, whether or not this attempt goes on: nothing waits for it by itself. An attempt that runs again
   * spawns again, unless `options.key` names the child among this task's: then it is the same child, whatever became of
   * it. The worker of the child checks the payload (InvalidPayload). Throws LostClaim; Cancelled once somebody asked to
   * cancel this task; for good: InvalidInput for what no task may be, TooManyChildren above 10,000 in one attempt. An
   * attempt that loses its claim in just that moment may leave a child behind.
   */
  readonly spawn: (
    actor: string,
    payload: JsonObject,
    options?: SpawnOptions,
  ) => Promise<{ task_id: string }>;
  readonly artifacts: {
    /**
     * Keeps something for others to read, below `parent_id` or at the top of a tree of its own; durable once it resolves.
     * An attempt that runs again saves again, unless it says a `key`. Throws LostClaim, and InvalidArtifact, for good, for
     * what cannot be stored, a parent that is not there, a seventeenth level, and above 10,000 in one attempt.
     */
    readonly save: (artifact: ArtifactInput) => Promise<{ artifact_id: string }>;
  };
  /** What the actor names as its dependencies, and nothing else. */
  readonly dependencies: Dependencies;
  /**
   * Runs a shell command. Resolves whatever its exit code is, -1 when `timeout_ms` ended it. The command, with all that it
   * started, ends with the attempt at the latest; it rejects with the reason of `signal`. What the worker knows of keys and
   * addresses with passwords is not in its environment. Throws for good where WORKER_SHELL does not allow it.
   */
  readonly runShell: (command: string, options?: ShellOptions) => Promise<ShellResult>;
  /** Where media and their records are kept. */
  readonly content: Content;
  readonly providers: MediaProviderRegistry;
  readonly database: Db;
  /** Base of the links in results; empty when the server decides by the request. */
  readonly public_url: string;
}

/** Gives an actor its types: the payload is inferred from `input`. */
export function defineActor<Schema extends ActorSchema | undefined = undefined>(
  actor: Actor<Schema>,
): Actor<Schema> {
  return actor;
}

/** The base of actors that are classes. */
export abstract class ActorBase<Schema = undefined> implements Actor<Schema> {
  abstract readonly name: string;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly input?: Schema | undefined;
  readonly output?: ActorSchema | undefined;
  readonly concurrency?: Concurrency | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  readonly isolated?: boolean | { readonly memory_mb: number } | undefined;
  readonly module?: string | undefined;
  readonly category?: string | undefined;
  readonly artifact_levels?: readonly string[] | undefined;
  readonly dependencies?: readonly string[] | undefined;

  /** The key and limit that `concurrency` gives a payload. Override it where data cannot say it. */
  getConcurrencyInfo(payload: JsonObject): ConcurrencyInfo {
    const rule = this.concurrency;
    if (!rule) return [null, null];
    if ('limit' in rule) return [this.name, rule.limit];
    const value = resolvePointer(payload, rule.key);
    if (value === undefined || typeof value === 'object')
      throw new TypeError(`The payload has no text or number at ${rule.key}.`);
    const key = String(value);
    return [key, Object.hasOwn(rule.limits, key) ? rule.limits[key]! : rule.default];
  }

  abstract execute(payload: PayloadOf<Schema>, context: ActorContext): unknown;
}

/** Whether the limit of an actor is decided by code of its own, not by `concurrency`. */
export function decidesByCode(actor: AnyActor): boolean {
  const code = actor.getConcurrencyInfo;
  return code !== undefined && code !== ActorBase.prototype.getConcurrencyInfo;
}
