// The actor catalog: what workers publish about their actors so that others can validate and route by it.

import type { RetryPolicy } from './backoff.ts';
import { duplicateKey } from './errors.ts';
import type { Queue } from './queue.ts';
import type { Timeouts } from './task.ts';

/**
 * How a task finds its lane. `key` is a JSON Pointer into the payload and `limits` the limit of each value (else
 * `default`); `{limit}` limits the whole actor, under its own name or the `identifier`; `{code: true}` means only the actor's code
 * knows.
 */
export type ConcurrencyRule =
  | { key: string; limits: Record<string, number>; default: number }
  | { limit: number; identifier?: string }
  | { code: true };

/** What an actor says of itself; the same for every worker that offers it. */
export interface ActorDescription {
  name: string;
  description: string;
  tags: string[];
  /** JSON Schema (draft 2020-12) of the payload, and of the result where the actor declares it. */
  input: object | null;
  output: object | null;
  concurrency: ConcurrencyRule | null;
  timeouts: Required<Timeouts>;
  retry: RetryPolicy;
  category: string | null;
  /** The scope of a job (rooms.ts), whose name is then the full one; actors that only we offer have none. */
  room?: string;
  /** What it has injected besides its payload; absent: nothing. */
  dependencies?: string[];
}

/** A document of `actors`. Schemas are kept as text: their `$ref` and `$id` keys are not MongoDB's. */
export interface ActorRecord {
  _id: string;
  description: string;
  tags: string[];
  input: string | null;
  output: string | null;
  concurrency: ConcurrencyRule | null;
  timeouts: Required<Timeouts>;
  retry: RetryPolicy;
  category: string | null;
  room?: string;
  dependencies?: string[];
  /** When a worker last published it. */
  published_at: Date;
  deleted: boolean;
}

/**
 * Publishes actors: adds or replaces their records. Two workers with different versions of one actor overwrite each
 * other; the one that started last wins.
 */
export async function publishActors(queue: Queue, actors: readonly ActorDescription[]): Promise<void> {
  for (const actor of actors) {
    const publish = () =>
      queue.actors.updateOne({ _id: actor.name }, [{ $replaceWith: toRecord(actor) }], { upsert: true });
    // Two workers that start together may both insert: the loser updates what the winner made.
    await publish().catch(error => {
      if (!duplicateKey(error, '_id_')) throw error;
      return publish();
    });
  }
}

/** The document of an actor, as an expression. */
export function toRecord({ name, input, output, ...rest }: ActorDescription): object {
  const text = (schema: object | null) => (schema ? JSON.stringify(schema) : null);
  const said = { _id: name, ...rest, input: text(input), output: text(output), deleted: false };
  return { $mergeObjects: [{ $literal: said }, { published_at: '$$NOW' }] };
}

/** The published actors that are no jobs of a room, by name. */
export async function listActors(queue: Queue): Promise<ActorRecord[]> {
  const own = { room: { $exists: false }, deleted: false };
  return queue.actors.find(own).sort({ _id: 1 }).limit(1_000).toArray();
}

// Far more than anybody names limits for.
const maxLimited = 10_000;

/** The actors and jobs that name a limit. */
export async function listLimitedActors(queue: Queue): Promise<Pick<ActorRecord, '_id' | 'concurrency'>[]> {
  const limited = { concurrency: { $ne: null }, deleted: false };
  const projection = { concurrency: 1 } as const;
  return queue.actors.find(limited, { projection }).sort({ _id: 1 }).limit(maxLimited).toArray();
}

/** One actor as it is published now, or null. */
export async function findActor(queue: Queue, name: string): Promise<ActorRecord | null> {
  return queue.actors.findOne({ _id: name, deleted: false });
}

interface Remembered {
  at: number;
  actor: ActorRecord;
}
const remembered = new WeakMap<Queue, Map<string, Remembered>>();
const asked = new WeakMap<Queue, Map<string, Promise<ActorRecord | null>>>();

// Every enqueue asks; what a worker publishes is in force within this time.
const freshMs = 1_000;

/** `findActor`, at most a second old: for the door, where every enqueue asks. Unknown names are never remembered. */
export async function recallActor(queue: Queue, name: string): Promise<ActorRecord | null> {
  const known = remembered.get(queue) ?? new Map<string, Remembered>();
  remembered.set(queue, known);
  const hit = known.get(name);
  if (hit && performance.now() - hit.at < freshMs) return hit.actor;
  const actor = await askTogether(queue, name);
  if (actor) known.set(name, { at: performance.now(), actor });
  else known.delete(name);
  return actor;
}

/** One read for all who ask while it is on its way; a no from before one asked is no answer. */
async function askTogether(queue: Queue, name: string): Promise<ActorRecord | null> {
  const asking = asked.get(queue) ?? new Map<string, Promise<ActorRecord | null>>();
  asked.set(queue, asking);
  const known = await asking.get(name);
  if (known) return known;
  const answer = findActor(queue, name).finally(() => asking.delete(name));
  asking.set(name, answer);
  return answer;
}
