// The actors of a worker, by name; checked once, when they are registered.
import { z } from 'zod';
import { maxLevels } from '../../content/index.ts';
import {
  type ActorDescription,
  categorySchema,
  concurrencySchema,
  defaultRetry,
  fullNameOf,
  retrySchema,
  timeoutsOf,
  timeoutsSchema,
} from '../../queue/index.ts';
import { type ActorSchema, type AnyActor, decidesByCode } from './actor.ts';
import { dependencyName, isThreadDependency } from './injectable.ts';
import { type Isolation, isolationOf, isolationSchema } from './isolation.ts';
import { toJsonSchema } from './schema.ts';

/** An actor that cannot be registered: says which one and what to change. */
export class InvalidActor extends Error {
  override name = 'InvalidActor';
}

/** The members of an actor that are data. */
const membersSchema = z.object({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,100}$/, 'may have letters, digits, "_" and "-" only'),
  description: z.string().max(10_000).optional(),
  tags: z.array(z.string().min(1).max(100)).max(20).optional(),
  concurrency: concurrencySchema.optional(),
  timeouts: timeoutsSchema.optional(),
  retry: retrySchema.optional(),
  isolated: isolationSchema.optional(),
  module: z.string().optional(),
  category: categorySchema.optional(),
  artifact_levels: z.array(z.string().min(1).max(100)).max(maxLevels).optional(),
  dependencies: z.array(dependencyName).max(50).optional(),
  execute: z.custom(value => typeof value === 'function', 'must be a function'),
});

export interface RegisteredActor {
  actor: AnyActor;
  description: ActorDescription;
  /** How it runs in a thread, or null when it runs here. */
  isolation: Isolation | null;
}

export class ActorRegistry {
  readonly #actors = new Map<string, RegisteredActor>();
  /** The same actors by the names of their jobs. */
  readonly #jobs = new Map<string, RegisteredActor>();

  constructor(actors: Iterable<AnyActor> = []) {
    for (const actor of actors) this.register(actor);
  }

  /**
   * Adds an actor; `module` is the address of the module that exports it. Throws InvalidActor for a name that is taken,
   * a bad member, a schema that JSON Schema cannot say, or an isolated actor that no thread could find.
   */
  register(actor: AnyActor, module?: string): void {
    const described = describe(actor);
    this.#add({ ...described, actor, isolation: isolate(described, actor.module ?? module) });
  }

  #add(registered: RegisteredActor): void {
    const { name } = registered.actor;
    if (this.#actors.has(name)) throw new InvalidActor(`Two actors are called "${name}".`);
    this.#actors.set(name, registered);
    const job = jobNameOf(registered.description);
    if (job !== null) this.#jobs.set(job, registered);
  }

  get(name: string): AnyActor | undefined {
    return this.find(name)?.actor;
  }

  /** An actor with what the catalog says of it, by its name or by that of its job. */
  find(name: string): RegisteredActor | undefined {
    return this.#actors.get(name) ?? this.#jobs.get(name);
  }

  names(): string[] {
    return [...this.#actors.keys()];
  }

  /** The names of the tasks that they execute: their own, and those of the jobs that they are published as. */
  servedNames(): string[] {
    return [...this.names(), ...this.#jobs.keys()];
  }

  /** What the catalog shall know of each actor, and of each job. */
  describe(): ActorDescription[] {
    const jobs = [...this.#jobs].map(([name, { description }]) => describeAsJob(name, description));
    return [...[...this.#actors.values()].map(({ description }) => description), ...jobs];
  }

  #refuseUnknown(patterns: readonly string[]): void {
    const tags = [...this.#actors.values()].flatMap(({ description }) => description.tags);
    const known = new Set([...this.names(), ...tags.map(tag => `tag:${tag}`)]);
    for (const pattern of patterns)
      if (!known.has(pattern))
        throw new InvalidActor(`No actor here is "${pattern}"; there are: ${[...known].join(', ')}.`);
  }

  /**
   * The actors whose name, or one of whose tags (`tag:<name>`), is among the patterns. Throws InvalidActor for a pattern
   * that none answers to: a worker that serves nothing would look alive.
   */
  select(patterns: readonly string[]): ActorRegistry {
    const chosen = new ActorRegistry();
    for (const registered of this.#actors.values()) {
      const { name, tags } = registered.description;
      const wanted = (pattern: string) => pattern === name || tags.some(tag => pattern === `tag:${tag}`);
      if (patterns.some(wanted)) chosen.#add(registered);
    }
    this.#refuseUnknown(patterns);
    return chosen;
  }
}

function jobNameOf({ category, name }: ActorDescription): string | null {
  return category === null ? null : fullNameOf('@internal', category, name);
}

/** One limit holds for both names: a job of `@internal` is the same work. */
function describeAsJob(name: string, actor: ActorDescription): ActorDescription {
  const { concurrency } = actor;
  const shared = concurrency !== null && 'limit' in concurrency;
  const rule = shared ? { limit: concurrency.limit, identifier: actor.name } : concurrency;
  return { ...actor, name, concurrency: rule, room: '@internal' };
}

interface Described {
  description: ActorDescription;
  isolated: z.output<typeof isolationSchema>;
}

function isolate({ description, isolated }: Described, module: string | undefined): Isolation | null {
  if (isolated === false) return null;
  const outside = description.dependencies?.find(name => !isThreadDependency(name));
  if (outside !== undefined)
    throw new InvalidActor(
      `Actor "${description.name}": "${outside}" cannot be injected into a thread: make it in the actor's module, or do without \`isolated\`.`,
    );
  const isolation = isolationOf(isolated, module);
  if (typeof isolation === 'string') throw new InvalidActor(`Actor "${description.name}": ${isolation}.`);
  return isolation;
}

const otherMembers = ['input', 'output', 'getConcurrencyInfo'];

/** A misspelt member of a plain object, such as a limit that would not hold. Instances and functions are their own business. */
function findMisspelt(actor: AnyActor): string | undefined {
  if (Object.getPrototypeOf(actor) !== Object.prototype) return undefined;
  const known = new Set([...Object.keys(membersSchema.shape), ...otherMembers]);
  return Object.entries(actor).find(([key, value]) => typeof value !== 'function' && !known.has(key))?.[0];
}

function describe(actor: AnyActor): Described {
  const { success, data, error } = membersSchema.safeParse(actor);
  if (!success) throw new InvalidActor(`Actor ${nameOf(actor)}: ${problemsOf(error)}.`);
  const misspelt = findMisspelt(actor);
  if (misspelt) throw new InvalidActor(`Actor ${nameOf(actor)}: "${misspelt}" is no member of an actor.`);
  const concurrency = decidesByCode(actor) ? ({ code: true } as const) : (data.concurrency ?? null);
  const description = {
    name: data.name,
    description: data.description ?? '',
    tags: data.tags ?? [],
    input: describeSchema(actor, 'input'),
    output: describeSchema(actor, 'output'),
    concurrency,
    timeouts: timeoutsOf(data.timeouts),
    retry: { ...defaultRetry, ...defined(data.retry ?? {}) },
    category: data.category ?? null,
    ...(data.dependencies && { dependencies: [...new Set(data.dependencies)] }),
  };
  return { description, isolated: data.isolated ?? false };
}

function describeSchema(actor: AnyActor, io: 'input' | 'output'): object | null {
  const schema: ActorSchema | undefined = actor[io];
  if (!schema) return null;
  try {
    return toJsonSchema(schema, io);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidActor(`Actor ${nameOf(actor)}: its ${io} cannot be said as JSON Schema: ${reason}.`);
  }
}

function nameOf(actor: unknown): string {
  const name = typeof actor === 'object' && actor !== null && 'name' in actor ? actor.name : undefined;
  return typeof name === 'string' ? `"${name.slice(0, 100)}"` : 'without a name';
}

function problemsOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'it'} ${message}`).join('; ');
}

function defined<T extends object>(value: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
