// How soon the tasks of one dead worker are back in the queue, when it held very many.
import { actOnTasks, enqueueTasks } from '../../queue/index.ts';
import { waitFor } from '../helpers/wait.ts';
import type { Outcome } from './report.ts';
import { openStage, type Stage } from './stage.ts';

export interface OrphansOptions {
  orphans: number;
  lease_ms: number;
  keep: boolean;
}

/** What may pass beyond the lease. */
const graceMs = 10_000;
const batch = 500;
const longestMs = 300_000;

export async function runOrphans(options: OrphansOptions): Promise<Outcome> {
  const stage = await openStage({ ...options, topology: 'single', workers: 0 });
  try {
    return await runOn(stage, options);
  } finally {
    await stage.close();
  }
}

async function runOn(stage: Stage, { orphans, lease_ms }: OrphansOptions): Promise<Outcome> {
  const { queue, violations, children } = stage;
  const processing = () => queue.tasks.countDocuments({ status: 'processing' }, { hint: 'live' });
  const holder = stage.startWorker('holder', { WORKER_ACTORS: 'sleep', WORKER_CAPACITY: String(orphans) });
  await joined(stage, 'holder');
  await enqueueSleepers(stage, orphans);
  await waitFor(async () => (await processing()) === orphans, { timeoutMs: longestMs, everyMs: 100 });
  // It takes the tasks back, and has no use for them itself.
  const heir = stage.startWorker('heir', { WORKER_ACTORS: 'echo' });
  await joined(stage, 'heir');
  holder.signal('SIGKILL');
  const killedAt = performance.now();
  await waitFor(async () => (await processing()) < orphans, { timeoutMs: longestMs, everyMs: 50 });
  const firstMs = performance.now() - killedAt;
  await waitFor(async () => (await processing()) === 0, { timeoutMs: longestMs, everyMs: 50 });
  const lastMs = performance.now() - killedAt;
  if (lastMs > lease_ms + graceMs)
    violations.add('recovery', `the last task was back after ${Math.round(lastMs)} ms`);
  const back = await queue.tasks.countDocuments({
    status: 'queued',
    retry_count: 1,
    'attempts.0.outcome': 'lost',
  });
  if (back !== orphans) violations.add('I3', `${back} of ${orphans} tasks came back`);
  await actOnTasks(queue, { action: 'cancel', which: { filter: { actor: 'sleep' } } });
  heir.signal('SIGTERM');
  await heir.ended;
  const figures: Outcome['figures'] = [
    ['lease', `${lease_ms} ms`],
    ['first task back after the kill', `${Math.round(firstMs)} ms`],
    ['last task back after the kill', `${Math.round(lastMs)} ms`],
    ['tasks back', back],
  ];
  return { title: `${orphans} tasks of a dead worker`, figures, violations, folder: children.folder };
}

async function joined({ queue }: Stage, worker_id: string): Promise<void> {
  await waitFor(() => queue.workers.findOne({ _id: worker_id }), { timeoutMs: 60_000 });
}

async function enqueueSleepers({ queue }: Stage, count: number): Promise<void> {
  const payload = { ms: 24 * 3_600_000 };
  for (let left = count; left > 0; left -= batch)
    await enqueueTasks(
      queue,
      Array.from({ length: Math.min(batch, left) }, () => ({ actor: 'sleep', payload })),
    );
}
