// `npm start` with its signals: npm and a shell stand between the terminal and us, and each passes signals on in its own way.
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { findMongod } from '../../embedded/index.ts';
import { readRecord } from '../../embedded/record.ts';
import { spawnCommand } from '../helpers/processes.ts';
import { waitFor } from '../helpers/wait.ts';

let directory: string;

/** A checkout of its own, with the packages of this one; what it has "built" runs the sources of this one. */
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callsheet-start-'));
  for (const path of ['package.json', 'package-lock.json', 'cli/start.mjs', 'cli/prepare.mjs'])
    await cp(path, join(directory, path), { preserveTimestamps: true });
  await symlink(resolve('node_modules'), join(directory, 'node_modules'));
  const main = `import { tsImport } from '${import.meta.resolve('tsx/esm/api')}';
    await tsImport('${pathToFileURL(resolve('cli/main.ts')).href}', import.meta.url);`;
  await write('dist/cli/main.js', main);
  await write('dist/webui/index.html', '');
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true });
  await writeFile(join(directory, path), text);
}

afterEach(() => rm(directory, { recursive: true }));

async function npmStart() {
  const npm = spawnCommand('npm', ['start'], {
    cwd: directory,
    env: {
      MONGOMS_SYSTEM_BINARY: await findMongod({ directory: process.cwd() }),
      MONGODB_URI: undefined,
      PORT: '0',
      LOG_LEVEL: 'info',
    },
    ownGroup: true,
  });
  const ready = await npm.waitForLine(entry => entry.msg === 'ready');
  const { url } = z.object({ url: z.string() }).parse(JSON.parse(ready));
  const record = await readRecord(directory);
  return { npm, url, pids: [record?.pid ?? 0, record?.owner_pid ?? 0] };
}

async function expectNothingLeft(pids: number[]): Promise<void> {
  await waitFor(() => pids.every(stopped), { description: `the end of ${pids.join(' and ')}` });
}

function stopped(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
}

test('Ctrl-C, which reaches every process of the terminal, lets tasks finish and stops once and cleanly', async () => {
  const { npm, url, pids } = await npmStart();
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ actor: 'sleep', payload: { ms: 1_000 } });
  await fetch(`${url}/api/task`, { method: 'POST', headers, body });
  const before = npm.lines.length;
  process.kill(-npm.pid, 'SIGINT');
  expect((await npm.exited).code).toBe(0);
  // MongoDB was there until the last task was written.
  const said = npm.lines.slice(before).join('\n');
  expect(said).toContain('"msg":"stopped"');
  expect(said).not.toMatch(/trouble|cleanly/);
  await expectNothingLeft(pids);
});

test('SIGTERM to npm alone stops everything cleanly', async () => {
  const { npm, pids } = await npmStart();
  npm.kill('SIGTERM');
  expect((await npm.exited).code).toBe(0);
  expect(npm.lines.some(line => line.includes('"msg":"stopped"'))).toBe(true);
  await expectNothingLeft(pids);
});
