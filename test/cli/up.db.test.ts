// `callsheet up` for real: one process with its own MongoDB, from the first start to the next one.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { findMongod, findRecordedUri } from '../../embedded/index.ts';
import { readRecord } from '../../embedded/record.ts';
import { type Spawned, spawnNode } from '../helpers/processes.ts';
import { waitFor } from '../helpers/wait.ts';

let binary: string;
let directory: string;
beforeAll(async () => {
  binary = await findMongod({ directory: process.cwd() });
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callsheet-up-'));
});
afterEach(() => rm(directory, { recursive: true }));

const taskSchema = z.object({
  task_id: z.string(),
  status: z.string(),
  retry_count: z.number(),
  result: z.unknown(),
});

function callsheet(command: string, env: Record<string, string | undefined> = {}): Spawned {
  return spawnNode(['--import', import.meta.resolve('tsx'), resolve('cli/main.ts'), command], {
    cwd: directory,
    env: { MONGOMS_SYSTEM_BINARY: binary, MONGODB_URI: undefined, PORT: '0', LOG_LEVEL: 'info', ...env },
  });
}

async function urlOf(child: Spawned): Promise<string> {
  const line = await child.waitForLine(entry => entry.msg === 'ready');
  return z.object({ url: z.string() }).parse(JSON.parse(line)).url;
}

async function enqueue(url: string, actor: string, payload: object): Promise<string> {
  const body = JSON.stringify({ actor, payload });
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${url}/api/task`, { method: 'POST', headers, body });
  return z.object({ task_id: z.string() }).parse(await answer.json()).task_id;
}

async function getTask(url: string, id: string) {
  return taskSchema.parse(await (await fetch(`${url}/api/task/${id}`)).json());
}

function stopped(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
}

test('it runs a task, stops cleanly with its MongoDB, and has the task after the next start', async () => {
  const first = callsheet('up');
  const url = await urlOf(first);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const id = await enqueue(url, 'echo', { say: 'hello' });
  await waitFor(async () => (await getTask(url, id)).status === 'completed');

  const mongod = (await readRecord(directory))?.pid ?? 0;
  expect(stopped(mongod)).toBe(false);
  first.kill('SIGTERM');
  expect(await first.exited).toEqual({ code: 0, signal: null });
  expect(stopped(mongod)).toBe(true);
  expect(await findRecordedUri(directory)).toBeNull();

  const second = callsheet('up');
  expect(await getTask(await urlOf(second), id)).toMatchObject({
    status: 'completed',
    result: { say: 'hello' },
  });
  second.kill('SIGINT');
  expect((await second.exited).code).toBe(0);
});

test('a server started beside it finds its MongoDB', async () => {
  const up = callsheet('up');
  const id = await enqueue(await urlOf(up), 'echo', {});
  const server = callsheet('server');
  const line = await server.waitForLine(entry => typeof entry.url === 'string');
  const { url } = z.object({ url: z.string() }).parse(JSON.parse(line));
  expect((await getTask(url, id)).task_id).toBe(id);
  server.kill('SIGTERM');
  expect((await server.exited).code).toBe(0);
  up.kill('SIGTERM');
  expect((await up.exited).code).toBe(0);
});

/** Not `processing` in the database: who is told to stop before the claim round ends gives the task back. */
const begun = (up: Spawned) => up.waitForLine(entry => entry.msg === 'actor begins');

test('a stop waits for running tasks; a second signal releases them, and ends it with 1', async () => {
  const first = callsheet('up', { LEASE_MS: '600000', LOG_LEVEL: 'debug' });
  const url = await urlOf(first);
  const id = await enqueue(url, 'sleep', { ms: 60_000 });
  await begun(first);
  const mongod = (await readRecord(directory))?.pid ?? 0;
  first.kill('SIGTERM');
  await first.waitForLine(entry => entry.msg === 'stopping');
  // Longer than the moment within which two signals count as one.
  await new Promise(resolve => setTimeout(resolve, 300));
  first.kill('SIGTERM');
  expect((await first.exited).code).toBe(1);
  expect(stopped(mongod)).toBe(true);

  // Claimed again at once, long before its lease would have ended.
  const second = callsheet('up', { LEASE_MS: '600000' });
  const again = await urlOf(second);
  await waitFor(async () => (await getTask(again, id)).status === 'processing');
  expect((await getTask(again, id)).retry_count).toBe(0);
  second.kill('SIGTERM');
  await second.waitForLine(entry => entry.msg === 'stopping');
  await new Promise(resolve => setTimeout(resolve, 300));
  second.kill('SIGINT');
  expect((await second.exited).code).toBe(1);
});

const refused = (lines: string[]) => lines.filter(line => !line.startsWith('{'));

test('a second start in one folder says where the first one is, with 2, and does the first no harm', async () => {
  const both = [callsheet('up'), callsheet('up')];
  const ends = both.map(async (start, n) => ({ ...(await start.exited), n }));
  const { n: second, code } = await Promise.race(ends);
  const first = both[1 - second]!;
  const url = await urlOf(first);
  const said = `Callsheet already runs in this folder at ${url} (process ${first.pid}). Use that one, or stop it first.`;
  expect({ code, said: refused(both[second]!.lines) }).toEqual({ code: 2, said: [said] });

  const third = callsheet('up', { PORT: new URL(url).port });
  expect((await third.exited).code).toBe(2);
  expect(refused(third.lines)).toEqual([said]);

  const id = await enqueue(url, 'echo', {});
  await waitFor(async () => (await getTask(url, id)).status === 'completed');
  first.kill('SIGTERM');
  expect((await first.exited).code).toBe(0);
});

test('a start waits for the one before it that is still stopping', async () => {
  const first = callsheet('up', { LOG_LEVEL: 'debug' });
  const url = await urlOf(first);
  const id = await enqueue(url, 'sleep', { ms: 60_000 });
  await begun(first);
  first.kill('SIGTERM');
  await first.waitForLine(entry => entry.msg === 'stopping');
  const second = callsheet('up');
  await second.waitForLine(new RegExp(`Waiting for another start .*process ${first.pid}`));
  first.kill('SIGTERM');
  expect((await first.exited).code).toBe(1);
  const again = await urlOf(second);
  await waitFor(async () => (await getTask(again, id)).status === 'processing');
  second.kill('SIGTERM');
  await second.waitForLine(entry => entry.msg === 'stopping');
  await new Promise(resolve => setTimeout(resolve, 300));
  second.kill('SIGTERM');
  expect((await second.exited).code).toBe(1);
});

test('a folder that cannot be written is told in one line, with 2', async () => {
  await writeFile(join(directory, '.callsheet'), 'a file in the way');
  const up = callsheet('up');
  expect((await up.exited).code).toBe(2);
  expect(refused(up.lines)).toEqual([
    expect.stringMatching(
      /^Nothing can be kept in .*\.callsheet\S*: there is a file in the way\. Mend that, or/,
    ),
  ]);
});

test('a full disk is told in one line, with 1', async () => {
  // Files may not grow beyond 50 kB: for mongod the same as a disk without room.
  const limited = join(directory, 'limited');
  await writeFile(limited, `#!/bin/sh\ntrap '' XFSZ\nulimit -f 100\nexec '${binary}' "$@"\n`, {
    mode: 0o755,
  });
  const up = callsheet('up', { MONGOMS_SYSTEM_BINARY: limited });
  expect((await up.exited).code).toBe(1);
  expect(refused(up.lines)).toEqual([
    expect.stringMatching(/^MongoDB did not start: the disk that holds .*mongo is full\. Make room/),
  ]);
});

test('the loss of its MongoDB ends it with 1 and says so', async () => {
  const up = callsheet('up');
  await urlOf(up);
  process.kill((await readRecord(directory))?.pid ?? 0, 'SIGKILL');
  await up.waitForLine(/^MongoDB has ended by itself \(ended by SIGKILL; the system does that/);
  expect((await up.exited).code).toBe(1);
});

test('a PORT that is taken is told in one line, with 2, and nothing stays behind', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  const address = await waitFor(() => taken.address());
  const port = typeof address === 'object' ? address.port : 0;
  const up = callsheet('up', { PORT: String(port) });
  expect((await up.exited).code).toBe(2);
  taken.close();
  const said = up.lines.filter(line => !line.startsWith('{'));
  expect(said).toEqual([expect.stringContaining(`Port ${port} on 127.0.0.1 is taken`)]);
  await expect(readFile(join(directory, '.callsheet', 'mongod.json'))).rejects.toThrow('ENOENT');
});

test('without PORT the next free one is taken, and it says so', async () => {
  const usual = createServer();
  // Somebody else may have it already: just as good.
  await new Promise(resolve => usual.once('error', resolve).listen(8080, '127.0.0.1', () => resolve(null)));
  const up = callsheet('up', { PORT: undefined });
  const url = await urlOf(up);
  usual.close();
  expect(new URL(url).port).not.toBe('8080');
  await up.waitForLine(
    entry => entry.msg === `Port 8080 is taken: using ${new URL(url).port} (set PORT to choose one).`,
  );
  up.kill('SIGTERM');
  expect((await up.exited).code).toBe(0);
});

test('a signal while it starts ends it with 0 and leaves nothing running', async () => {
  const up = callsheet('up');
  await up.waitForLine(entry => entry.msg === 'Starting MongoDB');
  up.kill('SIGTERM');
  expect((await up.exited).code).toBe(0);
  const record = await readRecord(directory);
  if (record) await waitFor(() => stopped(record.pid), { description: 'the end of mongod' });
});
