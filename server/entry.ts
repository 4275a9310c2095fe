// The way in for new tasks, the same for every request that makes some: named requests get what they made before, lanes have
// a bound, and many requests share one insert.
import type { Context } from 'hono';
import { BSON } from 'mongodb';
import {
  type Asker,
  buildChecked,
  type CheckedTask,
  findAllOnce,
  findOnce,
  hasSaid,
  OnceReused,
  placesFor,
  type Queue,
  type Stored,
  storeTasks,
  type Task,
} from '../queue/index.ts';
import { GroupCommit } from '../queue/pace/group-commit.ts';
import { BacklogBound } from './backlog.ts';
import { readOnce } from './idempotency.ts';
import type { AppEnv, Parts } from './parts.ts';
import { traceOf } from './tracing.ts';

/** So many requests in a second may each be told the exact place of their task. */
const calmRate = 20;

export class Entry {
  readonly #queue: Queue;
  readonly #bound: BacklogBound;
  readonly #inserts: GroupCommit<Task, Stored>;
  /** When the latest requests came, one more than a calm second has. */
  readonly #came: number[] = [];

  constructor(queue: Queue, maxBacklog: number) {
    this.#queue = queue;
    this.#bound = new BacklogBound(queue, maxBacklog);
    this.#inserts = new GroupCommit<Task, Stored>({
      write: tasks => storeTasks(queue, tasks),
      sizeOf: task => BSON.calculateObjectSize(task.payload),
      maxSize: 8 * 1024 ** 2,
      // Whoever comes while two are on their way waits for one of them; nobody waits for others to come.
      lingerMs: 0,
    });
  }

  /** So many tasks are being made now that not each of them can be told its exact place. */
  get hurried(): boolean {
    return this.#came.length > calmRate && performance.now() - this.#came[0]! < 1_000;
  }

  /** Stores a task, in one insert with those of other requests; resolves when a majority has it. Throws 503. */
  async add(task: CheckedTask, asker: Asker): Promise<Stored> {
    const [document] = await buildChecked(this.#queue, [task], { makePlace: placesFor(asker), at: () => '' });
    const [stored] = await this.#admitted([document!], async () => [await this.#inserts.add(document!)]);
    return stored!;
  }

  /** Stores tasks, but those that `known` has by their places: what an earlier try of the same request made. */
  async addAll(
    tasks: readonly CheckedTask[],
    asker: Asker,
    known: ReadonlyMap<number, Task>,
  ): Promise<Stored[]> {
    const at = (index: number) => `/tasks/${index}`;
    const documents = await buildChecked(this.#queue, tasks, { makePlace: placesFor(asker), at });
    const missing = documents.filter((_, index) => !known.has(index));
    const stored = await this.#admitted(missing, () => this.#storeAll(missing, asker, known.has(0)));
    const made = new Map(missing.map((document, index) => [document._id, stored[index]!]));
    return documents.map(
      (document, index) => made.get(document._id) ?? { task: known.get(index)!, as: 'replayed' },
    );
  }

  async #storeAll(documents: readonly Task[], { once }: Asker, begun: boolean): Promise<Stored[]> {
    if (!once || begun) return storeTasks(this.#queue, documents);
    // The first one takes the name: a request that says something else then stores nothing.
    const first = await storeTasks(this.#queue, documents.slice(0, 1));
    if (first[0]!.as === 'reused') throw new OnceReused();
    if (documents.length === 1) return first;
    return [...first, ...(await storeTasks(this.#queue, documents.slice(1)))];
  }

  async #admitted(documents: readonly Task[], store: () => Promise<Stored[]>): Promise<Stored[]> {
    this.#came.push(performance.now());
    if (this.#came.length > calmRate + 1) this.#came.shift();
    const tell = await this.#bound.admit(documents);
    let stored: Stored[] = [];
    try {
      stored = await store();
      return stored;
    } finally {
      tell(new Set(stored.filter(({ as }) => as === 'new').map(({ task }) => task._id)));
    }
  }
}

/** What a request asks for, as far as a key of it is concerned. */
interface Asked {
  /** What its path says: one key may be used on several. */
  route: readonly string[];
  body: unknown;
  room?: string;
}

/**
 * Makes the task that a request asks for, or finds the one that it made before: `ask` then is not called. `ask` checks and
 * returns the new task; what it refuses does not use the key up. Tells the client by headers. Throws 422, 503.
 */
export async function makeTask(
  c: Context<AppEnv>,
  parts: Pick<Parts, 'queue' | 'entry'>,
  { route, body, room }: Asked,
  ask: () => Promise<CheckedTask>,
): Promise<Stored> {
  const once = readOnce(c, route, body);
  const before = once && (await findOnce(parts.queue, once));
  const stored: Stored = before
    ? { task: before, as: hasSaid(before, once) ? 'replayed' : 'reused' }
    : await parts.entry.add(await ask(), { ...traceOf(c), room, once });
  tell(c, [stored]);
  return stored;
}

/** The same for many tasks. What a request left undone that broke off half-way is done when it is asked again. */
export async function makeTasks(
  c: Context<AppEnv>,
  parts: Pick<Parts, 'queue' | 'entry'>,
  { route, body, count }: Asked & { count: number },
  ask: () => Promise<readonly CheckedTask[]>,
): Promise<Stored[]> {
  const once = readOnce(c, route, body);
  const known = once ? await findAllOnce(parts.queue, once, count) : new Map<number, Task>();
  const stored: Stored[] =
    known.size === count
      ? Array.from({ length: count }, (_, index) => ({ task: known.get(index)!, as: 'replayed' }))
      : await parts.entry.addAll(await ask(), { ...traceOf(c), once }, known);
  tell(c, stored);
  return stored;
}

function tell(c: Context, stored: readonly Stored[]): void {
  if (stored.some(({ as }) => as === 'reused')) throw new OnceReused();
  if (stored.some(({ as }) => as === 'replayed')) c.header('Idempotent-Replayed', 'true');
  if (stored.length === 1 && stored[0]!.as === 'deduplicated') c.header('Deduplicated', 'true');
}
