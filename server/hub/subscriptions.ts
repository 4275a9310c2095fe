// Who watches what: the open streams of this process, found by task.
import type { TaskEvent } from './event.ts';
import type { Outlet } from './outlet.ts';

/** What a stream watches. */
export type Wants = { ids: readonly string[] } | { run: string } | { all: true };

export interface Subscription {
  wants: Wants;
  outlet: Outlet;
}

export class Subscriptions {
  readonly #every = new Set<Subscription>();
  readonly #byId = new Map<string, Set<Subscription>>();
  /** Streams that watch more than named tasks. */
  readonly #wide = new Set<Subscription>();

  get size(): number {
    return this.#every.size;
  }

  add(subscription: Subscription): void {
    this.#every.add(subscription);
    if (!('ids' in subscription.wants)) this.#wide.add(subscription);
    else for (const id of subscription.wants.ids) this.#watchersOf(id).add(subscription);
  }

  remove(subscription: Subscription): void {
    this.#every.delete(subscription);
    this.#wide.delete(subscription);
    for (const id of 'ids' in subscription.wants ? subscription.wants.ids : []) {
      const watchers = this.#byId.get(id);
      watchers?.delete(subscription);
      if (watchers?.size === 0) this.#byId.delete(id);
    }
  }

  #watchersOf(task_id: string): Set<Subscription> {
    const watchers = this.#byId.get(task_id) ?? new Set();
    this.#byId.set(task_id, watchers);
    return watchers;
  }

  /** The open streams; they may end while they are visited. */
  outlets(): Outlet[] {
    return [...this.#every].map(({ outlet }) => outlet);
  }

  /** The tasks that streams named. */
  namedIds(): Iterable<string> {
    return this.#byId.keys();
  }

  /** Whether a stream named this task. */
  isNamed(task_id: string): boolean {
    return this.#byId.has(task_id);
  }

  /** Whether a change of this task could be for somebody. */
  mayWatch(task_id: string): boolean {
    return this.#wide.size > 0 || this.#byId.has(task_id);
  }

  /** What wide streams watch. */
  wide(): { runs: Set<string>; all: boolean } {
    const wants = [...this.#wide].map(subscription => subscription.wants);
    return {
      runs: new Set(wants.flatMap(want => ('run' in want ? [want.run] : []))),
      all: wants.some(want => 'all' in want),
    };
  }

  /** See `Interest`. A wide stream of another run counts as interested: the run is not known yet. */
  interest(task_id: string, rev: number): 0 | 1 | 2 {
    const isNew = ({ outlet }: Subscription) => outlet.isNew(task_id, rev);
    if ([...(this.#byId.get(task_id) ?? [])].some(isNew)) return 2;
    return [...this.#wide].some(isNew) ? 1 : 0;
  }

  /** Offers a state to everybody who watches its task; streams may end by it. */
  deliver(event: TaskEvent): void {
    for (const { outlet } of this.#byId.get(event.task_id) ?? []) outlet.offer(event);
    for (const { wants, outlet } of this.#wide)
      if ('all' in wants || ('run' in wants && wants.run === event.workflow_run_id)) outlet.offer(event);
  }
}
