// What whoever leads does for the whole queue, a worker or a server, each chore with its own rhythm: recover, promote, schedule,
// repair. What only one of the two can do stands with it.
import { lanePruner, type Pruning } from './lanes/prune.ts';
import type { OutageGrace } from './pace/grace.ts';
import { type Chore, nextLookMs } from './pace/lead.ts';
import type { Time } from './pace/time.ts';
import { recoverBatch } from './recover.ts';

/** The lease of who leads. */
export const choresLease = 'maintenance';

/** How long it is held without being renewed: a leader that died is followed within the lease of its tasks. */
export const choresTtlMs = (lease_ms: number): number => Math.min(10_000, lease_ms);

/** The operations of a queue that chores are made of. */
export interface ChoreWork {
  recoverStaleTasks(options: { lease_ms: number }): Promise<readonly unknown[]>;
  failOverdueInternal(): Promise<unknown>;
  promoteDueTasks(): Promise<{ next_in_ms: number | null }>;
  tickSchedules(): Promise<{ next_in_ms: number | null }>;
  reopenStrandedLanes(): Promise<unknown>;
  pruneLanes(after: string): Promise<Pruning>;
}

export interface ChoreSettings {
  lease_ms: number;
  grace: OutageGrace;
  time: Time;
}

const overdueMs = 5_000;
const janitorMs = 5_000;

export function queueChores(work: ChoreWork, { lease_ms, grace, time }: ChoreSettings): Chore[] {
  const recoverMs = Math.min(2_500, lease_ms / 4);
  async function recover(): Promise<number> {
    if (!grace.isOver(time.now())) return recoverMs;
    return (await work.recoverStaleTasks({ lease_ms })).length === recoverBatch ? 0 : recoverMs;
  }
  return [
    { doing: 'recovering stale tasks', run: recover },
    { doing: 'ending jobs that run too long', run: () => work.failOverdueInternal().then(() => overdueMs) },
    {
      doing: 'promoting due tasks',
      run: async () => nextLookMs((await work.promoteDueTasks()).next_in_ms, 500),
    },
    {
      doing: 'making the tasks of schedules',
      run: async () => nextLookMs((await work.tickSchedules()).next_in_ms, 1_000),
    },
    { doing: 'reopening stranded lanes', run: () => work.reopenStrandedLanes().then(() => janitorMs) },
    { doing: 'removing idle lanes', run: lanePruner(after => work.pruneLanes(after)) },
  ];
}
