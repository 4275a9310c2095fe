// Which mongod is taken, and that a fetched one is kept whole or not at all. The mongods here are scripts.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedSettings } from '../../embedded/config.ts';
import { findMongod, MongodNotFound } from '../../embedded/mongod.ts';
import type { Fetch } from '../../embedded/progress.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callsheet-find-'));
});
afterEach(() => rm(directory, { recursive: true }));

const kept = () => join(directory, '.callsheet', 'bin', 'mongod');

async function fakeMongod(path: string, output = 'db version v7.0.11', code = 0): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${output}' >&2\nexit ${code}\n`);
  await chmod(path, 0o755);
  return path;
}

function find(variables: Record<string, string>, ways: Fetch[] = []): Promise<string> {
  return findMongod({ directory, settings: embeddedSettings.parse(variables), ways });
}

const fetchFake: Fetch = folder => fakeMongod(join(folder, 'new'));
const closed: Fetch = async () => null;

test('MONGOMS_SYSTEM_BINARY comes before everything else', async () => {
  const named = await fakeMongod(join(directory, 'named'));
  await fakeMongod(kept());
  await fakeMongod(join(directory, 'path', 'mongod'));
  expect(await find({ MONGOMS_SYSTEM_BINARY: named, PATH: join(directory, 'path') })).toBe(named);
});

test('a MONGOMS_SYSTEM_BINARY that does not run is said, not passed over', async () => {
  await fakeMongod(kept());
  const found = find({ MONGOMS_SYSTEM_BINARY: join(directory, 'nothing') });
  await expect(found).rejects.toThrow(/MONGOMS_SYSTEM_BINARY cannot be used: .*nothing does not run here/);
});

test('the mongod kept from the last start comes before the one on PATH', async () => {
  const onPath = await fakeMongod(join(directory, 'path', 'mongod'));
  expect(await find({ PATH: join(directory, 'path') })).toBe(onPath);
  await fakeMongod(kept());
  expect(await find({ PATH: join(directory, 'path') })).toBe(kept());
});

test('a mongod that is too old, fails or is cut short is passed over', async () => {
  await fakeMongod(kept(), 'db version v7.0.11', 1);
  await fakeMongod(join(directory, 'old', 'mongod'), 'db version v4.2.1');
  const good = await fakeMongod(join(directory, 'good', 'mongod'));
  expect(await find({ PATH: `${join(directory, 'old')}:${join(directory, 'good')}` })).toBe(good);
});

test('nothing is fetched while there is one that runs', async () => {
  await fakeMongod(kept());
  const fetch: Fetch = () => Promise.reject(new Error('must not be called'));
  expect(await find({}, [fetch])).toBe(kept());
});

test('the second way is taken where the first is closed, and its mongod is kept for the next start', async () => {
  expect(await find({}, [closed, fetchFake])).toBe(kept());
  expect(await find({}, [closed])).toBe(kept());
  expect(await readdir(join(directory, '.callsheet', 'bin'))).toEqual(['mongod']);
});

test('a fetched file that does not run never becomes the kept one, and the next way is tried', async () => {
  const half: Fetch = folder => fakeMongod(join(folder, 'half'), 'Exec format error', 126);
  await expect(find({}, [half])).rejects.toThrow(MongodNotFound);
  expect(await readdir(join(directory, '.callsheet', 'bin'))).toEqual([]);
  expect(await find({}, [half, fetchFake])).toBe(kept());
});

test('a kept file that was damaged is replaced', async () => {
  await fakeMongod(kept(), '', 1);
  await find({}, [fetchFake]);
  expect(await readFile(kept(), 'utf8')).toContain('v7.0.11');
});

test('two that fetch at once both get a mongod that runs', async () => {
  expect(await Promise.all([find({}, [fetchFake]), find({}, [fetchFake])])).toEqual([kept(), kept()]);
});

test('without any the message says what to do', async () => {
  await expect(find({}, [closed])).rejects.toThrow(/Install MongoDB 5.0 or newer .* or set MONGODB_URI/);
});

test('a system library that is missing is named', async () => {
  const needy: Fetch = folder =>
    fakeMongod(join(folder, 'm'), 'libcurl.so.4: cannot open shared object file: No such file', 127);
  await expect(find({}, [needy])).rejects.toThrow(
    /needs the system library libcurl.so.4, which is not installed/,
  );
});

test('what a killed start left behind while fetching is removed', async () => {
  const left = join(directory, '.callsheet', 'bin', '.fetching-old');
  await mkdir(left, { recursive: true });
  await utimes(left, 0, 0);
  await find({}, [fetchFake]);
  expect(await readdir(join(directory, '.callsheet', 'bin'))).toEqual(['mongod']);
});
