// New tasks over HTTP, beside what the same mongod does with the bare driver in the same run: single POSTs from many
// connections beside one insertOne each, and POSTs of a thousand beside insertMany of the same documents.
// Usage: tsx bench/post.ts [single=6000] [bulks=20] [runs=3] [connections=64]
import { connect, type Socket } from 'node:net';
import { Hono } from 'hono';
import type { OptionalUnlessRequiredId } from 'mongodb';
import { buildTasks, placesFor } from '../queue/build.ts';
import { type NewTask, publishActors, type Queue } from '../queue/index.ts';
import type { Task } from '../queue/task.ts';
import { createApp, listen } from '../server/index.ts';
import { describeActor } from '../test/helpers/actors.ts';
import { type Bench, timed, withMongod } from './mongod.ts';

const [single = 6_000, bulks = 20, runs = 3, connections = 64] = process.argv.slice(2).map(Number);
const perBulk = 1_000;

const taskOf = (n: number): NewTask => ({ actor: 'noop', payload: { n, prompt: 'a kite over the sea' } });
const batchOf = (n: number) => Array.from({ length: perBulk }, (_, i) => taskOf(n * perBulk + i));

await withMongod(async bench => {
  console.log(
    `${single} single POSTs from ${connections} connections, ${bulks} POSTs of ${perBulk}; ${runs} runs`,
  );
  for (let run = 1; run <= runs; run++) {
    const bare = await bareSingles(await openQueue(bench, `bare${run}`));
    const each = await overHttp(await openQueue(bench, `each${run}`), port => postSingles(port), oneEach);
    const posted = await overHttp(await openQueue(bench, `post${run}`), ports => postSingles(ports));
    const many = await bareBulks(await openQueue(bench, `many${run}`));
    const bulk = await overHttp(await openQueue(bench, `bulk${run}`), ports => postBulks(ports));
    console.log(
      `run ${run}: POST /api/task ${posted.toFixed(0)}/s; bare insertOne ${bare.toFixed(0)}/s, ratio ${(posted / bare).toFixed(2)}; ` +
        `a bare server with one insertOne for each POST ${each.toFixed(0)}/s, ratio ${(posted / each).toFixed(2)}; ` +
        `insertMany ${many.toFixed(0)}/s, POST /api/tasks ${bulk.toFixed(0)}/s, ratio ${(bulk / many).toFixed(2)}`,
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
function oneEach(queue: Queue) {
  return new Hono().post('/api/task', async c => {
    const [task] = await documentsOf(queue, [await c.req.json()]);
    await queue.tasks.insertOne(task!);
    return c.json({ task_id: task!._id }, 202);
  });
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

async function postSingles(port: number): Promise<number> {
  const clients = await openClients(port, connections);
  const perSecond = await rate(single, connections, async (n, lane) =>
    clients[lane]!.post('/api/task', JSON.stringify(taskOf(n))),
  );
  for (const client of clients) client.close();
  return perSecond;
}

async function postBulks(port: number): Promise<number> {
  const clients = await openClients(port, 2);
  const bodies = Array.from({ length: bulks }, (_, n) => JSON.stringify({ tasks: batchOf(n) }));
  const perSecond = await rate(bulks, 2, async (n, lane) => clients[lane]!.post('/api/tasks', bodies[n]!));
  for (const client of clients) client.close();
  return perSecond * perBulk;
}

interface Client {
  /** Rejects unless the answer is 202. */
  post(path: string, body: string): Promise<void>;
  close(): void;
}

/** Connections that are kept: the cheapest client there is, since it shares the machine with what is measured. */
async function openClients(port: number, count: number): Promise<Client[]> {
  return Promise.all(Array.from({ length: count }, async () => openClient(port)));
}

async function openClient(port: number): Promise<Client> {
  const socket = await new Promise<Socket>(resolve => {
    const opened = connect(port, '127.0.0.1', () => resolve(opened));
  });
  socket.setNoDelay(true);
  let heard = '';
  let settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  socket.setEncoding('latin1').on('data', (text: string) => {
    heard += text;
    const bodyAt = heard.indexOf('\r\n\r\n') + 4;
    if (bodyAt < 4 || heard.length < bodyAt + bodyLength(heard.slice(0, bodyAt))) return;
    const answer = heard;
    heard = '';
    if (answer.startsWith('HTTP/1.1 202')) settle?.resolve();
    else settle?.reject(new Error(answer));
  });
  return {
    post: (path, body) =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject };
        const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
        socket.write(head + body);
      }),
    close: () => void socket.destroy(),
  };
}

function bodyLength(head: string): number {
  return Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
}
