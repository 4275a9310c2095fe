// `callsheet/client` as somebody gets it who installs the package: from the packed files, without the rest of this checkout.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { hoversOf } from './editor.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const isolated = { NODE_OPTIONS: '', npm_config_offline: 'true', npm_config_update_notifier: 'false' };
let folder: string;
let installed: string;

beforeAll(async () => {
  if (!existsSync(join(root, 'dist/client/index.js')))
    throw new Error('The package is not built: run `npm run build`, or all tests with `npm test`');
  folder = await mkdtemp(join(tmpdir(), 'callsheet-package-'));
  installed = join(folder, 'node_modules/callsheet');
  await mkdir(installed, { recursive: true });
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', pack, { cwd: root, env: { ...process.env, ...isolated } });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await run('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', installed]);
  // All that it needs of others.
  await symlink(
    join(root, 'node_modules/eventsource-parser'),
    join(folder, 'node_modules/eventsource-parser'),
  );
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const node = async (...args: string[]) =>
  (await run(process.execPath, args, { cwd: folder, env: { ...process.env, ...isolated } })).stdout.trim();

test('plain Node imports it, and requires it', async () => {
  const ask = `createClient({ url: 'http://127.0.0.1:9' }).getTask('tq_1').catch(error => console.log(error.name))`;
  expect(
    await node('--input-type=module', '-e', `import { createClient } from 'callsheet/client'; await ${ask};`),
  ).toBe('Unreachable');
  const required = `const { createClient } = require('callsheet/client'); ${ask};`;
  expect(await node('--no-warnings', '--input-type=commonjs', '-e', required)).toBe('Unreachable');
});

const program = `
import { createClient, Problem, type Task, type TaskEvent } from 'callsheet/client';
const client = createClient({ url: 'http://127.0.0.1:8080', key: 'k' });
const { task_id } = await client.createTask({ actor: 'echo', payload: { a: 1 } });
for await (const event of client.watch(task_id)) {
  if (event.event === 'progress') console.log(event.progress?.message, event.queue?.position);
  const known: TaskEvent = event;
  console.log(known.rev);
}
const task: Task = await client.waitFor(task_id);
for await (const { status } of client.listTasks({ status: ['queued', 'failed'], tag: 'a' })) console.log(status);
// @ts-expect-error: no such status
client.listTasks({ status: 'lost' });
// @ts-expect-error: a task has an actor
void client.createTask({ payload: {} });
try {
  await client.lanes.change('leonardo', { limit: 'default' });
} catch (error) {
  if (error instanceof Problem) console.log(error.kind, error.errors[0]?.pointer, task.result);
}
`;

test.each([
  ['Node', { module: 'nodenext', moduleResolution: 'nodenext' }],
  ['bundlers', { module: 'esnext', moduleResolution: 'bundler' }],
])(
  'its types hold under the rules of %s, without those of Node, and drag in nothing of the server',
  async (_, how) => {
    await writeFile(join(folder, 'program.ts'), program);
    const strict = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
    };
    const compilerOptions = {
      ...strict,
      ...how,
      target: 'es2023',
      lib: ['es2023', 'dom'],
      types: [],
      skipLibCheck: false,
    };
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['program.ts'] }),
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const said = await node(tsc, '-p', '.', '--listFilesOnly').catch(error => String(error));
    expect(await node(tsc, '-p', '.').catch((error: { stdout: string }) => error.stdout)).toBe('');
    const ours = said.split('\n').filter(file => file.includes('/node_modules/callsheet/'));
    expect(ours.length).toBeGreaterThan(5);
    expect(ours.filter(file => !file.includes('/node_modules/callsheet/dist/client/'))).toEqual([]);
  },
);

test('an editor shows what each call promises', async () => {
  const client = createClient();
  const names = namesOf(client);
  await writeFile(
    join(folder, 'editor.ts'),
    [`import { createClient } from 'callsheet/client';`, 'const client = createClient();']
      .concat(names.map(name => `client.${name}`))
      .join('\n'),
  );
  const [, , ...shown] = await hoversOf(join(folder, 'editor.ts'));
  // The signature in a fence, then the words.
  const silent = names.filter((_, n) => !/```\n+\S/.test(shown[n]!));
  expect(shown[names.indexOf('createTask')]).toContain('Makes a task. Problem 404');
  expect(silent).toEqual([]);
  expect(names.length).toBeGreaterThan(60);
});

/** The members of a client by their names, and those of its parts. */
function namesOf(part: object, before = ''): string[] {
  return Object.entries(part).flatMap(([name, value]): string[] => [
    before + name,
    ...(typeof value === 'object' ? namesOf(value, `${before}${name}.`) : []),
  ]);
}

test('its files name no module of Node and no file of other folders', async () => {
  const files = (await readdir(join(installed, 'dist/client'))).filter(name => name.endsWith('.js'));
  for (const file of files) {
    const text = await readFile(join(installed, 'dist/client', file), 'utf8');
    const named = [...text.matchAll(/from '([^']+)'/g)].map(([, name]) => name!);
    expect(named.filter(name => name.startsWith('node:') || name.startsWith('..'))).toEqual([]);
  }
  expect(files.length).toBeGreaterThan(5);
});

test('what package.json says of the package is true', async () => {
  const { messages } = await publint({ pkgDir: installed, level: 'warning', pack: false });
  expect(messages).toEqual([]);
  for (const file of ['dist/docs/index.html', 'dist/docs/swagger-ui-bundle.js'])
    expect(existsSync(join(installed, file)), file).toBe(true);
});
