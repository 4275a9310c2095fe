// Workers killed at random moments while they make paid pictures, for PAID_SECONDS (15), by the chances of PAID_SEED. Every task
// ends, with one job at most, and one picture exactly where it is completed.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newRandom } from '../chaos/random.ts';
import { waitFor } from '../helpers/wait.ts';
import { taskEnd } from '../worker/start.ts';
import { type Paid, PaidStage } from './paid-stage.ts';

const seconds = Number(process.env.PAID_SECONDS ?? 15);
const seed = Number(process.env.PAID_SEED ?? Date.now() % 1_000_000);
const chance = newRandom(seed);

const stage = new PaidStage();
const { leonardo, gate } = stage;
beforeAll(async () => {
  await stage.open({ lease_ms: 1_500, workers: 3 });
  leonardo.statuses = ['PENDING', 'PENDING', 'COMPLETE'];
  gate.delayMs = () => 100 * chance.next() ** 2;
});
afterAll(() => stage.close());

// Each of them may be killed many times.
const task = { max_retries: 100 };
const waiting = 12;

/** The worker of a task that runs, once there is one that can be killed. */
const findVictim = () =>
  waitFor(async () => {
    const running = await stage.queue.tasks.find({ status: 'processing' }).toArray();
    const victims = running.flatMap(({ worker_id = '' }) => (stage.workers.has(worker_id) ? worker_id : []));
    return victims[chance.between(0, victims.length - 1)];
  });

async function nextEnd(): Promise<void> {
  const ended = () => stage.queue.tasks.countDocuments({ status: { $in: ['completed', 'failed'] } });
  const before = await ended();
  await waitFor(async () => (await ended()) > before, { timeoutMs: 60_000 });
}

async function race(): Promise<Paid[]> {
  const paid: Paid[] = [];
  const end = Date.now() + seconds * 1_000;
  while (Date.now() < end) {
    const live = await stage.queue.tasks.countDocuments({ status: { $in: ['queued', 'processing'] } });
    for (let n = live; n < waiting; n++) paid.push(await stage.enqueue({}, task));
    // Now and then something shall end: tasks that were killed a hundred times would be given up.
    if (chance.next() < 0.4) await nextEnd();
    await findVictim();
    await pause(chance.between(0, 500));
    await stage.kill(await findVictim());
  }
  return paid;
}

test(`workers killed for ${seconds} s leave no second job and no second picture (seed ${seed})`, {
  timeout: 120_000 + seconds * 2_000,
}, async () => {
  const paid = await race();
  const lost = [];
  for (const one of paid) {
    const ended = await taskEnd(stage.queue, one.task_id, 120_000);
    await stage.judge(one, ended, { knowsPrice: null });
    const jobs = stage.jobsOf(one).length;
    expect(jobs, one.task_id).toBeLessThanOrEqual(1);
    if (ended.status === 'completed') expect(jobs).toBe(1);
    lost.push(...ended.attempts.filter(({ outcome }) => outcome === 'lost'));
  }
  // The job of a killed worker goes on there: its task is claimed again before any other gets its slot.
  expect(leonardo.gauge.peak).toBeLessThanOrEqual(3);
  await stage.judgeAll();
  // They were killed with tasks in their hands.
  expect(lost.length).toBeGreaterThan(0);
});
