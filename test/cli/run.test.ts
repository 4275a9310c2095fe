// The verdict of `npm test`: its last line and its exit code, whatever vitest reports. vitest here is a script.
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { spawnNode } from '../helpers/processes.ts';

let root: string;

/** Writes the report it is told to, prints its arguments, ends with the code it is told to. */
const FAKE_VITEST = `
import { writeFileSync } from 'node:fs';
const { REPORT, CODE } = process.env;
console.log('arguments: ' + process.argv.slice(2).filter(argument => !argument.startsWith('--')).join(' '));
const file = process.argv.find(argument => argument.startsWith('--outputFile.json=')).split('=')[1];
if (REPORT) writeFileSync(file, REPORT);
process.exit(Number(CODE));
`;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'callsheet-verdict-'));
  for (const path of ['cli/prepare.mjs', 'test/run.mjs']) await cp(path, join(root, path));
  await write('package.json', '{"type": "module"}');
  await write('package-lock.json', '{"packages": {}}');
  await write('node_modules/.package-lock.json', '{"packages": {}}');
  await write('node_modules/vitest/vitest.mjs', FAKE_VITEST);
  await symlink(resolve('node_modules/tsx'), join(root, 'node_modules', 'tsx'));
  await write('embedded/mongod.ts', 'export async function findMongod() { return "/mongod"; }');
  await write(
    'test/helpers/find-chromium.ts',
    'export const findChromium = () => process.env.BROWSER || null;',
  );
  await pretendBuilt();
});
afterEach(() => rm(root, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

/** Called last: the build is newer than every source. */
async function pretendBuilt(): Promise<void> {
  await write('dist/cli/main.js', '');
  await write('dist/webui/index.html', '');
}

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map(result => ({ status: result })),
});

interface Run {
  files?: object[];
  code?: number;
  args?: string[];
  env?: Record<string, string | undefined>;
}

async function npmTest({ files, code = 0, args = [], env = {} }: Run) {
  const child = spawnNode([join(root, 'test', 'run.mjs'), ...args], {
    env: {
      REPORT: files && JSON.stringify({ testResults: files }),
      CODE: String(code),
      CI: undefined,
      BROWSER: '/chromium',
      ...env,
    },
  });
  const { code: exit } = await child.exited;
  return { exit, last: child.lines.at(-1), lines: child.lines };
}

test('passed tests are counted, skipped ones are not, and arguments go to vitest', async () => {
  const files = [file('passed', 'passed', 'skipped', 'passed'), file('passed', 'passed', 'todo')];
  const { exit, last, lines } = await npmTest({ files, args: ['test/queue', 'test/cli'] });
  expect({ exit, last }).toEqual({ exit: 0, last: '3 passed, 0 failed' });
  expect(lines).toContain('arguments: run test/queue test/cli');
});

test('a failed test fails the run', async () => {
  const { exit, last } = await npmTest({ files: [file('failed', 'passed', 'failed')], code: 1 });
  expect({ exit, last }).toEqual({ exit: 1, last: '1 passed, 1 failed' });
});

test('a file that did not load counts as failed', async () => {
  const { exit, last } = await npmTest({ files: [file('passed', 'passed'), file('failed')], code: 1 });
  expect({ exit, last }).toEqual({ exit: 1, last: '1 passed, 1 failed' });
});

test('an unhandled error fails a run in which every test passed', async () => {
  const { exit, last } = await npmTest({ files: [file('passed', 'passed')], code: 1 });
  expect({ exit, last }).toEqual({ exit: 1, last: '1 passed, 1 failed' });
});

test('a crash without a report fails the run', async () => {
  const { exit, last } = await npmTest({ code: 0 });
  expect({ exit, last }).toEqual({ exit: 1, last: '0 passed, 1 failed' });
});

test('a run in which nothing passed is no success', async () => {
  const { exit, last } = await npmTest({ files: [file('skipped', 'skipped')] });
  expect({ exit, last }).toEqual({ exit: 1, last: '0 passed, 0 failed' });
});

test('without a browser the run goes on elsewhere and fails in CI', async () => {
  // No apt-get to be found: nothing gets installed by a test.
  const bare = { BROWSER: '', PATH: root };
  const here = await npmTest({ files: [file('passed', 'passed')], env: bare });
  expect(here).toMatchObject({ exit: 0, last: '1 passed, 0 failed' });
  expect(here.lines.join('\n')).toMatch(/No Chrome or Chromium found.*are skipped/);
  const ci = await npmTest({ files: [file('passed', 'passed')], env: { ...bare, CI: 'true' } });
  expect(ci).toMatchObject({ exit: 1, last: '0 passed, 1 failed' });
});

test('without a MongoDB the run fails and says so', async () => {
  await write(
    'embedded/mongod.ts',
    'export async function findMongod() { throw new Error("No MongoDB to run"); }',
  );
  await pretendBuilt();
  const { exit, last, lines } = await npmTest({ files: [file('passed', 'passed')], env: { PATH: root } });
  expect({ exit, last }).toEqual({ exit: 1, last: '0 passed, 1 failed' });
  expect(lines).toContain('No MongoDB to run');
});
