// Many tasks of no work through a few workers, one of which is killed every few seconds.
import { setTimeout as pause } from 'node:timers/promises';
import { calmDown, drainTasks } from './calm.ts';
import { type EnqueuerParts, enqueue } from './enqueuer.ts';
import { judge } from './judge.ts';
import { type Entry, Ledger, taskOf } from './ledger.ts';
import { planNemeses } from './plan.ts';
import { newRandom } from './random.ts';
import type { Outcome } from './report.ts';
import { openStage, type Stage } from './stage.ts';
import { rage } from './storm.ts';

export interface TasksOptions {
  tasks: number;
  workers: number;
  seed: number;
  lease_ms: number;
  keep: boolean;
}

const batch = 500;
const maxWaiting = 5_000;
/** A fifth of the tasks has a limit: three at once of each of these keys. */
const limitedKeys = 64;
const longest = 3_600;

export async function runTasks(options: TasksOptions): Promise<Outcome> {
  const stage = await openStage({ ...options, topology: 'single', env: { WORKER_CAPACITY: '50' } });
  try {
    return await runOn(stage, options);
  } finally {
    await stage.close();
  }
}

async function runOn(stage: Stage, options: TasksOptions): Promise<Outcome> {
  const parts: EnqueuerParts = { ...stage, ledger: new Ledger(), random: newRandom(options.seed) };
  const plan = planNemeses(parts.random, {
    ...options,
    seconds: longest,
    topology: 'single',
    only: ['kill worker'],
  });
  await calmDown(stage);
  const began = performance.now();
  let over = false;
  const raging = rage(stage, plan, () => over);
  await enqueueAll(stage, parts, options.tasks);
  over = true;
  const blows = await raging;
  await calmDown(stage);
  await drainTasks(stage, { all: true });
  const seconds = (performance.now() - began) / 1_000;
  await stage.fleet.close();
  return judge(stage, {
    title: `${options.tasks} tasks, ${options.workers} workers`,
    blows,
    seconds,
    ...parts,
  });
}

/** Resolves when all of them are enqueued and most have ended. */
async function enqueueAll({ audit }: Stage, parts: EnqueuerParts, count: number): Promise<void> {
  const key = () => (parts.random.next() < 0.2 ? `key${parts.random.between(1, limitedKeys)}` : '');
  const make = (entry: Entry) => taskOf(entry, { url: parts.url, key: key(), work_ms: 0 });
  for (let left = count; left > 0; left -= batch) {
    while (audit.replay.live.size > maxWaiting) await pause(50);
    await enqueue(parts, Math.min(batch, left), make, 'work');
  }
}
