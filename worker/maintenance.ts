// The chores of the whole queue, done by whichever worker holds the lease `maintenance`: recover, promote, repair.
import {
  dropLease,
  holdLease,
  promoteDueTasks,
  type Queue,
  recoverBatch,
  recoverStaleTasks,
  reopenStrandedLanes,
} from '../queue/index.ts';
import type { OutageGrace } from './grace.ts';
import { type Loop, startLoop } from './loop.ts';

export interface MaintenanceParts {
  queue: Queue;
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
  const { queue, worker_id, grace } = parts;
  // A leader that died must be followed within the lease of its tasks.
  const ttlMs = Math.min(10_000, parts.lease_ms);
  const chores = newChores(parts);
  let leadsUntil = 0;
  let askAt = 0;

  async function lead(): Promise<void> {
    const sentAt = performance.now();
    const leads = await holdLease(queue, leaseName, worker_id, ttlMs);
    leadsUntil = leads ? sentAt + ttlMs : 0;
    askAt = sentAt + (ttlMs / 4) * (0.75 + Math.random() / 2);
  }

  const loop = startLoop({
    async round() {
      const startedAt = performance.now();
      if (startedAt >= askAt) await lead();
      if (performance.now() >= leadsUntil) return Math.max(0, askAt - performance.now());
      for (const chore of chores) await doChore(parts, chore);
      grace.noteSuccess(startedAt);
      return Math.max(0, Math.min(askAt, ...chores.map(chore => chore.due)) - performance.now());
    },
    onTrouble(error) {
      grace.noteTrouble();
      queue.events.emit('queue:trouble', { doing: 'holding the maintenance lease', error });
    },
  });
  return {
    async stop() {
      await loop.stop();
      await dropLease(queue, leaseName, worker_id);
    },
  };
}

const troubleMs = 1_000;

/** One chore's trouble does not keep the others from being done. */
async function doChore({ queue, grace }: MaintenanceParts, chore: Chore): Promise<void> {
  if (performance.now() < chore.due) return;
  try {
    chore.due = performance.now() + (await chore.run());
  } catch (error) {
    chore.due = performance.now() + troubleMs;
    grace.noteTrouble();
    queue.events.emit('queue:trouble', { doing: chore.doing, error });
  }
}

function newChores({ queue, lease_ms, grace }: MaintenanceParts): Chore[] {
  const recoverMs = Math.min(2_500, lease_ms / 4);
  return [
    {
      doing: 'recovering stale tasks',
      due: 0,
      async run() {
        if (!grace.isOver()) return recoverMs;
        const recovered = await recoverStaleTasks(queue, { lease_ms });
        return recovered.length === recoverBatch ? 0 : recoverMs;
      },
    },
    {
      doing: 'promoting due tasks',
      due: 0,
      async run() {
        const { next_in_ms } = await promoteDueTasks(queue);
        return promoteAgainMs(next_in_ms);
      },
    },
    {
      doing: 'reopening stranded lanes',
      due: 0,
      async run() {
        await reopenStrandedLanes(queue);
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
