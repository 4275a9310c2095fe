// What happens after the storm: everything that is live ends, and fresh tasks start at once, beside a saturated key and
// without one.
import { actOnTasks, listLiveWorkers } from '../../queue/index.ts';
import { waitFor } from '../helpers/wait.ts';
import { type EnqueuerParts, enqueue } from './enqueuer.ts';
import { type Entry, taskOf } from './ledger.ts';
import type { Stage } from './stage.ts';

/** The key that has far more work than it may do at once, all the time. */
export const jam = 'jam';
const liveStatuses = ['scheduled', 'queued', 'processing'] as const;
const quietMs = 180_000;
const hopelessMs = 30_000;
/** Far more than it takes on any machine; the figures say how long it took. */
const scoutMs = 60_000;

/** Resolves when mongod and all workers are well again. */
export async function calmDown({ mongods, fleet, queue, lease_ms }: Stage): Promise<void> {
  await mongods.whole();
  await fleet.whole(async pids => {
    const here = new Set((await listLiveWorkers(queue, lease_ms)).map(({ pid }) => pid));
    return pids.every(pid => here.has(pid));
  });
}

/**
 * Resolves whether all tasks have ended, but for those of the saturated key unless `all`. What does not end is a violation;
 * where something was wrong before, that is not waited for long.
 */
export async function drainTasks({ queue, violations }: Stage, { all }: { all: boolean }): Promise<boolean> {
  const left = { status: { $in: [...liveStatuses] }, ...(!all && { lane: { $ne: jam } }) };
  const isEmpty = async () => (await queue.tasks.countDocuments(left)) === 0;
  const timeoutMs = violations.count > 0 ? hopelessMs : quietMs;
  if (await waitFor(isEmpty, { timeoutMs, everyMs: 100 }).catch(() => false)) return true;
  const stuck = await queue.tasks.find(left).limit(3).toArray();
  const lanes = await queue.lanes.find({ _id: { $in: stuck.map(({ lane }) => lane) } }).toArray();
  violations.add('I3', `tasks are stuck: ${JSON.stringify(stuck)}; their lanes: ${JSON.stringify(lanes)}`);
  return false;
}

/** Cancels what waits for the saturated key; resolves how many that were. */
export async function clearJam({ queue }: Stage): Promise<number> {
  let changed = 0;
  for (let more = true; more; ) {
    const outcome = await actOnTasks(queue, {
      action: 'cancel',
      which: { filter: { concurrency_identifier: jam } },
    });
    changed += outcome.changed;
    more = outcome.more;
  }
  return changed;
}

/** Enqueues one task after the other while workers are idle; returns those that ended. One that does not is a violation. */
export async function sendScouts(stage: Stage, parts: EnqueuerParts, count: number): Promise<Entry[]> {
  const scouts: Entry[] = [];
  for (let n = 0; n < count; n++) {
    // By turns with a limit and without one.
    const key = n % 2 ? 'scout' : '';
    const make = (entry: Entry) => taskOf(entry, { url: parts.url, key, work_ms: 1 });
    const [entry] = await enqueue(parts, 1, make, 'start at once');
    if (!entry) continue;
    const hasEnded = () => stage.audit.replay.ended.has(entry.task_id!);
    const inTime = await waitFor(hasEnded, { timeoutMs: scoutMs }).catch(() => false);
    if (inTime) scouts.push(entry);
    else stage.violations.add('I6', `${entry.task_id} found nobody to run it among idle workers`);
  }
  return scouts;
}
