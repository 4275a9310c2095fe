// What the enqueuer asked for and what it was told: its own book, which no database can change.
import type { NewTask } from '../../queue/index.ts';

export type Deed =
  | 'work'
  | 'fail once'
  | 'fail for good'
  | 'run into the soft timeout'
  | 'ignore timeouts'
  /** One of the backlog of a saturated key. */
  | 'wait its turn'
  /** Enqueued when all is calm, to see how soon it starts. */
  | 'start at once';

export interface Entry {
  /** Which request; also in the payload. */
  ref: number;
  does: Deed;
  /** Null when the answer to the enqueue was an error: it may be stored or not. */
  task_id: string | null;
  acked_at?: number;
  /** Nothing but an outage should let it wait: no limit, no delay, the highest priority. */
  urgent?: boolean;
  /** What was answered to its cancellation: `granted` means that it must end as cancelled. */
  cancel?: 'granted' | 'refused' | 'unknown';
}

export class Ledger {
  readonly entries: Entry[] = [];
  readonly #byId = new Map<string, Entry>();

  /** Writes down requests before they are made. */
  open(count: number, does: () => Deed): Entry[] {
    const made = Array.from({ length: count }, (_, n) => ({
      ref: this.entries.length + n,
      does: does(),
      task_id: null,
    }));
    this.entries.push(...made);
    return made;
  }

  acknowledge(entry: Entry, task_id: string): void {
    entry.task_id = task_id;
    entry.acked_at = Date.now();
    this.#byId.set(task_id, entry);
  }

  find(task_id: string): Entry | undefined {
    return this.#byId.get(task_id);
  }

  get acknowledged(): number {
    return this.#byId.size;
  }
}

export interface TaskOptions {
  /** Of the outside service. */
  url: string;
  key: string;
  work_ms: number;
  more?: Partial<NewTask>;
}

/** The task that an entry stands for. A key of '' has no limit. */
export function taskOf({ ref, does }: Entry, { url, key, work_ms, more }: TaskOptions): NewTask {
  return { actor: key ? 'call' : 'free', payload: { url, key, work_ms, does, ref }, ...more };
}
