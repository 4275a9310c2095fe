// The chores that cannot wait for a worker of ours: while none is alive, a server takes the lease `maintenance` and recovers,
// promotes and schedules by the same rules. As soon as there is one, they are its again.
import {
  type ChoreSettings,
  type ChoreWork,
  choresLease,
  choresTtlMs,
  dropLease,
  failOverdueInternal,
  forgetDeadWorkers,
  hasOwnWorker,
  holdLease,
  promoteDueTasks,
  pruneLanes,
  type Queue,
  queueChores,
  recoverStaleTasks,
  reopenStrandedLanes,
  tickSchedules,
} from '../../queue/index.ts';
import { OutageGrace } from '../../queue/pace/grace.ts';
import { type Chore, type LeadLease, startLead } from '../../queue/pace/lead.ts';
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
    chores: newChores(queue, { lease_ms, grace, time: realTime }),
    lease: newLease(queue, { server, lease_ms }),
    onTrouble: (doing, error) => void queue.events.emit('queue:trouble', { doing, error }),
  });
}

/** The lease that our workers have too; it is none of a server's business while one of them is alive. */
function newLease(queue: Queue, { server, lease_ms }: MaintenanceOptions): LeadLease {
  const ttlMs = choresTtlMs(lease_ms);
  const drop = () => dropLease(queue, choresLease, server);
  let held = false;
  return {
    ttlMs,
    askMs: Math.min(1_000, ttlMs / 4),
    async hold() {
      const needed = !(await hasOwnWorker(queue, lease_ms));
      if (!needed && held) await drop();
      held = needed && (await holdLease(queue, choresLease, server, ttlMs));
      return held;
    },
    drop,
  };
}

const sweepMs = 300_000;

function newChores(queue: Queue, settings: ChoreSettings): Chore[] {
  const work: ChoreWork = {
    recoverStaleTasks: options => recoverStaleTasks(queue, options),
    failOverdueInternal: () => failOverdueInternal(queue),
    promoteDueTasks: () => promoteDueTasks(queue),
    tickSchedules: () => tickSchedules(queue),
    reopenStrandedLanes: () => reopenStrandedLanes(queue),
    pruneLanes: after => pruneLanes(queue, after),
  };
  const silentMs = Math.max(sweepMs, 10 * settings.lease_ms);
  const forget = () => forgetDeadWorkers(queue, silentMs).then(() => sweepMs);
  return [...queueChores(work, settings), { doing: 'forgetting dead workers', run: forget }];
}
