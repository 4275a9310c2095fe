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

test.each([
  ['up', '--help', ['PORT', 'WORKER_CAPACITY', 'MONGOMS_SYSTEM_BINARY']],
  ['server', '--help', ['PORT']],
  ['help', 'worker', ['WORKER_CAPACITY']],
])('%s %s says what it does and which variables it reads, and ends with 0', async (first, second, names) => {
  const { code, said } = await callsheet([first, second]);
  expect(code).toBe(0);
  const command = first === 'help' ? second : first;
  expect(said).toMatch(new RegExp(`Usage: callsheet ${command} .*start`, 's'));
  expect(said).toContain('--json');
  for (const name of names) expect(said).toMatch(new RegExp(`^ +${name} +\\w.+`, 'm'));
});

test.each([
  ['worker', /^ {2}LEASE_MS +A task silent for longer is recovered \(default 30000\)$/m],
  ['server', /^ {2}PORT +Port to listen on; 0 takes any free one \(default 8080\)$/m],
])(
  'node %s --help names its variables; what it does not know is one line, with 2',
  async (room, variable) => {
    const run = (argument: string) =>
      spawnNode(['--import', import.meta.resolve('tsx'), resolve(room, 'main.ts'), argument], {
        cwd: directory,
      });
    const [help, wrong] = [run('--help'), run('--loud')];
    expect((await help.exited).code).toBe(0);
    expect(help.lines.join('\n')).toMatch(variable);
    expect((await wrong.exited).code).toBe(2);
    expect(wrong.lines).toEqual([`Unknown argument "--loud". See node ${room} --help.`]);
  },
);

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
