// What is said of a mongod that does not start: real ones where a test can bring them to it, else what they are known to write.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findMongod } from '../../embedded/index.ts';
import { startMongod } from '../../embedded/replset.ts';
import { CannotStartMongod, DataInUse, readTrouble, startError } from '../../embedded/start-error.ts';

let dbPath: string;
let binary: string;
beforeEach(async () => {
  dbPath = await mkdtemp(join(tmpdir(), 'callsheet-fails-'));
  binary = await findMongod({ directory: process.cwd() });
});
afterEach(() => rm(dbPath, { recursive: true }));

/** A mongod that a shell prepares. */
async function behind(script: string): Promise<string> {
  const path = join(dbPath, 'prepared');
  await writeFile(path, `#!/bin/sh\n${script}\nexec '${binary}' "$@"\n`, { mode: 0o755 });
  return path;
}

const failure = (options: { binary: string; dbPath: string }) =>
  startMongod(options).then(
    async mongod => {
      await mongod.stop();
      throw new Error('It started.');
    },
    (error: unknown) => error,
  );

test('data that is open elsewhere: by which process', async () => {
  const first = await startMongod({ binary, dbPath });
  const error = await failure({ binary, dbPath });
  await first.stop();
  expect(error).toBeInstanceOf(DataInUse);
  expect(String(error)).toBe(
    `DataInUse: MongoDB did not start: another MongoDB (process ${first.pid}) has ${dbPath} open. Stop that one, then start again.`,
  );
});

test('a disk that is full, long before mongod itself gives up', async () => {
  const began = performance.now();
  const limited = await behind(`trap '' XFSZ; ulimit -f 100`);
  expect(String(await failure({ binary: limited, dbPath }))).toBe(
    `Error: MongoDB did not start: the disk that holds ${dbPath} is full. Make room, then start again.`,
  );
  expect(performance.now() - began).toBeLessThan(20_000);
});

test('a signal, by its name', async () => {
  const limited = await behind('ulimit -f 100');
  expect(String(await failure({ binary: limited, dbPath }))).toBe(
    'Error: MongoDB did not start (ended by SIGXFSZ)',
  );
});

test('damaged data: what mongod says of it', async () => {
  await writeFile(join(dbPath, 'storage.bson'), 'damaged');
  expect(String(await failure({ binary, dbPath }))).toMatch(
    /^Error: MongoDB did not start \(code \d+\): Unable to read the storage engine metadata file \(/,
  );
});

test('what is no log line, as a loader or a shell writes it', async () => {
  const broken = join(dbPath, 'broken');
  await writeFile(broken, '#!/bin/sh\necho "libcurl.so.4: cannot open shared object file" >&2\nexit 127\n', {
    mode: 0o755,
  });
  expect(String(await failure({ binary: broken, dbPath }))).toBe(
    'Error: MongoDB did not start (code 127): libcurl.so.4: cannot open shared object file',
  );
});

const line = (entry: object) => readTrouble(JSON.stringify({ c: 'CONTROL', ctx: 'initandlisten', ...entry }));
const said = (...lines: object[]) =>
  startError({ code: 62, signal: null, troubles: lines.map(entry => line(entry) ?? ''), dbPath: '/data' });

test('data of another version', () => {
  const error = said({
    s: 'F',
    msg: 'Wrong mongod version',
    attr: { error: 'UPGRADE PROBLEM: Found an invalid featureCompatibilityVersion document' },
  });
  expect(error).toBeInstanceOf(CannotStartMongod);
  expect(error.message).toBe(
    "MongoDB did not start: /data was written by another version of MongoDB, which this one cannot read. Set MONGOMS_SYSTEM_BINARY to that version's mongod, or move the folder away to begin anew.",
  );
});

test.each([
  'IllegalOperation: Attempted to create a lock file on a read-only directory: /data',
  'DBPathInUse: Unable to create/open the lock file: /data/mongod.lock (Permission denied). Ensure the user executing mongod is the owner of the lock file',
])('a folder that may not be written: %s', detail => {
  const error = said({ s: 'E', msg: 'DBException in initAndListen, terminating', attr: { error: detail } });
  expect(error).toBeInstanceOf(CannotStartMongod);
  expect(error).not.toBeInstanceOf(DataInUse);
  expect(error.message).toMatch(/^MongoDB did not start: this user may not write to \/data\. /);
});

test('news and warnings are no complaints', () => {
  expect(line({ s: 'I', msg: 'Waiting for connections' })).toBeNull();
  expect(line({ s: 'W', msg: 'Access control is not enabled' })).toBeNull();
});
