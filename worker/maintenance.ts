// A worker as the one who does the chores of the whole queue: whichever holds the lease `maintenance`. What they are is in
// chores.ts.
import { startLead } from '../queue/pace/lead.ts';
import type { Loop } from '../queue/pace/loop.ts';
import { type ChoreParts, newChores } from './chores.ts';

export interface MaintenanceParts extends ChoreParts {
  worker_id: string;
}

const leaseName = 'maintenance';

/** Starts the loop; its stop gives the lease back. */
export function startMaintenance(parts: MaintenanceParts): Pick<Loop, 'stop'> {
  const { store, time, worker_id, grace, lease_ms } = parts;
  // A leader that died must be followed within the lease of its tasks.
  const ttlMs = Math.min(10_000, lease_ms);
  return startLead({
    time,
    grace,
    chores: newChores(parts),
    lease: {
      ttlMs,
      askMs: ttlMs / 4,
      hold: () => store.holdLease(leaseName, worker_id, ttlMs),
      drop: () => store.dropLease(leaseName, worker_id),
    },
    onTrouble: (doing, error) => void store.events.emit('queue:trouble', { doing, error }),
  });
}
