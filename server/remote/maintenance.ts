// The chores that cannot wait for a worker of ours: while none is alive, a server takes the lease `maintenance` and recovers,
// promotes and schedules by the same rules. As soon as there is one, they are its again.
import {
  dropLease,
  failOverdueInternal,
  forgetDeadWorkers,
  hasOwnWorker,
  holdLease,
  promoteDueTasks,
  type Queue,
  recoverBatch,
  recoverStaleTasks,
  reopenStrandedLanes,
  tickSchedules,
} from '../../queue/index.ts';
import { OutageGrace } from '../../queue/pace/grace.ts';
import { startLoop } from '../../queue/pace/loop.ts';
import { realTime } from '../../queue/pace/time.ts';

export interface MaintenanceOptions {
  server: string;
  lease_ms: number;
}

const leaseName = 'maintenance';

/** Starts looking after the queue where nobody else does. Its stop gives the lease back. */
export function startMaintenance(
  queue: Queue,
  { server, lease_ms }: MaintenanceOptions,
): { stop(): Promise<void> } {
  const ttlMs = Math.min(10_000, lease_ms);
  const grace = new OutageGrace(lease_ms, () => realTime.wall());
  const chores = newChores(queue, lease_ms, grace);
  let leads = false;
  let askAt = 0;

  async function lead(): Promise<void> {
    askAt = performance.now() + Math.min(1_000, ttlMs / 4);
    const needed = !(await hasOwnWorker(queue, lease_ms));
    if (!needed && leads) await dropLease(queue, leaseName, server);
    leads = needed && (await holdLease(queue, leaseName, server, ttlMs));
  }

  const loop = startLoop({
    async round() {
      if (performance.now() >= askAt) await lead();
      for (const chore of leads ? chores : []) {
        if (performance.now() < chore.due) continue;
        chore.due = performance.now() + (await chore.run());
      }
      grace.noteSuccess(performance.now());
      const next = leads ? Math.min(askAt, ...chores.map(({ due }) => due)) : askAt;
      return Math.max(0, next - performance.now());
    },
    onTrouble(error) {
      grace.noteTrouble();
      queue.events.emit('queue:trouble', { doing: 'looking after the queue', error });
    },
  });
  return {
    async stop() {
      await loop.stop();
      if (leads) await dropLease(queue, leaseName, server);
    },
  };
}

interface Chore {
  /** Resolves the milliseconds until it is due again. */
  run(): Promise<number>;
  due: number;
}

const sweepMs = 300_000;

function newChores(queue: Queue, lease_ms: number, grace: OutageGrace): Chore[] {
  const chore = (run: () => Promise<number>): Chore => ({ run, due: 0 });
  const every = (ms: number, run: () => Promise<unknown>) => chore(() => run().then(() => ms));
  const soon = (next_in_ms: number | null, mostMs: number) =>
    next_in_ms === 0 ? 0 : Math.min(mostMs, Math.max(50, next_in_ms ?? mostMs));
  return [
    chore(async () => {
      const againMs = Math.min(2_500, lease_ms / 4);
      if (!grace.isOver(performance.now())) return againMs;
      return (await recoverStaleTasks(queue, { lease_ms })).length === recoverBatch ? 0 : againMs;
    }),
    chore(async () => soon((await promoteDueTasks(queue)).next_in_ms, 500)),
    chore(async () => soon((await tickSchedules(queue)).next_in_ms, 1_000)),
    every(5_000, () => failOverdueInternal(queue)),
    every(5_000, () => reopenStrandedLanes(queue)),
    every(sweepMs, () => forgetDeadWorkers(queue, Math.max(sweepMs, 10 * lease_ms))),
  ];
}
