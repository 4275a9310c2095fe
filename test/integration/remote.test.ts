// The example worker in Python, as a process, with real servers: killed, frozen, stopped, and moved to another server.
import { resolve } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { cancelTask, enqueueInRoom, findJob, getTask, openQueue, type Queue } from '../../queue/index.ts';
import { testUri } from '../helpers/mongo.ts';
import { type Spawned, spawnCommand, spawnNode } from '../helpers/processes.ts';
import { waitFor } from '../helpers/wait.ts';

const job = 'lab:analysis:word_count';
const name = `test_remote_${process.pid}_${Date.now()}`;
const client = new MongoClient(testUri());
const { searchParams, host } = new URL(testUri());
const uri = `mongodb://${host}/${name}?${searchParams.toString()}`;
let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(client.db(name));
});
afterAll(async () => {
  await client.db(name).dropDatabase();
  await client.close();
});

function killed(child: Spawned): Spawned {
  onTestFinished(async () => {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await child.exited;
  });
  return child;
}

async function startServer(PORT = '0'): Promise<{ child: Spawned; url: string }> {
  const env = { MONGODB_URI: uri, PORT, HEARTBEAT_MS: '500', LEASE_MS: '3000', CALLSHEET_KEYS: undefined };
  const main = resolve(import.meta.dirname, '../../server/main.ts');
  const child = killed(spawnNode(['--import', import.meta.resolve('tsx'), main], { env }));
  const line = await child.waitForLine(entry => typeof entry.url === 'string');
  return { child, url: (JSON.parse(line) as { url: string }).url };
}

async function startPython(url: string, CAPACITY = '2'): Promise<Spawned> {
  const script = resolve(import.meta.dirname, '../../examples/remote_worker.py');
  const child = killed(spawnCommand('python3', ['-u', script], { env: { CALLSHEET_URL: url, CAPACITY } }));
  await child.waitForLine(/^listening$/);
  return child;
}

async function ask(payload: { text: string; ms?: number }): Promise<string> {
  await waitFor(() => findJob(queue, job));
  return (await enqueueInRoom(queue, 'lab', { actor: job, payload })).task_id;
}

const taskIs = (task_id: string, what: { status: string; begun?: true }, timeoutMs = 20_000) =>
  waitFor(
    async () => {
      const task = await getTask(queue, task_id);
      return task?.status === what.status && (!what.begun || task.begun) && task;
    },
    { timeoutMs, description: `${task_id} to be ${JSON.stringify(what)}` },
  );

test('a worker in Python runs tasks, reports progress, heeds a cancellation and leaves', async () => {
  const { url } = await startServer();
  const python = await startPython(url);
  const done = await taskIs(await ask({ text: 'to be or not to be' }), { status: 'completed' });
  expect(done).toMatchObject({ result: { words: 6 }, progress: { fraction: 1 }, attempt: 1 });
  const unwanted = await ask({ text: 'x', ms: 60_000 });
  await taskIs(unwanted, { status: 'processing', begun: true });
  await cancelTask(queue, unwanted);
  await taskIs(unwanted, { status: 'cancelled' });
  const unfinished = await ask({ text: 'x', ms: 60_000 });
  await taskIs(unfinished, { status: 'processing', begun: true });
  python.kill('SIGTERM');
  expect(await python.exited).toEqual({ code: 0, signal: null });
  expect(await taskIs(unfinished, { status: 'queued' })).toMatchObject({ retry_count: 0 });
  await cancelTask(queue, unfinished);
});

test('it stops at the soft time limit of a task, which has then run out of its time', async () => {
  const { url } = await startServer();
  const python = await startPython(url, '1');
  await waitFor(() => findJob(queue, job));
  const timeouts = { soft_ms: 1_500, hard_ms: 60_000 };
  const task = { actor: job, payload: { text: 'x', ms: 20_000 }, timeouts, max_retries: 0 };
  const { task_id } = await enqueueInRoom(queue, 'lab', task);
  expect(await taskIs(task_id, { status: 'failed' })).toMatchObject({
    error: { type: 'TimeoutError', message: 'not done within 1500 ms' },
    attempts: [{ outcome: 'timed_out' }],
  });
  expect(python.lines).toContain(`${task_id}: 1500 ms are over`);
});

test('one that is killed loses its task to another, within the lease', async () => {
  const { url } = await startServer();
  const python = await startPython(url, '1');
  const task_id = await ask({ text: 'a b', ms: 4_000 });
  await taskIs(task_id, { status: 'processing', begun: true });
  python.kill('SIGKILL');
  await python.exited;
  const began = performance.now();
  await startPython(url, '1');
  const done = await taskIs(task_id, { status: 'completed' });
  expect(done).toMatchObject({ attempt: 2, retry_count: 1, attempts: [{ outcome: 'lost' }, {}] });
  expect(performance.now() - began).toBeLessThan(3_000 + 5_000 + 4_000 + 5_000);
});

test('when its server is killed it comes back to the next one, and finishes what it had begun', async () => {
  const first = await startServer();
  const python = await startPython(first.url, '1');
  const task_id = await ask({ text: 'one two three', ms: 5_000 });
  await taskIs(task_id, { status: 'processing', begun: true });
  first.child.kill('SIGKILL');
  await first.child.exited;
  await startServer(new URL(first.url).port);
  expect(await taskIs(task_id, { status: 'completed' })).toMatchObject({ attempt: 1, result: { words: 3 } });
  // And it is given more.
  await taskIs(await ask({ text: 'again' }), { status: 'completed' });
  expect(python.lines.filter(line => line === 'listening').length).toBeGreaterThan(1);
});
