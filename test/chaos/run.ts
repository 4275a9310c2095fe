// One run: a storm over a busy queue, then calm, then every invariant.
import { calmDown, clearJam, drainTasks, jam, sendScouts } from './calm.ts';
import { type EnqueuerParts, enqueue, enqueueSteadily } from './enqueuer.ts';
import { judge } from './judge.ts';
import { Ledger, taskOf } from './ledger.ts';
import type { Topology } from './options.ts';
import { type Kind, planNemeses } from './plan.ts';
import { newRandom } from './random.ts';
import type { Outcome } from './report.ts';
import { openStage, type Stage } from './stage.ts';
import { rage } from './storm.ts';

export interface StormOptions {
  topology: Topology;
  seconds: number;
  seed: number;
  workers: number;
  rate: number;
  lease_ms: number;
  only?: readonly Kind[] | undefined;
  keep: boolean;
}

/** Runs it; tells what was seen and what was wrong. Rejects when the run itself could not be carried out. */
export async function runStorm(options: StormOptions): Promise<Outcome> {
  const stage = await openStage(options);
  try {
    return await runOn(stage, options);
  } finally {
    await stage.close();
  }
}

async function runOn(stage: Stage, options: StormOptions): Promise<Outcome> {
  const random = newRandom(options.seed);
  const plan = planNemeses(random, options);
  const ledger = new Ledger();
  const parts: EnqueuerParts = { ...stage, ledger, random };
  await calmDown(stage);
  const jammed = await enqueueJam(parts, Math.min(200 + options.seconds * 5, 5_000));
  let over = false;
  const enqueueing = enqueueSteadily(parts, {
    rate: options.rate,
    live: () => liveBeside(stage, jam),
    isOver: () => over,
  });
  const began = performance.now();
  const blows = await rage(stage, plan);
  over = true;
  await enqueueing;
  const seconds = (performance.now() - began) / 1_000;
  await calmDown(stage);
  const drained = await drainTasks(stage, { all: false });
  const scouts = drained ? await scout(stage, parts) : undefined;
  if (drained) await drainTasks(stage, { all: true });
  await stage.fleet.close();
  const title = `${options.topology}, seed ${options.seed}`;
  return judge(stage, { title, ledger, blows, seconds, jammed, scouts });
}

/** A backlog that one task after the other is taken from. */
async function enqueueJam(parts: EnqueuerParts, count: number): Promise<number> {
  const work_ms = () => parts.random.between(50, 300);
  const options = () => ({ url: parts.url, key: jam, work_ms: work_ms() });
  return (await enqueue(parts, count, entry => taskOf(entry, options()), 'wait its turn')).length;
}

function liveBeside({ audit }: Stage, lane: string): number {
  let count = 0;
  for (const task of audit.replay.live.values()) if (task.lane !== lane) count++;
  return count;
}

const scoutCount = 20;

/** Fresh tasks among idle workers: beside a saturated key, and when its backlog is gone. */
async function scout(stage: Stage, parts: EnqueuerParts) {
  const beside = await sendScouts(stage, parts, scoutCount);
  const cleared = await clearJam(stage);
  const alone = await sendScouts(stage, parts, scoutCount);
  return { beside, alone, cleared };
}
