// The port of a worker process: alive without I/O, ready with reasons, figures of its own.

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Embedded, startEmbedded } from '../../embedded/index.ts';
import { type Connection, connect, enqueueTask, openQueue, type Queue } from '../../queue/index.ts';
import type { Spawned } from '../helpers/processes.ts';
import { waitFor } from '../helpers/wait.ts';
import { taskEnd } from '../worker/start.ts';
import { spawnWorker, startedWorker } from './worker-process.ts';

// Its own: it is frozen.
let mongod: Embedded;
let connection: Connection;
let queue: Queue;
let pid: number;
beforeAll(async () => {
  mongod = await startEmbedded({ directory: process.cwd(), ephemeral: true });
  connection = await connect(mongod.uri);
  queue = await openQueue(connection.db);
  pid = Number((await connection.db.admin().serverStatus()).pid);
});
afterAll(async () => {
  await connection?.close();
  await mongod?.stop();
});

async function portOf(worker: Spawned): Promise<string> {
  const line = await worker.waitForLine(entry => String(entry.msg).startsWith('health and metrics'));
  return (JSON.parse(line) as { url: string }).url;
}

async function openWorker(env: Record<string, string> = {}): Promise<{ worker: Spawned; url: string }> {
  const worker = await startedWorker({ env: { MONGODB_URI: mongod.uri, WORKER_PORT: '0', ...env } });
  return { worker, url: await portOf(worker) };
}

async function ask(url: string): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(url);
  return { status: answer.status, body: await answer.json() };
}

const alive = { status: 200, body: { status: 'ok' } };
const ready = { status: 200, body: { ready: true, reasons: [], heartbeat_age_ms: expect.any(Number) } };

test('a worker that works is alive and ready; it answers GET and HEAD of three paths and nothing else', async () => {
  const { url } = await openWorker();
  expect(new URL(url).hostname).toBe('127.0.0.1');
  expect(await ask(`${url}/healthz?probe=1`)).toEqual(alive);
  expect(await ask(`${url}/readyz`)).toEqual(ready);
  const head = await fetch(`${url}/readyz`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  for (const path of ['/', '/constructor', '/__proto__', '/api/task', '//healthz'])
    expect(await ask(url + path), path).toMatchObject({ status: 404, body: { title: 'Not found' } });
  const posted = await fetch(`${url}/healthz`, { method: 'POST', body: 'x' });
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect(posted.headers.get('content-type')).toBe('application/problem+json');
});

test('its figures are of this process alone, under names of their own, and name no task', async () => {
  const { url } = await openWorker();
  const { task_id } = await enqueueTask(queue, { actor: 'echo', payload: { secret: 'sk-1' } });
  await taskEnd(queue, task_id);
  // A worker of another test may have run it.
  const read = async () => {
    const answer = await fetch(`${url}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    return answer.text();
  };
  const text = await waitFor(async () => {
    const now = await read();
    return now.includes('task_execution_seconds_count') ? now : null;
  });
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  expect(lines.filter(line => !line.startsWith('callsheet_worker_'))).toEqual([]);
  expect(lines).toContain('callsheet_worker_tasks_finished_total{actor="echo",outcome="completed"} 1');
  expect(lines).toContain('callsheet_worker_task_queue_delay_seconds_count{actor="echo"} 1');
  expect(lines).toContain('callsheet_worker_tasks_claimed_total 1');
  expect(lines).toContain('callsheet_worker_tasks_held 0');
  expect(lines).toContain('callsheet_worker_capacity 16');
  expect(lines).toContain('callsheet_worker_draining 0');
  for (const name of ['heartbeat_age_seconds', 'event_loop_lag_seconds{quantile="0.99"}'])
    expect(text).toMatch(new RegExp(`^callsheet_worker_${name.replace(/[{}]/g, '\\$&')} [\\d.e-]+$`, 'm'));
  expect(text).not.toMatch(/tq_|sk-1/);
});

test('while its database is frozen it lives and is not ready, with both reasons; then it is ready again', async () => {
  const { url } = await openWorker();
  process.kill(pid, 'SIGSTOP');
  try {
    const first = await ask(`${url}/readyz`);
    expect(first).toMatchObject({ status: 503, body: { ready: false } });
    expect((first.body as { reasons: string[] }).reasons).toContain('the database does not answer');
    const look = async () => {
      const { body } = await ask(`${url}/readyz`);
      return (body as { reasons: string[] }).reasons.length === 2 ? body : null;
    };
    expect(await waitFor(look, { timeoutMs: 15_000 })).toEqual({
      ready: false,
      reasons: ['the database does not answer', expect.stringMatching(/^the last heartbeat was \d+ s ago$/)],
      heartbeat_age_ms: expect.any(Number),
    });
    expect(await ask(`${url}/healthz`)).toEqual(alive);
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await waitFor(async () => (await ask(`${url}/readyz`)).status === 200, { timeoutMs: 30_000 });
});

test('a worker that drains says so until it is gone', async () => {
  const { worker, url } = await openWorker();
  const { task_id } = await enqueueTask(queue, { actor: 'sleep', payload: { ms: 2_000 } });
  // Not `processing` in the database: a worker that is told to stop before its claim round ends gives the task back.
  await worker.waitForLine(entry => entry.msg === 'actor begins');
  worker.kill('SIGTERM');
  await worker.waitForLine(entry => String(entry.msg).includes('claims nothing more'));
  expect(await ask(`${url}/readyz`)).toMatchObject({
    status: 503,
    body: { ready: false, reasons: ['the worker is draining'] },
  });
  expect(await ask(`${url}/healthz`)).toEqual(alive);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('callsheet_worker_draining 1');
  expect(await worker.exited).toMatchObject({ code: 0 });
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  expect(await taskEnd(queue, task_id)).toMatchObject({ status: 'completed', attempt: 1 });
});

test('a worker that waits for its database lives and is not ready', async () => {
  const worker = spawnWorker({ env: { MONGODB_URI: 'mongodb://127.0.0.1:1/x', WORKER_PORT: '0' } });
  onTestFinished(async () => {
    worker.kill('SIGKILL');
    await worker.exited;
  });
  const url = await portOf(worker);
  expect(await ask(`${url}/healthz`)).toEqual(alive);
  expect(await ask(`${url}/readyz`)).toEqual({
    status: 503,
    body: { ready: false, reasons: ['the worker is starting'] },
  });
});

test('a port that is taken is told before anything is claimed, with exit code 2; without WORKER_PORT none is opened', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await waitFor(() => taken.listening);
  const { port } = taken.address() as AddressInfo;
  const refused = spawnWorker({ env: { MONGODB_URI: mongod.uri, WORKER_PORT: String(port) } });
  expect((await refused.exited).code).toBe(2);
  expect(refused.lines).toEqual([`Port ${port} on 127.0.0.1 is taken. Set WORKER_PORT to another one.`]);
  const silent = await startedWorker({ env: { MONGODB_URI: mongod.uri } });
  expect(silent.lines.filter(line => line.includes('health and metrics'))).toEqual([]);
});
