// What the contract of stores is run on.
import type { ClaimedTask, NewTask, Task } from '../../../queue/index.ts';
import type { Store } from '../../../worker/store.ts';

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

/** Claim rounds of one worker until there is nothing more to claim, or it has enough. */
export async function claim({ store }: ContractBench, worker_id = 'w1', want = 10): Promise<ClaimedTask[]> {
  const share = { index: 0, of: 1 };
  const actors = new Set(['echo', 'draw']);
  const tasks: ClaimedTask[] = [];
  for (let again = true; again && tasks.length < want; ) {
    const round = await store.claimTasks({ worker_id, actors, want: want - tasks.length, share });
    tasks.push(...round.tasks);
    again = round.again;
  }
  return tasks;
}

/** A new task, claimed by `w1`. */
export async function claimNew(bench: ContractBench, asked?: Parameters<ContractBench['enqueue']>[0]) {
  const task_id = await bench.enqueue(asked);
  return (await claim(bench)).find(({ _id }) => _id === task_id)!;
}
