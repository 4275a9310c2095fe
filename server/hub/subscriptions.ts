// Who watches what: the open streams and waiting requests of this process, found by task.
import type { TaskEvent } from './event.ts';

/** What a stream watches. */
export type Wants = { ids: readonly string[] } | { run: string } | { all: true };

/** A stream, or a request that waits. */
export interface Watcher {
  /** Takes a state that may be new to it. */
  offer(event: TaskEvent): void;
  /** Whether it has not seen this state. */
  isNew(task_id: string, rev: number): boolean;
  /** Called about every second. */
  beat(now: number): void;
  /** Lets it go without a terminal event. */
  end(): void;
}

export interface Subscription {
  wants: Wants;
  watcher: Watcher;
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

  /** Everybody who watches; they may end while they are visited. */
  watchers(): Watcher[] {
    return [...this.#every].map(({ watcher }) => watcher);
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
    const isNew = ({ watcher }: Subscription) => watcher.isNew(task_id, rev);
    if ([...(this.#byId.get(task_id) ?? [])].some(isNew)) return 2;
    return [...this.#wide].some(isNew) ? 1 : 0;
  }

  /** Offers a state to everybody who watches its task; streams may end by it. */
  deliver(event: TaskEvent): void {
    for (const { watcher } of this.#byId.get(event.task_id) ?? []) watcher.offer(event);
    for (const { wants, watcher } of this.#wide)
      if ('all' in wants || ('run' in wants && wants.run === event.workflow_run_id)) watcher.offer(event);
  }
}
