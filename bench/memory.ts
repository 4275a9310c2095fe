// Memory of a worker process over many tasks: it must stay flat. Needs a build.
// Usage: tsx bench/memory.ts [tasks=200000]
import { once } from 'node:events';
import { enqueueTasks, type Queue } from '../queue/index.ts';
import { withMongod } from './mongod.ts';
import { startProgram } from './processes.ts';

const [tasks = 200_000] = process.argv.slice(2).map(Number);
const steps = 10;

await withMongod(async bench => {
  const uri = bench.uri.replace('/?', '/memory?');
  const queue = await bench.openQueue('memory');
  const env = { MONGODB_URI: uri, WORKER_CAPACITY: '200', LOG_LEVEL: 'warn', HEARTBEAT_MS: '1000' };
  const worker = await startProgram('worker', { ...env, LOG_LEVEL: 'info' }, 'worker started');
  const done = watchDone(queue);
  console.log(`start: ${worker.rssMb()} MB`);
  for (let step = 1; step <= steps; step++) {
    const upTo = (tasks / steps) * step;
    await feed(queue, tasks / steps);
    await done.reach(upTo);
    console.log(`${upTo} tasks: ${worker.rssMb()} MB`);
  }
  await worker.stop();
  await done.close();
});

async function feed(queue: Queue, count: number): Promise<void> {
  const batch = Array.from({ length: 500 }, (_, n) => ({
    actor: 'echo',
    payload: { n, text: 'x'.repeat(200) },
  }));
  for (let left = count; left > 0; left -= batch.length) await enqueueTasks(queue, batch.slice(0, left));
}

/** Counts completions in the database: the worker is another process. */
function watchDone(queue: Queue) {
  const stream = queue.tasks.watch([
    { $match: { 'updateDescription.updatedFields.status': 'completed' } },
    { $project: { _id: 1 } },
  ]);
  let count = 0;
  stream.on('change', () => count++);
  return {
    async reach(target: number): Promise<void> {
      while (count < target) await once(stream, 'change');
    },
    close: () => stream.close(),
  };
}
