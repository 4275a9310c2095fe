// What docs/library.md shows, run as it stands there.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import * as callsheet from '../index.ts';
import { publishActors } from '../queue/index.ts';
import { describeActor } from './helpers/actors.ts';
import { testDatabase, testUri } from './helpers/mongo.ts';
import { openStream } from './server/setup.ts';

const text = readFileSync(resolve(import.meta.dirname, '../docs/library.md'), 'utf8');
const [transaction, mount] = [...text.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);

/** Runs an example with its imports as parameters; returns what one of its variables holds at the end. */
async function run(code: string, given: Record<string, unknown>, result: string): Promise<unknown> {
  const body = code.replaceAll(/^import .*\n/gm, '');
  const AsyncFunction = (async () => {}).constructor as new (
    ...text: string[]
  ) => (...args: unknown[]) => Promise<unknown>;
  return new AsyncFunction(...Object.keys(given), `${body}\nreturn ${result};`)(...Object.values(given));
}

test('the example of a transaction commits the order and its task together', async () => {
  const db = await testDatabase();
  const queue = await callsheet.openQueue(db);
  await publishActors(queue, [describeActor('greet')]);
  const { searchParams, host } = new URL(testUri());
  const uri = `mongodb://${host}/${db.databaseName}?${searchParams.toString()}`;
  const connect = async () => callsheet.connect(uri);
  await run(transaction!, { ...callsheet, connect }, 'null');
  const order = await db.collection('orders').findOne({ customer: 'Ada' });
  expect(await queue.tasks.findOne({ _id: order!.task_id })).toMatchObject({
    actor: 'greet',
    status: 'queued',
  });
});

test('the example of a server in another one: tasks, keys, urls and streams below its prefix', async () => {
  const queue = await callsheet.openQueue(await testDatabase());
  await publishActors(queue, [describeActor('greet')]);
  const app = (await run(mount!, { ...callsheet, Hono, queue }, 'app')) as Hono;
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  try {
    const address = await new Promise<{ port: number }>(done => {
      server.once('listening', () => done(server.address() as { port: number }));
    });
    const base = `http://127.0.0.1:${address.port}`;
    const Authorization = 'Bearer LONG-RANDOM-SECRET';
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'Idempotency-Key': 'k', Authorization },
      body: JSON.stringify({ actor: 'greet', payload: {} }),
    };
    expect(await (await fetch(base)).text()).toBe('my own page');
    expect((await fetch(`${base}/queue/api/tasks`)).status).toBe(401);
    expect(await (await fetch(`${base}/queue`)).text()).toContain('Callsheet');
    const { task_id, urls } = (await (await fetch(`${base}/queue/api/task`, init)).json()) as {
      task_id: string;
      urls: { stream: string };
    };
    expect(urls.stream).toBe(`/queue/api/task/${task_id}/stream`);
    const stream = await openStream(base + urls.stream, { Authorization });
    await stream.next(({ data }) => data.task_id === task_id);
    stream.close();
    const again = await fetch(`${base}/queue/api/task`, init);
    expect([again.headers.get('Idempotent-Replayed'), again.headers.get('location')]).toEqual([
      'true',
      `/queue/api/task/${task_id}`,
    ]);
    await callsheet.enqueueTask(queue, { actor: 'greet', payload: {} });
    const page = await fetch(`${base}/queue/api/tasks?limit=1`, { headers: { Authorization } });
    expect(page.headers.get('link')).toMatch(/^<\/queue\/api\/tasks\?limit=1&cursor=\S+>; rel="next"$/);
  } finally {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
});
