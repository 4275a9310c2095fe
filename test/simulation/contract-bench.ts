// What the contract of stores is run on.
import type { NewTask, Task } from '../../queue/index.ts';
import type { Store } from '../../worker/store.ts';

/** A store with two lanes, `a` (limit 3) and `b` (limit 1), and unlimited work. */
export interface ContractBench {
  store: Store;
  enqueue(task?: Partial<Omit<NewTask, 'actor' | 'payload'>> & { lane?: 'a' | 'b' }): Promise<string>;
  cancel(task_id: string): Promise<void>;
  get(task_id: string): Promise<Task>;
  setLimit(lane: 'a' | 'b', limit: number): Promise<void>;
  /** The database's clock. */
  now(): Promise<number>;
  elapse(ms: number): Promise<void>;
}

let open: () => Promise<ContractBench>;

/** Says how the file that calls it opens its store; called before every test. */
export function runContractOn(way: () => Promise<ContractBench>): void {
  open = way;
}

export const openBench = (): Promise<ContractBench> => open();
