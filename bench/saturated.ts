// Does a saturated key with a deep backlog delay another key? Start latency of a free key, with and without it.
// Usage: tsx bench/saturated.ts [backlog=10000] [samples=300]
import { setTimeout as pause } from 'node:timers/promises';
import { enqueueTask, enqueueTasks, type Queue } from '../queue/index.ts';
import { defineActor, startWorker } from '../worker/index.ts';
import { type Bench, withMongod } from './mongod.ts';

const [backlog = 10_000, samples = 300] = process.argv.slice(2).map(Number);

await withMongod(async bench => {
  const alone = await measure(bench, 'alone', 0, 0);
  const holding = await measure(bench, 'holding', backlog, 3_600_000);
  const turning = await measure(bench, 'turning', backlog, 20);
  console.log(`start latency of a free key, ${samples} tasks one after the other, milliseconds`);
  show('alone', alone, alone);
  show(`beside ${backlog} of a full key that holds its slots`, holding, alone);
  show(`beside ${backlog} of a full key that turns over 150 tasks/s`, turning, alone);
});

function show(what: string, latencies: number[], baseline: number[]): void {
  const ratio = at(latencies, 0.5) / at(baseline, 0.5);
  const figures = [0.5, 0.99].map(share => at(latencies, share).toFixed(1));
  console.log(`${what}: p50 ${figures[0]}, p99 ${figures[1]}, p50 ratio ${ratio.toFixed(2)}`);
}

async function measure(bench: Bench, name: string, depth: number, holdMs: number): Promise<number[]> {
  const queue = await bench.openQueue(name);
  const started = new Map<number, (at: number) => void>();
  const draw = defineActor({
    name: 'draw',
    concurrency: { key: '/key', limits: { full: 3, free: 3 }, default: 1 },
    async execute({ key, n }, { signal }) {
      if (key === 'free') return started.get(n as number)?.(performance.now());
      await pause(holdMs, undefined, { signal });
    },
  });
  const worker = await startWorker({ queue, actors: [draw], capacity: 50 });
  await fill(queue, depth);
  const latencies: number[] = [];
  for (let n = 0; n < samples; n++) {
    const begun = new Promise<number>(resolve => started.set(n, resolve));
    const asked = performance.now();
    await enqueueTask(queue, { actor: 'draw', payload: { key: 'free', n } });
    latencies.push((await begun) - asked);
    started.delete(n);
    await pause(Math.random() * 10);
  }
  await worker.stop({ release: true });
  return latencies;
}

async function fill(queue: Queue, depth: number): Promise<void> {
  for (let left = depth; left > 0; left -= 1_000) {
    const batch = Array.from({ length: Math.min(left, 1_000) }, () => ({
      actor: 'draw',
      payload: { key: 'full' },
    }));
    await enqueueTasks(queue, batch);
  }
}

function at(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!;
}
