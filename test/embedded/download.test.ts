// MongoDB's own build by mongodb-memory-server, from a mirror on this machine; and the limits on programs that we run.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCommand } from '../../embedded/command.ts';
import { downloadOfficial } from '../../embedded/download.ts';
import type { Progress } from '../../embedded/progress.ts';
import { waitFor } from '../helpers/wait.ts';

let directory: string;
let mirror: Server | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callsheet-download-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  mirror?.close();
  mirror = undefined;
  await rm(directory, { recursive: true });
});

/** An archive as MongoDB publishes it, with `mongod` as its program. */
async function makeArchive(mongod: Buffer): Promise<Buffer> {
  const inside = join(directory, 'made', 'mongodb', 'bin');
  await mkdir(inside, { recursive: true });
  await writeFile(join(inside, 'mongod'), mongod);
  execFileSync('tar', ['-czf', 'made.tgz', '-C', 'made', 'mongodb'], { cwd: directory });
  return readFile(join(directory, 'made.tgz'));
}

async function serve(archive: Buffer, md5 = createHash('md5').update(archive).digest('hex')): Promise<void> {
  const server = createServer((request, response) => {
    const body = request.url?.endsWith('.md5') ? Buffer.from(`${md5}  x.tgz\n`) : archive;
    response.writeHead(200, { 'Content-Length': body.length }).end(body);
  });
  mirror = server.listen(0, '127.0.0.1');
  const address = await waitFor(() => server.address());
  vi.stubEnv('MONGOMS_DOWNLOAD_MIRROR', `http://127.0.0.1:${typeof address === 'object' ? address.port : 0}`);
  vi.stubEnv('MONGOMS_USE_HTTP', 'true');
}

test('the program of the published archive is fetched, with its progress', async () => {
  const mongod = randomBytes(3_000_000);
  await serve(await makeArchive(mongod));
  const seen: Progress[] = [];
  const path = await downloadOfficial(join(directory, 'to'), progress => seen.push(progress));
  expect(mongod.equals(await readFile(path ?? ''))).toBe(true);
  expect(seen.at(-1)).toEqual({ step: 'Fetching MongoDB', done: 2.9, total: 2.9 });
});

test('an archive that is not what was published gives nothing', async () => {
  await serve(await makeArchive(randomBytes(3_000_000)), 'f'.repeat(32));
  expect(await downloadOfficial(join(directory, 'to'), () => {})).toBeNull();
});

test('a download host that cannot be reached gives nothing, and soon', async () => {
  vi.stubEnv('MONGOMS_DOWNLOAD_MIRROR', 'https://127.0.0.1:9/');
  const started = performance.now();
  expect(await downloadOfficial(join(directory, 'to'), () => {})).toBeNull();
  expect(performance.now() - started).toBeLessThan(10_000);
});

test('a program that falls silent is ended', async () => {
  const script = 'console.log("begun"); setInterval(() => {}, 1000)';
  const { ok, output } = await runCommand(process.execPath, ['-e', script], {
    timeoutMs: 60_000,
    idleMs: 1_000,
  });
  expect({ ok, output }).toEqual({ ok: false, output: 'begun\n\nno answer' });
});

test('a program that takes too long is ended, however much it says', async () => {
  const script = 'setInterval(() => console.log("."), 50)';
  const { ok, output } = await runCommand(process.execPath, ['-e', script], {
    timeoutMs: 1_000,
    idleMs: 500,
  });
  expect(ok).toBe(false);
  expect(output).toMatch(/no end after 1 s$/);
});

test('a program that is not there is a result and no exception', async () => {
  const { ok, output } = await runCommand(join(directory, 'nothing'), [], { timeoutMs: 1_000 });
  expect(ok).toBe(false);
  expect(output).toContain('ENOENT');
});
