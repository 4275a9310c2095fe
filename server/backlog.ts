// The bound of each backlog: whoever would make it too deep is told to come later. What this server stores it counts itself;
// what others store and workers take away it learns by counting now and then.
import { type Backlog, backlogOf, countBacklog, type Queue, type Task } from '../queue/index.ts';
import { fewAtOnce } from './few-at-once.ts';
import { Problem } from './problems.ts';

interface Known {
  /** What was counted last, when, and how long that took; nothing yet before the first time. */
  counted: number;
  at: number;
  tookMs: number;
  /** Stored by this server since the count began. */
  added: number;
  /** On their way to be stored. */
  coming: number;
  counting: Promise<void> | null;
}

const maxKnown = 10_000;
/** Counting a deep lane may take a fiftieth of a mongod's time, and a lane is never asked more often than this. */
const costShare = 50;
const calmMs = 1_000;
/** Before somebody is refused, a count may be this old. */
const refuseShare = 5;
const refuseMs = 100;

export class BacklogBound {
  readonly #queue: Queue;
  readonly #max: number;
  readonly #known = new Map<string, Known>();

  constructor(queue: Queue, max: number) {
    this.#queue = queue;
    this.#max = max;
  }

  /**
   * Takes room for tasks that are to be stored, for all of them or none; what it returns is told of those that were, by
   * their ids. Throws 503. Those for later count once they are due.
   */
  async admit(tasks: readonly Task[]): Promise<(stored: ReadonlySet<string>) => void> {
    const groups = groupBy(tasks.filter(task => task.status === 'queued'));
    await fewAtOnce(groups, ({ backlog, ids }) => this.#refresh(backlog, ids.length));
    const full = groups.find(({ backlog, ids }) => this.#depth(backlog) + ids.length > this.#max);
    if (full) throw this.#queueFull(full.backlog);
    for (const { backlog, ids } of groups) this.#of(backlog).coming += ids.length;
    return stored => {
      for (const { backlog, ids } of groups) {
        const known = this.#of(backlog);
        known.coming = Math.max(0, known.coming - ids.length);
        known.added += ids.filter(id => stored.has(id)).length;
      }
    };
  }

  #of({ name }: Backlog): Known {
    let known = this.#known.get(name);
    if (!known) {
      // Forgetting costs a count; what is on its way there is stored soon and counted then.
      if (this.#known.size >= maxKnown) this.#known.clear();
      known = { counted: 0, at: -Infinity, tookMs: 0, added: 0, coming: 0, counting: null };
      this.#known.set(name, known);
    }
    return known;
  }

  #depth(backlog: Backlog): number {
    const { counted, added, coming } = this.#of(backlog);
    return counted + added + coming;
  }

  /** Counts again where that is due: in the background as long as there is room for as much again. */
  async #refresh(backlog: Backlog, more: number): Promise<void> {
    const known = this.#of(backlog);
    const age = performance.now() - known.at;
    const depth = this.#depth(backlog) + more;
    const stale = age > Math.max(calmMs, costShare * known.tookMs);
    const doubtful = depth > this.#max && age > Math.max(refuseMs, refuseShare * known.tookMs);
    if (!stale && !doubtful) return;
    const counting = this.#count(backlog, known);
    const roomy = known.at !== -Infinity && depth <= this.#max / 2;
    // That nobody can count is no reason to refuse.
    if (roomy) counting.catch(() => {});
    else await counting;
  }

  #count(backlog: Backlog, known: Known): Promise<void> {
    known.counting ??= this.#countNow(backlog, known).finally(() => {
      known.counting = null;
    });
    return known.counting;
  }

  async #countNow(backlog: Backlog, known: Known): Promise<void> {
    const began = performance.now();
    const before = known.added;
    const counted = await countBacklog(this.#queue, backlog, this.#max);
    // What was added while it counted may be in the count too: rather a moment too many than too few.
    const added = known.added - before;
    Object.assign(known, { counted, added, at: performance.now(), tookMs: performance.now() - began });
  }

  #queueFull({ name }: Backlog): Problem {
    const where = name.endsWith('#') ? `of the actor "${name.slice(0, -1)}"` : `of the lane "${name}"`;
    const detail = `The backlog ${where} has ${this.#max} tasks, which is the most. Nothing was stored; try again later.`;
    return new Problem('queue-full', detail, { headers: { 'Retry-After': '10' } });
  }
}

function groupBy(tasks: readonly Task[]): { backlog: Backlog; ids: string[] }[] {
  const groups = new Map<string, { backlog: Backlog; ids: string[] }>();
  for (const task of tasks) {
    const backlog = backlogOf(task);
    const group = groups.get(backlog.name) ?? { backlog, ids: [] };
    group.ids.push(task._id);
    groups.set(backlog.name, group);
  }
  return [...groups.values()];
}
