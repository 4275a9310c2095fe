// What the leader does for the whole queue, each chore with its own rhythm: recover, promote, schedule, repair, sweep.
import { lanePruner, recoverBatch } from '../queue/index.ts';
import type { OutageGrace } from '../queue/pace/grace.ts';
import { type Chore, nextLookMs } from '../queue/pace/lead.ts';
import type { Time } from '../queue/pace/time.ts';
import type { WorkerEvents } from './events.ts';
import type { Store } from './store.ts';

export interface ChoreParts {
  store: Store;
  time: Time;
  events: WorkerEvents;
  lease_ms: number;
  grace: OutageGrace;
  /** Ends the generations that ended tasks left open; resolves how many. */
  failOrphans: () => Promise<number>;
  /** Removes bytes that no record will ever name; resolves how many. */
  sweepContents: () => Promise<number>;
}

export function newChores(parts: ChoreParts): Chore[] {
  return [
    { doing: 'recovering stale tasks', due: 0, run: () => recover(parts) },
    { doing: 'ending jobs that run too long', due: 0, run: () => endOverdue(parts) },
    { doing: 'promoting due tasks', due: 0, run: () => promote(parts) },
    { doing: 'making the tasks of schedules', due: 0, run: () => tick(parts) },
    { doing: 'reopening stranded lanes', due: 0, run: () => reopen(parts) },
    { doing: 'removing idle lanes', due: 0, run: lanePruner(after => parts.store.pruneLanes(after)) },
    { doing: 'sweeping up what the dead left', due: 0, run: () => sweep(parts) },
  ];
}

async function recover({ store, time, lease_ms, grace }: ChoreParts): Promise<number> {
  const againMs = Math.min(2_500, lease_ms / 4);
  if (!grace.isOver(time.now())) return againMs;
  const recovered = await store.recoverStaleTasks({ lease_ms });
  return recovered.length === recoverBatch ? 0 : againMs;
}

const overdueMs = 5_000;

async function endOverdue({ store }: ChoreParts): Promise<number> {
  await store.failOverdueInternal();
  return overdueMs;
}

async function promote({ store }: ChoreParts): Promise<number> {
  return nextLookMs((await store.promoteDueTasks()).next_in_ms, 500);
}

async function tick({ store }: ChoreParts): Promise<number> {
  return nextLookMs((await store.tickSchedules()).next_in_ms, 1_000);
}

const janitorMs = 5_000;

async function reopen({ store }: ChoreParts): Promise<number> {
  await store.reopenStrandedLanes();
  return janitorMs;
}

const sweepMs = 300_000;

/** Whatever nobody would miss for minutes and nobody else would ever remove. */
async function sweep({ store, events, lease_ms, failOrphans, sweepContents }: ChoreParts): Promise<number> {
  const workers = await store.forgetDeadWorkers(Math.max(sweepMs, 10 * lease_ms));
  const generations = await failOrphans();
  const contents = await sweepContents();
  if (workers + generations + contents > 0) events.emit('queue:swept', { workers, generations, contents });
  return sweepMs;
}
