// New tasks over HTTP, beside what the same mongod does with the bare driver in the same run: single POSTs from many
// connections beside one insertOne each, and POSTs of a thousand beside insertMany of the same documents.
// Whoever posts is a process of its own (post-client.ts): the server is measured, not its load.
// Usage: tsx bench/post.ts [single=6000] [bulks=20] [runs=3] [connections=64]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Hono } from 'hono';
import type { OptionalUnlessRequiredId } from 'mongodb';
import { buildTasks, placesFor } from '../queue/build.ts';
import { enqueueTask, type NewTask, publishActors, type Queue } from '../queue/index.ts';
import type { Task } from '../queue/task.ts';
import { createApp, listen } from '../server/index.ts';
import { describeActor } from '../test/helpers/actors.ts';
import { type Bench, timed, withMongod } from './mongod.ts';

const [single = 6_000, bulks = 20, runs = 3, connections = 64] = process.argv.slice(2).map(Number);
const perBulk = 1_000;

export interface Load {
  path: string;
  connections: number;
  /** How many POSTs. */
  times: number;
  /** How many tasks each has. */
  tasks: number;
}

const singles: Load = { path: '/api/task', connections, times: single, tasks: 1 };
const thousands: Load = { path: '/api/tasks', connections: 2, times: bulks, tasks: perBulk };

const taskOf = (n: number): NewTask => ({ actor: 'noop', payload: { n, prompt: 'a kite over the sea' } });
const batchOf = (n: number) => Array.from({ length: perBulk }, (_, i) => taskOf(n * perBulk + i));

await withMongod(async bench => {
  console.log(
    `${single} single POSTs from ${connections} connections, ${bulks} POSTs of ${perBulk}; ${runs} runs`,
  );
  // Code that runs for the first time is slow.
  for (let n = 0; n < 2; n++)
    await overHttp(await openQueue(bench, `warm${n}`), port => post(port, n ? thousands : singles));
  for (let run = 1; run <= runs; run++) {
    const bare = await bareSingles(await openQueue(bench, `bare${run}`));
    const nothing = await overHttp(
      await openQueue(bench, `none${run}`),
      port => post(port, singles),
      storeNone,
    );
    const each = await overHttp(
      await openQueue(bench, `each${run}`),
      port => post(port, singles),
      insertEach,
    );
    const alone = await overHttp(
      await openQueue(bench, `alone${run}`),
      port => post(port, singles),
      enqueueEach,
    );
    const posted = await overHttp(await openQueue(bench, `post${run}`), port => post(port, singles));
    const many = await bareBulks(await openQueue(bench, `many${run}`));
    const bulk = await overHttp(await openQueue(bench, `bulk${run}`), port => post(port, thousands));
    const beside = (what: string, perSecond: number) =>
      `${what} ${perSecond.toFixed(0)}/s, ratio ${(posted / perSecond).toFixed(2)}`;
    console.log(
      [
        `run ${run}: POST /api/task ${posted.toFixed(0)}/s`,
        beside('bare insertOne', bare),
        beside('a bare server with one insertOne for each POST', each),
        beside('one that enqueues each POST by itself', alone),
        beside('one that stores nothing', nothing),
        `insertMany ${many.toFixed(0)}/s, POST /api/tasks ${bulk.toFixed(0)}/s, ratio ${(bulk / many).toFixed(2)}`,
      ].join('; '),
    );
  }
});

async function openQueue(bench: Bench, name: string): Promise<Queue> {
  const queue = await bench.openQueue(name);
  await publishActors(queue, [describeActor('noop')]);
  return queue;
}

/** Does `work` so many times, as many at once as there are connections; tells how often in a second. */
async function rate(times: number, atOnce: number, work: (n: number, lane: number) => Promise<unknown>) {
  let next = 0;
  const { seconds } = await timed(async () =>
    Promise.all(
      Array.from({ length: atOnce }, async (_, lane) => {
        while (next < times) await work(next++, lane);
      }),
    ),
  );
  return times / seconds;
}

/** The documents that enqueueing would store: made before, so that only the driver is measured. */
async function documentsOf(
  queue: Queue,
  tasks: readonly NewTask[],
): Promise<OptionalUnlessRequiredId<Task>[]> {
  const documents = await buildTasks(queue, tasks, { makePlace: placesFor({}) });
  return documents as OptionalUnlessRequiredId<Task>[];
}

async function bareSingles(queue: Queue): Promise<number> {
  const documents = await documentsOf(
    queue,
    Array.from({ length: single }, (_, n) => taskOf(n)),
  );
  return rate(single, connections, async n => queue.tasks.insertOne(documents[n]!));
}

async function bareBulks(queue: Queue): Promise<number> {
  const batches = await Promise.all(
    Array.from({ length: bulks }, async (_, n) => documentsOf(queue, batchOf(n))),
  );
  const perSecond = await rate(bulks, 2, async n => queue.tasks.insertMany(batches[n]!, { ordered: false }));
  return perSecond * perBulk;
}

/** The least that a server can do which inserts each task by itself. */
function insertEach(queue: Queue) {
  return new Hono().post('/api/task', async c => {
    const [task] = await documentsOf(queue, [await c.req.json()]);
    await queue.tasks.insertOne(task!);
    return c.json({ task_id: task!._id }, 202);
  });
}

/** The same with all that makes a task safe and awake, but no two of them in one insert. */
function enqueueEach(queue: Queue) {
  return new Hono().post('/api/task', async c => c.json(await enqueueTask(queue, await c.req.json()), 202));
}

/** What HTTP alone costs here. */
function storeNone() {
  return new Hono().post('/api/task', async c => c.json({ task_id: (await c.req.json()).actor }, 202));
}

async function overHttp(
  queue: Queue,
  measure: (port: number) => Promise<number>,
  makeApp: (queue: Queue) => { fetch: Parameters<typeof listen>[0] } = open => createApp({ queue: open }),
): Promise<number> {
  const listener = await listen(makeApp(queue).fetch, '127.0.0.1', 0);
  try {
    return await measure(listener.port);
  } finally {
    await listener.close(0);
  }
}

/** Tasks in a second. */
async function post(port: number, load: Load): Promise<number> {
  const client = fork(new URL('./post-client.ts', import.meta.url), [String(port), JSON.stringify(load)]);
  const [[perSecond]] = await Promise.all([once(client, 'message'), once(client, 'exit')]);
  return Number(perSecond);
}
