// Memory of a server process with many open streams, and what a change of every watched task costs. Needs a build.
// Usage: tsx bench/streams.ts [streams=1000]
import { request } from 'node:http';
import { claimTasks, enqueueTasks, publishActors, type Queue, updateProgress } from '../queue/index.ts';
import { describeActor } from '../test/helpers/actors.ts';
import { withMongod } from './mongod.ts';
import { startProgram } from './processes.ts';

const [streams = 1_000] = process.argv.slice(2).map(Number);
const port = 18_080;
const watched = 100;

await withMongod(async bench => {
  const queue = await bench.openQueue('streams');
  await publishActors(queue, [describeActor('echo')]);
  const ids = (
    await enqueueTasks(
      queue,
      Array.from({ length: watched }, () => ({ actor: 'echo', payload: {} })),
    )
  ).map(({ task_id }) => task_id);
  const env = { MONGODB_URI: bench.uri.replace('/?', '/streams?'), PORT: String(port) };
  const server = await startProgram('server', env, String(port));
  console.log(`start: ${server.rssMb()} MB`);
  const counted = { events: 0 };
  const clients = await Promise.all(
    Array.from({ length: streams }, (_, n) => openStream(ids[n % watched]!, counted)),
  );
  console.log(`${streams} open streams: ${server.rssMb()} MB`);
  await changeAll(queue, 50);
  console.log(
    `after 50 changes of each of ${watched} tasks: ${server.rssMb()} MB, ${counted.events} events received`,
  );
  for (const close of clients) close();
  await server.stop();
});

/** Opens one stream, counts its events, and resolves its close once the first has come. */
async function openStream(task_id: string, counted: { events: number }): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, path: `/api/task/${task_id}/stream`, agent: false }, answer => {
      answer.setEncoding('utf8').on('data', (text: string) => {
        counted.events += text.split('event: ').length - 1;
        resolve(() => asked.destroy());
      });
    });
    asked.on('error', reject).end();
  });
}

async function changeAll(queue: Queue, times: number): Promise<void> {
  const request = {
    worker_id: 'bench',
    actors: new Set(['echo']),
    want: watched,
    share: { index: 0, of: 1 },
  };
  const { tasks } = await claimTasks(queue, request);
  for (let n = 0; n < times; n++) {
    await updateProgress(
      queue,
      tasks.map(task => ({ task, progress: { elapsed_ms: n, message: `step ${n}` } })),
    );
    await new Promise(resolve => setTimeout(resolve, 60));
  }
}
