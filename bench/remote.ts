// No-op tasks per second of workers outside, over real HTTP: a server in a process of its own, its workers in this one. Each
// task is pushed over a stream and completed by one PUT.
// Usage: npm run build && tsx bench/remote.ts [tasks=10000] [capacity=50] [workers=1] [runs=3]
import { Agent, type IncomingMessage, request } from 'node:http';
import { createParser } from 'eventsource-parser';
import { enqueueTasks, openQueue, putJob, type Queue } from '../queue/index.ts';
import { type Bench, timed, withMongod } from './mongod.ts';
import { startProgram } from './processes.ts';

const [tasks = 10_000, capacity = 50, workers = 1, runs = 3] = process.argv.slice(2).map(Number);
const server = process.env.BENCH_SERVER ?? 'server';
const port = 18_427;
const agent = new Agent({ keepAlive: true, maxSockets: capacity * workers + workers });

await withMongod(async bench => {
  console.log(`${tasks} no-op tasks, ${workers} worker(s) outside of capacity ${capacity}, ${runs} runs`);
  for (let run = 1; run <= runs; run++) {
    const { seconds, cpu } = await drain(bench, `remote${run}`);
    console.log(
      `run ${run}: ${(tasks / seconds).toFixed(0)} tasks/s (${cpu.toFixed(2)} ms of the server's CPU each)`,
    );
  }
});

async function drain(bench: Bench, name: string): Promise<{ seconds: number; cpu: number }> {
  const queue = await bench.openQueue(name);
  const { job } = await putJob(
    queue,
    'bench',
    { category: 'modifiers', name: 'noop', schema: {} },
    { replace: true },
  );
  await fill(queue, job._id);
  const uri = bench.uri.replace(/\/(?=\?|$)/, `/${name}`);
  const env = { MONGODB_URI: uri, PORT: String(port), LOG_LEVEL: 'info' };
  const program = await startProgram(server, env, 'listening');
  try {
    const before = program.cpuMs();
    const { seconds } = await timed(() => work(job._id));
    const cpu = (program.cpuMs() - before) / tasks;
    const left = await (await openQueue(queue.db)).tasks.countDocuments({ status: { $ne: 'completed' } });
    if (left > 0) throw new Error(`${left} tasks are not completed.`);
    return { seconds, cpu };
  } finally {
    await program.stop();
  }
}

async function fill(queue: Queue, actor: string): Promise<void> {
  const batch = Array.from({ length: 1_000 }, (_, n) => ({ actor, payload: { n } }));
  for (let left = tasks; left > 0; left -= batch.length) await enqueueTasks(queue, batch.slice(0, left));
}

/** Promise.withResolvers is not in Node 20. */
function newDeferred() {
  let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, resolve: () => settle?.resolve(), reject: (error: unknown) => settle?.reject(error) };
}

/** Completes everything that is pushed; resolves when all tasks are done. */
async function work(job: string): Promise<void> {
  let done = 0;
  const all = newDeferred();
  for (let n = 0; n < workers; n++) {
    const { worker_id, token } = await say('POST', '/api/v1/workers', {
      name: `w${n}`,
      jobs: [job],
      capacity,
    });
    const path = `/api/v1/workers/${worker_id}`;
    const finish = async (assigned: { task: { task_id: string }; claim: string }) => {
      const { task, claim } = assigned;
      await say('PUT', `${path}/tasks/${task.task_id}`, { status: 'completed', result: null, claim }, token);
      if (++done === tasks) all.resolve();
    };
    const parser = createParser({
      onEvent: ({ event, data }) => {
        if (event === 'job:assigned') finish(JSON.parse(data)).catch(all.reject);
      },
    });
    const stream = await send('GET', `${path}/stream`, undefined, token);
    stream.setEncoding('utf8').on('data', chunk => parser.feed(chunk));
    all.promise.then(
      () => stream.destroy(),
      () => stream.destroy(),
    );
  }
  await all.promise;
}

async function say(
  method: string,
  path: string,
  body: object,
  token?: string,
): Promise<{ worker_id: string; token: string }> {
  const answer = await send(method, path, body, token);
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  if ((answer.statusCode ?? 500) >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
  return JSON.parse(text);
}

function send(method: string, path: string, body?: object, token?: string): Promise<IncomingMessage> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers, agent }, resolve);
    asked.on('error', reject);
    asked.end(body && JSON.stringify(body));
  });
}
