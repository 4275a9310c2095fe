// The actors of a worker, by name; checked once, when they are registered.
import { z } from 'zod';
import { maxLevels } from '../../content/index.ts';
import { type ActorDescription, defaultRetry, timeoutsOf } from '../../queue/index.ts';
import { type ActorSchema, type AnyActor, decidesByCode } from './actor.ts';
import { type Isolation, isolationOf, isolationSchema } from './isolation.ts';
import { toJsonSchema } from './schema.ts';

/** An actor that cannot be registered: says which one and what to change. */
export class InvalidActor extends Error {
  override name = 'InvalidActor';
}

const limit = z.int().min(1).max(10_000);
const ms = z
  .int()
  .min(1)
  .max(7 * 24 * 3_600_000);

/** The members of an actor that are data. */
const membersSchema = z.object({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,100}$/, 'may have letters, digits, "_" and "-" only'),
  description: z.string().max(10_000).optional(),
  tags: z.array(z.string().min(1).max(100)).max(20).optional(),
  concurrency: z
    .union([
      z.strictObject({ limit }),
      z.strictObject({
        key: z.string().regex(/^(\/[^/]*)+$/, 'is a JSON Pointer such as "/provider"'),
        limits: z.record(z.string(), limit),
        default: limit,
      }),
    ])
    .optional(),
  timeouts: z.strictObject({ soft_ms: ms.optional(), hard_ms: ms.optional() }).optional(),
  retry: z
    .strictObject({
      max_retries: z.int().min(0).max(100).optional(),
      base_ms: z.int().min(0).optional(),
      max_ms: z.int().min(0).optional(),
      jitter: z.boolean().optional(),
    })
    .optional(),
  isolated: isolationSchema.optional(),
  module: z.string().optional(),
  category: z
    .string()
    .regex(/^[a-z][a-z0-9_-]*$/, 'may have a-z, 0-9, "_" and "-" only')
    .optional(),
  artifact_levels: z.array(z.string().min(1).max(100)).max(maxLevels).optional(),
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
  }

  get(name: string): AnyActor | undefined {
    return this.#actors.get(name)?.actor;
  }

  /** An actor with what the catalog says of it. */
  find(name: string): RegisteredActor | undefined {
    return this.#actors.get(name);
  }

  names(): string[] {
    return [...this.#actors.keys()];
  }

  /** What the catalog shall know of each actor. */
  describe(): ActorDescription[] {
    return [...this.#actors.values()].map(({ description }) => description);
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

interface Described {
  description: ActorDescription;
  isolated: z.output<typeof isolationSchema>;
}

function isolate({ description, isolated }: Described, module: string | undefined): Isolation | null {
  if (isolated === false) return null;
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
