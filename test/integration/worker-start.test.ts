// How `node worker` starts: which database it takes, and what it says when it cannot.
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { testDatabase, testUri } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { deferred } from '../worker/start.ts';
import { emptyDirectory, spawnWorker, startedWorker } from './worker-process.ts';

// Begins before the other tests: it takes its 10 s.
let unreachable: ReturnType<typeof timedRefusal>;
beforeAll(() => {
  unreachable = timedRefusal({ MONGODB_URI: 'mongodb://me:hunter2@127.0.0.1:1/x' });
});

async function timedRefusal(env: Record<string, string>) {
  const began = performance.now();
  return { ...(await refusal(env)), took: performance.now() - began };
}

async function refusal(env: Record<string, string>, cwd?: string) {
  const worker = spawnWorker({ env, ...(cwd !== undefined && { cwd }) });
  const { code } = await worker.exited;
  return { code, said: worker.lines };
}

test('without a database it says in one line how to get one', async () => {
  const { code, said } = await refusal({}, await emptyDirectory());
  expect({ code, said }).toEqual({
    code: 2,
    said: ['No database: set MONGODB_URI, or run `npm start` in this directory, which starts one.'],
  });
});

test('a note about a mongod that is gone is no database', async () => {
  const directory = await emptyDirectory();
  await note(directory, { uri: 'mongodb://127.0.0.1:1', pid: 4_000_000, owner_pid: process.pid });
  expect(await refusal({}, directory)).toMatchObject({
    code: 2,
    said: [expect.stringContaining('npm start')],
  });
});

test('it takes the mongod that a start in its directory left a note about', async () => {
  const directory = await emptyDirectory();
  const db = await testDatabase();
  const url = new URL(testUri());
  url.pathname = `/${db.databaseName}`;
  const { pid } = await db.admin().serverStatus();
  await note(directory, { uri: url.href, pid: Number(pid), owner_pid: process.pid });
  const worker = await startedWorker({ cwd: directory });
  expect(await db.collection('workers').findOne({ pid: worker.pid })).toMatchObject({ capacity: 16 });
  expect(await db.collection('actors').distinct('_id')).toEqual(['echo', 'media', 'sleep']);
});

async function note(directory: string, record: object): Promise<void> {
  await mkdir(join(directory, '.callsheet'));
  await writeFile(join(directory, '.callsheet', 'mongod.json'), JSON.stringify(record));
}

test('all wrong settings are told together', async () => {
  const { code, said } = await refusal({ WORKER_CAPACITY: '0', LEASE_MS: '1000', MONGODB_URI: 'here' });
  expect(code).toBe(2);
  expect(said.map(line => line.split(':')[0])).toEqual(['MONGODB_URI', 'WORKER_CAPACITY', 'LEASE_MS']);
});

test('a module of actors that cannot be loaded is named, before anything is done', async () => {
  const directory = await emptyDirectory();
  await writeFile(join(directory, 'broken.mjs'), 'export default { name: "broken" };');
  const env = { MONGODB_URI: testUri(), CALLSHEET_ACTORS: './broken.mjs' };
  expect(await refusal(env, directory)).toEqual({
    code: 2,
    said: ['CALLSHEET_ACTORS: ./broken.mjs: Actor "broken": execute must be a function.'],
  });
});

test('an actor whose name is taken is refused', async () => {
  const directory = await emptyDirectory();
  await writeFile(join(directory, 'again.mjs'), 'export default { name: "echo", execute() {} };');
  const env = { MONGODB_URI: testUri(), CALLSHEET_ACTORS: './again.mjs' };
  expect(await refusal(env, directory)).toMatchObject({
    code: 2,
    said: [expect.stringContaining('Two actors are called "echo"')],
  });
});

test('a database that does not answer is named without its password, after 10 s', async () => {
  const { code, said, took } = await unreachable;
  expect(code).toBe(2);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('127.0.0.1:1');
  expect(said[0]).not.toContain('hunter2');
  expect(took).toBeGreaterThan(9_000);
});

/** A worker whose database accepts connections and says nothing; resolves once it has called. */
async function waitingWorker() {
  const called = deferred();
  const server = createServer(() => called.resolve()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await waitFor(() => server.listening);
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const worker = spawnWorker({ env: { MONGODB_URI: `mongodb://127.0.0.1:${port}/x` } });
  await called.promise;
  return worker;
}

test('a worker that is told to stop while it starts stops cleanly, without waiting for a database', async () => {
  const worker = await waitingWorker();
  const began = performance.now();
  worker.kill('SIGTERM');
  expect(await worker.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - began).toBeLessThan(6_000);
});

test('a second signal does not wait for the start either', async () => {
  const worker = await waitingWorker();
  const began = performance.now();
  worker.kill('SIGTERM');
  worker.kill('SIGINT');
  expect(await worker.exited).toEqual({ code: 1, signal: null });
  expect(performance.now() - began).toBeLessThan(2_000);
});

test('a worker that is told to stop in the moment it has started leaves nothing behind', async () => {
  const db = await testDatabase();
  const url = new URL(testUri());
  url.pathname = `/${db.databaseName}`;
  const worker = spawnWorker({ env: { MONGODB_URI: url.href } });
  await waitFor(() => db.collection('workers').findOne({ pid: worker.pid }), { everyMs: 2 });
  worker.kill('SIGTERM');
  expect(await worker.exited).toEqual({ code: 0, signal: null });
  expect(await db.collection('workers').countDocuments()).toBe(0);
  expect(await db.collection('leases').countDocuments()).toBe(0);
});
