// A worker as the one who does the chores of the whole queue: whichever holds their lease. What they are is in chores.ts.
import { choresLease, choresTtlMs } from '../queue/index.ts';
import { startLead } from '../queue/pace/lead.ts';
import type { Loop } from '../queue/pace/loop.ts';
import { type ChoreParts, newChores } from './chores.ts';

export interface MaintenanceParts extends ChoreParts {
  worker_id: string;
}

/** Starts the loop; its stop gives the lease back. */
export function startMaintenance(parts: MaintenanceParts): Pick<Loop, 'stop'> {
  const { store, time, worker_id, grace, lease_ms } = parts;
  const ttlMs = choresTtlMs(lease_ms);
  return startLead({
    time,
    grace,
    chores: newChores(parts),
    lease: {
      ttlMs,
      askMs: ttlMs / 4,
      hold: () => store.holdLease(choresLease, worker_id, ttlMs),
      drop: () => store.dropLease(choresLease, worker_id),
    },
    onTrouble: (doing, error) => void store.events.emit('queue:trouble', { doing, error }),
  });
}
