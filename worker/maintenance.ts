// The one who does the chores of the whole queue: whichever worker holds the lease `maintenance`. What they are is in
// chores.ts.
import { isTransient } from '../queue/index.ts';
import { type Loop, startLoop } from '../queue/pace/loop.ts';
import { type Chore, type ChoreParts, newChores } from './chores.ts';

export interface MaintenanceParts extends ChoreParts {
  worker_id: string;
}

const leaseName = 'maintenance';

/** Starts the loop. Two leaders at once would be harmless: every chore is made of conditional writes. */
export function startMaintenance(parts: MaintenanceParts): Pick<Loop, 'stop'> {
  const { store, time, worker_id, grace } = parts;
  // A leader that died must be followed within the lease of its tasks.
  const ttlMs = Math.min(10_000, parts.lease_ms);
  const chores = newChores(parts);
  let leadsUntil = 0;
  let askAt = 0;

  async function lead(): Promise<void> {
    const sentAt = time.now();
    const leads = await store.holdLease(leaseName, worker_id, ttlMs);
    leadsUntil = leads ? sentAt + ttlMs : 0;
    askAt = sentAt + (ttlMs / 4) * (0.75 + time.random() / 2);
  }

  const loop = startLoop({
    time,
    async round() {
      if (time.now() >= askAt) await lead();
      if (time.now() >= leadsUntil) return Math.max(0, askAt - time.now());
      for (const chore of chores) await doChore(parts, chore);
      grace.noteSuccess(time.now());
      return Math.max(0, Math.min(askAt, ...chores.map(chore => chore.due)) - time.now());
    },
    onTrouble(error) {
      grace.noteTrouble();
      store.events.emit('queue:trouble', { doing: 'holding the maintenance lease', error });
    },
  });
  return {
    async stop() {
      await loop.stop();
      await store.dropLease(leaseName, worker_id);
    },
  };
}

const troubleMs = 1_000;

/** One chore's trouble does not keep the others from being done. */
async function doChore({ store, time, grace }: MaintenanceParts, chore: Chore): Promise<void> {
  if (time.now() < chore.due) return;
  try {
    chore.due = time.now() + (await chore.run());
  } catch (error) {
    chore.due = time.now() + troubleMs;
    // Only an outage makes leases old: a chore that fails by itself must not keep the dead from being recovered.
    if (isTransient(error)) grace.noteTrouble();
    store.events.emit('queue:trouble', { doing: chore.doing, error });
  }
}
