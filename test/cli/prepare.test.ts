// What `npm start` and `npm test` do first on a bare clone: install and build what is missing, and nothing else. npm is a script.
import { copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { spawnNode } from '../helpers/processes.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'callsheet-prepare-'));
  await mkdir(join(root, 'cli'));
  await copyFile('cli/prepare.mjs', join(root, 'cli', 'prepare.mjs'));
  await writeFile(join(root, 'package.json'), '{"type": "module"}');
  await lock('package-lock.json', '1.0.0');
  await writeFile(join(root, 'npm.js'), FAKE_NPM);
});
afterEach(() => rm(root, { recursive: true }));

/** Does what npm would: `ci` copies the lock file, `run build` makes the built files, each notes that it was asked. */
const FAKE_NPM = `
import { appendFileSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
const asked = process.argv[2] === 'ci' ? 'ci' : process.argv.at(-1);
appendFileSync('asked', asked + ' ');
if (process.env.BROKEN === asked) { console.error('E404 of ' + asked); process.exit(1); }
if (asked === 'ci') {
  mkdirSync('node_modules', { recursive: true });
  copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
} else for (const path of ['dist/cli', 'dist/webui']) mkdirSync(path, { recursive: true });
if (asked === 'build') for (const path of ['dist/cli/main.js', 'dist/webui/index.html']) writeFileSync(path, '');
`;

async function lock(path: string, version: string): Promise<void> {
  const packages = {
    '': { version: '0.1.0' },
    'node_modules/thing': { version },
    'node_modules/other-system': { version: '1.0.0', optional: true },
  };
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), JSON.stringify({ packages }));
}

/** Runs `prepare`; resolves what npm was asked for since the start of the test, and how it went. */
async function prepare(env: Record<string, string> = {}) {
  const script = `const { prepare } = await import('${join(root, 'cli', 'prepare.mjs')}');
    await prepare(text => console.log(text)).catch(error => { console.log(error.message); process.exitCode = 1; });`;
  const child = spawnNode(['--input-type=module', '-e', script], {
    env: { npm_execpath: join(root, 'npm.js'), ...env },
  });
  const { code } = await child.exited;
  const asked = await readFile(join(root, 'asked'), 'utf8').catch(() => '');
  return { code, asked: asked.trim(), said: child.lines.join('\n') };
}

test('a bare clone is installed and built, once', async () => {
  expect(await prepare()).toMatchObject({ code: 0, asked: 'ci build' });
  expect(await prepare()).toMatchObject({ code: 0, asked: 'ci build', said: '' });
});

test('a package of another version is installed again, whatever the times of the files say', async () => {
  await prepare();
  await lock('package-lock.json', '1.0.1');
  await utimes(join(root, 'package-lock.json'), 0, 0);
  expect((await prepare()).asked).toBe('ci build ci');
});

test('packages for other systems may be missing', async () => {
  await prepare();
  await writeFile(
    join(root, 'node_modules', '.package-lock.json'),
    JSON.stringify({ packages: { 'node_modules/thing': { version: '1.0.0' } } }),
  );
  expect((await prepare()).asked).toBe('ci build');
});

test('a source that is newer than the build is built again', async () => {
  await prepare();
  await mkdir(join(root, 'queue', 'deep'), { recursive: true });
  await writeFile(join(root, 'queue', 'deep', 'new.ts'), '');
  const later = new Date(Date.now() + 5_000);
  await utimes(join(root, 'queue', 'deep', 'new.ts'), later, later);
  expect((await prepare()).asked).toBe('ci build build');
});

test('a build that failed half-way is made again', async () => {
  await prepare();
  await rm(join(root, 'dist', 'webui'), { recursive: true });
  expect((await prepare()).asked).toBe('ci build build');
});

test('what npm said is shown when it fails, and nothing goes on', async () => {
  const outcome = await prepare({ BROKEN: 'ci' });
  expect(outcome).toMatchObject({ code: 1, asked: 'ci' });
  expect(outcome.said).toMatch(/The packages could not be installed:\nE404 of ci/);
});

test('a Node that is too old is refused with the version that is needed', async () => {
  const { refuseNode } = await import('../../cli/prepare.mjs');
  expect(refuseNode('18.20.1')).toBe(
    'Callsheet needs Node 20.19 or newer, and this is 18.20.1: install a newer one (https://nodejs.org).',
  );
  expect(refuseNode('20.18.3')).not.toBeNull();
  expect([refuseNode('20.19.0'), refuseNode('22.1.0'), refuseNode()]).toEqual([null, null, null]);
});
