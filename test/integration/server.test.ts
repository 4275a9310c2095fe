// The server as a process: how it starts, refuses to start, and stops.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { enqueueTask, openQueue, publishActors, type Queue } from '../../queue/index.ts';
import { testUri } from '../helpers/mongo.ts';
import { type Spawned, spawnNode } from '../helpers/processes.ts';
import { waitFor } from '../helpers/wait.ts';
import { describeActor, openStream, type StreamedEvent } from '../server/setup.ts';

const name = `test_server_${process.pid}_${Date.now()}`;
const client = new MongoClient(testUri());
let uri: string;
let queue: Queue;
let emptyDir: string;
beforeAll(async () => {
  const { searchParams, host } = new URL(testUri());
  uri = `mongodb://${host}/${name}?${searchParams.toString()}`;
  queue = await openQueue(client.db(name));
  await publishActors(queue, [describeActor('any')]);
  const tsc = spawnNode([
    resolve('node_modules/typescript/bin/tsc'),
    '-p',
    'tsconfig.build.json',
    '--outDir',
    built,
  ]);
  await tsc.exited;
  emptyDir = await mkdtemp(join(tmpdir(), 'server-'));
});
afterAll(async () => {
  await rm(built, { recursive: true, force: true });
  await client.db(name).dropDatabase();
  await client.close();
});

// Built as for a release: tsx would add its own memory and a second to each start.
const built = resolve('node_modules', '.cache', name);
const clean = {
  MONGODB_URI: undefined,
  HOST: undefined,
  PORT: undefined,
  PUBLIC_URL: undefined,
  CALLSHEET_KEYS: undefined,
  LOG_LEVEL: undefined,
};

function start(env: Record<string, string>, cwd = emptyDir): Spawned {
  return spawnNode([join(built, 'server', 'main.js')], { env: { ...clean, ...env }, cwd });
}

async function listening(server: Spawned): Promise<string> {
  const line = await server.waitForLine(entry => typeof entry.url === 'string');
  return (JSON.parse(line) as { url: string }).url;
}

async function expectRefusal(env: Record<string, string>, said: RegExp, cwd?: string) {
  const server = start(env, cwd);
  expect(await server.exited).toEqual({ code: 2, signal: null });
  expect(server.lines.join('\n')).toMatch(said);
  return server.lines;
}

test('SIGTERM with 100 open streams ends them without a terminal event and exits 0 within 5 s', async () => {
  const server = start({ MONGODB_URI: uri, PORT: '0' });
  const url = await listening(server);
  const { task_id } = await enqueueTask(queue, { actor: 'any', payload: {} });
  const streams = await Promise.all(
    Array.from({ length: 100 }, () => openStream(`${url}/api/task/${task_id}/stream`)),
  );
  await Promise.all(streams.map(stream => stream.next(() => true)));
  const began = performance.now();
  server.kill('SIGTERM');
  expect(await server.exited).toEqual({ code: 0, signal: null });
  const took = performance.now() - began;
  console.log(`SIGTERM with 100 streams: ${Math.round(took)} ms`);
  expect(took).toBeLessThan(5_000);
  for (const stream of streams) {
    expect(await stream.ended).toBe('end');
    expect(stream.events.every(({ event }) => event === 'progress')).toBe(true);
  }
});

test('1,000 open streams stay under 200 MB and hear of a change', async () => {
  const server = start({ MONGODB_URI: uri, PORT: '0' });
  const url = await listening(server);
  const ids: string[] = [];
  for (let n = 0; n < 10; n++) ids.push((await enqueueTask(queue, { actor: 'any', payload: {} })).task_id);
  const streams = await Promise.all(
    Array.from({ length: 1_000 }, (_, n) => openStream(`${url}/api/task/${ids[n % 10]}/stream`)),
  );
  const all = (condition: (event: StreamedEvent) => boolean) =>
    waitFor(() => streams.every(stream => stream.events.some(condition)), { everyMs: 50 });
  await all(() => true);
  for (let n = 0; n < 20; n++) await queue.tasks.updateMany({ _id: { $in: ids } }, { $inc: { rev: 1 } });
  await all(({ data }) => data.rev === 21);
  const megabytes = (await residentBytes(server.pid)) / 1024 ** 2;
  console.log(`a server with 1,000 open streams: ${megabytes.toFixed(0)} MB`);
  expect(megabytes).toBeLessThan(200);
  for (const stream of streams) stream.close();
  server.kill('SIGTERM');
  expect((await server.exited).code).toBe(0);
});

async function residentBytes(pid: number): Promise<number> {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

test('a second signal does not wait for a request that is still being answered', async () => {
  const server = start({ MONGODB_URI: uri, PORT: '0' });
  const { port } = new URL(await listening(server));
  const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
  const head =
    'POST /api/task HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{';
  await new Promise<void>(resolve => socket.write(head, () => resolve()));
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  server.kill('SIGTERM');
  await server.waitForLine(entry => entry.msg === 'stopping');
  const began = performance.now();
  server.kill('SIGINT');
  expect(await server.exited).toEqual({ code: 1, signal: null });
  expect(performance.now() - began).toBeLessThan(2_000);
  socket.destroy();
});

test.concurrent('without a database it says in one line how to get one, and exits 2', async () => {
  const lines = await expectRefusal({}, /There is no MongoDB\. Set MONGODB_URI .*npm start/);
  expect(lines).toHaveLength(1);
});

test.concurrent('a record of a database that is gone counts as none', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'server-'));
  await mkdir(join(cwd, '.callsheet'));
  const ended = spawnNode(['-e', '']);
  await ended.exited;
  const record = join(cwd, '.callsheet', 'mongod.json');
  await writeFile(record, JSON.stringify({ uri, pid: ended.pid, owner_pid: process.pid }));
  await expectRefusal({}, /There is no MongoDB/, cwd);
  await writeFile(record, '{"uri":');
  await expectRefusal({}, /There is no MongoDB/, cwd);
});

test('the database that npm start left running here is found', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'server-'));
  await mkdir(join(cwd, '.callsheet'));
  const pid = Number((await client.db(name).admin().serverStatus()).pid);
  const record = JSON.stringify({ uri, pid, owner_pid: process.pid });
  await writeFile(join(cwd, '.callsheet', 'mongod.json'), record);
  const server = start({ PORT: '0' }, cwd);
  const url = await listening(server);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/api/v1/actors/any`)).status).toBe(200);
  server.kill('SIGINT');
  expect((await server.exited).code).toBe(0);
});

test.concurrent('a database that does not answer: exit 2 with its address and without its password', async () => {
  const lines = await expectRefusal(
    { MONGODB_URI: 'mongodb://admin:hunter2@127.0.0.1:9/?serverSelectionTimeoutMS=300' },
    /MongoDB does not answer at mongodb:\/\/127\.0\.0\.1:9/,
  );
  expect(lines.join('\n')).not.toContain('hunter2');
}, 30_000);

test.concurrent('a taken port: one line, exit 2', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await waitFor(() => other.listening);
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const lines = await expectRefusal(
    { MONGODB_URI: uri, PORT: String(port) },
    new RegExp(`Port ${port} on 127.0.0.1 is taken`),
  );
  expect(lines).toHaveLength(1);
  other.close();
});

test.concurrent('wrong settings: all of them at once, exit 2', async () => {
  const env = { HOST: '0.0.0.0', PORT: 'x', CALLSHEET_KEYS: 'a:boss:hunter2' };
  const lines = await expectRefusal(env, /CALLSHEET_KEYS: knows the scopes/);
  expect(lines).toHaveLength(2);
  expect(lines.join('\n')).not.toContain('hunter2');
});
