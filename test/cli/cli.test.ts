// The command line: help, wrong use and wrong configuration, told in words and by the exit code.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { spawnNode } from '../helpers/processes.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callsheet-cli-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function callsheet(args: string[], env: Record<string, string> = {}) {
  const child = spawnNode(['--import', import.meta.resolve('tsx'), resolve('cli/main.ts'), ...args], {
    cwd: directory,
    env: { MONGODB_URI: undefined, PORT: undefined, ...env },
  });
  const { code } = await child.exited;
  return { code, said: child.lines.join('\n') };
}

test.each(['up', 'server', 'worker'])('%s --help says what it does and ends with 0', async command => {
  const { code, said } = await callsheet([command, '--help']);
  expect(code).toBe(0);
  expect(said).toMatch(new RegExp(`Usage: callsheet ${command} .*start`, 's'));
  expect(said).toContain('--json');
});

test('--help names the commands', async () => {
  const { code, said } = await callsheet(['--help']);
  expect(code).toBe(0);
  for (const command of ['up', 'server', 'worker']) expect(said).toMatch(new RegExp(`^ +${command} `, 'm'));
});

test('an unknown command ends with 2 and a hint', async () => {
  const { code, said } = await callsheet(['wroker']);
  expect(code).toBe(2);
  expect(said).toMatch(/unknown command 'wroker'\n\(Did you mean worker\?\)\nRun callsheet --help/);
});

test.each([['up', '--loud'], ['up', 'more'], []])('wrong use ends with 2: %s %s', async (...args) => {
  const { code, said } = await callsheet(args);
  expect(code).toBe(2);
  expect(said).toMatch(/callsheet/);
});

test('all problems of the configuration are told at once, each once, with 2', async () => {
  const { code, said } = await callsheet(['up'], { PORT: 'many', LEASE_MS: '1', LOG_LEVEL: 'loud' });
  expect(code).toBe(2);
  const names = said.split('\n').map(line => line.split(':')[0]);
  expect(names).toHaveLength(3);
  expect(names).toEqual(expect.arrayContaining(['LEASE_MS', 'LOG_LEVEL', 'PORT']));
});

test.each(['server', 'worker'])(
  '%s without a database says in one line how to get one, with 2',
  async command => {
    const { code, said } = await callsheet([command]);
    expect(code).toBe(2);
    expect(said).toMatch(/^[^\n]*MONGODB_URI[^\n]*npm start[^\n]*$/);
  },
);
