// Drained tasks per second of one worker with no-op work, beside the raw three-write ceiling of the same mongod in the
// same run. Usage: tsx bench/drain.ts [tasks=20000] [capacity=200] [runs=3]
import { enqueueTasks, type Queue } from '../queue/index.ts';
import { defineActor, startWorker } from '../worker/index.ts';
import { writeBlindly } from './ceiling.ts';
import { type Bench, timed, withMongod } from './mongod.ts';

const [tasks = 20_000, capacity = 200, runs = 3] = process.argv.slice(2).map(Number);

const noop = defineActor({ name: 'noop', execute: payload => payload });

await withMongod(async bench => {
  console.log(
    `${tasks} no-op tasks, one worker of capacity ${capacity}, ${runs} runs; the ceiling is measured before each`,
  );
  for (let run = 1; run <= runs; run++) {
    const raw = await timed(async () => writeBlindly(await bench.openQueue(`raw${run}`), tasks));
    const { seconds, commands } = await drain(bench, `drain${run}`);
    const ceiling = tasks / raw.seconds;
    const drained = tasks / seconds;
    console.log(
      `run ${run}: ceiling ${ceiling.toFixed(0)}/s, drained ${drained.toFixed(0)}/s, ratio ${(drained / ceiling).toFixed(2)}, ` +
        `${(commands / tasks).toFixed(3)} mongod commands per task`,
    );
  }
});

/** Fills a queue, then lets one worker empty it. */
async function drain(bench: Bench, name: string): Promise<{ seconds: number; commands: number }> {
  const queue = await bench.openQueue(name);
  const worker = await startWorker({ queue, actors: [noop], capacity });
  await worker.stop();
  await fill(queue);
  const before = await total(bench);
  const { seconds } = await timed(async () => {
    const drained = countTo(queue, tasks);
    const draining = await startWorker({ queue, actors: [noop], capacity });
    await drained;
    await draining.stop();
  });
  return { seconds, commands: (await total(bench)) - before };
}

async function fill(queue: Queue): Promise<void> {
  const batch = Array.from({ length: 1_000 }, (_, n) => ({ actor: 'noop', payload: { n } }));
  for (let left = tasks; left > 0; left -= batch.length) await enqueueTasks(queue, batch.slice(0, left));
}

/** Resolves when that many tasks have been completed. */
async function countTo(queue: Queue, count: number): Promise<void> {
  let done = 0;
  await new Promise<void>(resolve => {
    queue.events.on('task:completed', () => {
      if (++done === count) resolve();
    });
  });
}

async function total(bench: Bench): Promise<number> {
  const counted = await bench.countCommands();
  return ['find', 'aggregate', 'update', 'insert', 'getMore', 'count', 'delete'].reduce(
    (sum, name) => sum + (counted.get(name) ?? 0),
    0,
  );
}
