// The chores of the whole queue, done by whichever worker holds the lease `maintenance`: recover, promote, repair.
import { recoverBatch } from '../queue/index.ts';
import type { OutageGrace } from './grace.ts';
import { type Loop, startLoop } from './loop.ts';
import type { Store } from './store.ts';
import type { Time } from './time.ts';

export interface MaintenanceParts {
  store: Store;
  time: Time;
  worker_id: string;
  lease_ms: number;
  grace: OutageGrace;
}

interface Chore {
  doing: string;
  /** Resolves the milliseconds until it is due again. */
  run(): Promise<number>;
  due: number;
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
      const startedAt = time.now();
      if (startedAt >= askAt) await lead();
      if (time.now() >= leadsUntil) return Math.max(0, askAt - time.now());
      for (const chore of chores) await doChore(parts, chore);
      grace.noteSuccess(startedAt, time.now());
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
    grace.noteTrouble();
    store.events.emit('queue:trouble', { doing: chore.doing, error });
  }
}

function newChores({ store, time, lease_ms, grace }: MaintenanceParts): Chore[] {
  const recoverMs = Math.min(2_500, lease_ms / 4);
  return [
    {
      doing: 'recovering stale tasks',
      due: 0,
      async run() {
        if (!grace.isOver(time.now())) return recoverMs;
        const recovered = await store.recoverStaleTasks({ lease_ms });
        return recovered.length === recoverBatch ? 0 : recoverMs;
      },
    },
    {
      doing: 'promoting due tasks',
      due: 0,
      async run() {
        const { next_in_ms } = await store.promoteDueTasks();
        return promoteAgainMs(next_in_ms);
      },
    },
    {
      doing: 'reopening stranded lanes',
      due: 0,
      async run() {
        await store.reopenStrandedLanes();
        return janitorMs;
      },
    },
  ];
}

const janitorMs = 5_000;

/** At least twice a second, since anybody may enqueue a task that is due before the next one known. */
function promoteAgainMs(next_in_ms: number | null): number {
  if (next_in_ms === 0) return 0;
  return Math.min(500, Math.max(50, next_in_ms ?? 500));
}
