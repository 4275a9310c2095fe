// The mongod that `npm start` runs: its data survives, wherever it starts next, and it never outlives its owner.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readEmbeddedSettings } from '../../embedded/config.ts';
import {
  type Embedded,
  findMongod,
  findRecordedUri,
  resolveMongo,
  startEmbedded,
} from '../../embedded/index.ts';
import { readRecord } from '../../embedded/record.ts';
import { spawnNode } from '../helpers/processes.ts';
import { waitFor } from '../helpers/wait.ts';

let directory: string;
let binary: string;
const running: Embedded[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callsheet-embedded-'));
  binary = await findMongod({ directory: process.cwd() });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map(mongo => mongo.stop()));
  await rm(directory, { recursive: true });
});

function options() {
  return { directory, settings: { ...readEmbeddedSettings({}), MONGOMS_SYSTEM_BINARY: binary } };
}

async function start(): Promise<Embedded> {
  const mongo = await startEmbedded(options());
  running.push(mongo);
  return mongo;
}

async function things(uri: string) {
  const client = await MongoClient.connect(uri);
  return { all: client.db('callsheet').collection<{ name: string }>('things'), close: () => client.close() };
}

test('the data is there after a restart, also when the port has been taken meanwhile', async () => {
  const first = await start();
  const before = await things(first.uri);
  await before.all.insertOne({ name: 'kept' });
  await before.close();
  await first.stop();
  expect(await findRecordedUri(directory)).toBeNull();

  const taken = createServer(socket => socket.destroy()).listen(Number(new URL(first.uri).port), '127.0.0.1');
  const second = await start();
  taken.close();
  expect(second.uri).not.toBe(first.uri);
  const after = await things(second.uri);
  expect(await after.all.countDocuments({ name: 'kept' })).toBe(1);
  await after.close();
});

test('two starts of one folder share one mongod', async () => {
  const [one, two] = await Promise.all([start(), start()]);
  expect(two?.uri).toBe(one?.uri);
  expect((await resolveMongo(options())).uri).toBe(one?.uri);
});

test('mongod ends with its owner, even if that is killed', async () => {
  const script = `
    const { startEmbedded } = await import('${new URL('../../embedded/index.ts', import.meta.url).href}');
    await startEmbedded({ directory: process.argv[1] });
    console.log('up');
    setInterval(() => {}, 1000);`;
  const owner = spawnNode(['--import', 'tsx', '--input-type=module', '-e', script, directory], {
    env: { MONGOMS_SYSTEM_BINARY: binary, MONGODB_URI: undefined },
  });
  await owner.waitForLine(/^up$/);
  const pid = (await readRecord(directory))?.pid ?? 0;
  owner.kill('SIGKILL');
  await owner.exited;
  await waitFor(() => !alive(pid), { description: 'the end of mongod' });
});

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
