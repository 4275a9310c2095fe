// The commands as programs of their own, beside a real `callsheet up`: how they find it, what they leave on disk.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findMongod } from '../../embedded/index.ts';
import { type Spawned, spawnCommand, spawnNode } from '../helpers/processes.ts';

const main = ['--import', import.meta.resolve('tsx'), resolve('cli/main.ts')];
let directory: string;
let up: Spawned;
const environment = { MONGODB_URI: undefined, PORT: '0', CALLSHEET_URL: undefined };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callsheet-remote-'));
  const binary = await findMongod({ directory: process.cwd() });
  up = spawnNode([...main, 'up'], { cwd: directory, env: { ...environment, MONGOMS_SYSTEM_BINARY: binary } });
  await up.waitForLine(entry => entry.msg === 'ready');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function callsheet(...args: string[]) {
  const child = spawnNode([...main, ...args], { cwd: directory, env: environment });
  const { code } = await child.exited;
  return { code, said: child.lines.join('\n') };
}

const picture = {
  workflow_run_id: 'run',
  interaction_id: 'one',
  provider: 'studio',
  action_type: 'txt2img',
  prompt_id: 'p',
  params: { prompt: 'A quiet harbour', width: 64, height: 64 },
};

test('a picture is asked for, waited for and saved, by a command that finds the server of its directory', async () => {
  const { code, said } = await callsheet('enqueue', 'media', JSON.stringify(picture), '--out', 'made/here');
  expect([code, said]).toEqual([0, expect.stringMatching(/^tq_\S+ completed in /m)]);
  const [file = '', ...others] = await readdir(join(directory, 'made/here'));
  expect(others).toEqual([]);
  expect(said).toContain(`saved ${join('made/here', file)}`);
  const { width, height } = await sharp(await readFile(join(directory, 'made/here', file))).metadata();
  expect([width, height]).toEqual([64, 64]);
});

test('the doctor finds everything well', async () => {
  const { code, said } = await callsheet('doctor');
  expect([code, said]).toEqual([0, expect.not.stringContaining('✗')]);
});

test('what is wrong ends the process with its code', async () => {
  const late = await callsheet('enqueue', 'shell', '{}');
  expect([late.code, late.said]).toEqual([2, expect.stringContaining('No actor is called "shell"')]);
  expect((await callsheet('enqueue', 'sleep', '{"ms": -1}')).code).toBe(2);
});

test('a reader that has read enough is no error', async () => {
  const command = [process.execPath, ...main, 'list', '--json'].map(part => `'${part}'`).join(' ');
  const child = spawnCommand('sh', ['-c', `${command} | head -c 1; true`], {
    cwd: directory,
    env: environment,
  });
  await child.exited;
  expect(child.lines).toEqual(['{']);
});

test('once it has stopped, no command speaks to it any more', async () => {
  up.kill('SIGTERM');
  expect((await up.exited).code).toBe(0);
  expect(await readdir(join(directory, '.callsheet'))).not.toContain('server.json');
});
