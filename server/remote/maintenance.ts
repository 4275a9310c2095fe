// The chores that cannot wait for a worker of ours: while none is alive, a server takes the lease `maintenance` and recovers,
// promotes and schedules by the same rules. As soon as there is one, they are its again.
import {
  dropLease,
  failOverdueInternal,
  forgetDeadWorkers,
  hasOwnWorker,
  holdLease,
  lanePruner,
  promoteDueTasks,
  pruneLanes,
  type Queue,
  recoverBatch,
  recoverStaleTasks,
  reopenStrandedLanes,
  tickSchedules,
} from '../../queue/index.ts';
import { OutageGrace } from '../../queue/pace/grace.ts';
import { type Chore, type LeadLease, nextLookMs, startLead } from '../../queue/pace/lead.ts';
import type { Loop } from '../../queue/pace/loop.ts';
import { realTime } from '../../queue/pace/time.ts';

export interface MaintenanceOptions {
  server: string;
  lease_ms: number;
}

/** Starts looking after the queue where nobody else does. Its stop gives the lease back. */
export function startMaintenance(queue: Queue, { server, lease_ms }: MaintenanceOptions): Pick<Loop, 'stop'> {
  const grace = new OutageGrace(lease_ms, () => realTime.wall());
  return startLead({
    grace,
    chores: newChores(queue, lease_ms, grace),
    lease: newLease(queue, { server, lease_ms }),
    onTrouble: (doing, error) => void queue.events.emit('queue:trouble', { doing, error }),
  });
}

const leaseName = 'maintenance';

/** The lease that our workers have too; it is none of a server's business while one of them is alive. */
function newLease(queue: Queue, { server, lease_ms }: MaintenanceOptions): LeadLease {
  const ttlMs = Math.min(10_000, lease_ms);
  const drop = () => dropLease(queue, leaseName, server);
  let held = false;
  return {
    ttlMs,
    askMs: Math.min(1_000, ttlMs / 4),
    async hold() {
      const needed = !(await hasOwnWorker(queue, lease_ms));
      if (!needed && held) await drop();
      held = needed && (await holdLease(queue, leaseName, server, ttlMs));
      return held;
    },
    drop,
  };
}

const janitorMs = 5_000;
const sweepMs = 300_000;

function newChores(queue: Queue, lease_ms: number, grace: OutageGrace): Chore[] {
  const chore = (doing: string, run: () => Promise<number>): Chore => ({ doing, run, due: 0 });
  const every = (ms: number, doing: string, run: () => Promise<unknown>) =>
    chore(doing, () => run().then(() => ms));
  return [
    chore('recovering stale tasks', async () => {
      const againMs = Math.min(2_500, lease_ms / 4);
      if (!grace.isOver(realTime.now())) return againMs;
      return (await recoverStaleTasks(queue, { lease_ms })).length === recoverBatch ? 0 : againMs;
    }),
    chore('promoting due tasks', async () => nextLookMs((await promoteDueTasks(queue)).next_in_ms, 500)),
    chore('making the tasks of schedules', async () =>
      nextLookMs((await tickSchedules(queue)).next_in_ms, 1_000),
    ),
    every(janitorMs, 'ending jobs that run too long', () => failOverdueInternal(queue)),
    every(janitorMs, 'reopening stranded lanes', () => reopenStrandedLanes(queue)),
    chore(
      'removing idle lanes',
      lanePruner(after => pruneLanes(queue, after)),
    ),
    every(sweepMs, 'forgetting dead workers', () =>
      forgetDeadWorkers(queue, Math.max(sweepMs, 10 * lease_ms)),
    ),
  ];
}
