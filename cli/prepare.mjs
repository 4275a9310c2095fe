// Makes a bare clone ready to run: installs and builds what is missing. Plain JavaScript without packages, because
// there may be none yet; shared by `npm start` (start.mjs) and `npm test` (test/run.mjs).
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const oldestNode = [20, 19];
const sources = [
  'queue',
  'content',
  'providers',
  'worker',
  'server',
  'webui',
  'embedded',
  'cli',
  'client',
  'index.ts',
];
const settings = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
// Written last by the first and the last part of the build: one that failed half-way is made again.
const built = ['dist/cli/main.js', 'dist/webui/index.html'];

/** The reason not to go on with this Node, or null. */
export function refuseNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return null;
  return `Callsheet needs Node ${oldestNode.join('.')} or newer, and this is ${version}: install a newer one (https://nodejs.org).`;
}

/** Installs and builds whatever is missing or out of date; says what it does by `say`. Rejects with a message for people. */
export async function prepare(say) {
  if (!installed()) {
    say('Installing packages (only after a clone or an update)');
    await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'The packages could not be installed');
  }
  if (!upToDate()) {
    say('Building');
    await npm(['run', '--silent', 'build'], 'The build failed');
  }
}

/** Whether node_modules holds exactly what the lock file asks for: times say nothing after a checkout. */
function installed() {
  const wanted = readLock('package-lock.json');
  const present = readLock('node_modules/.package-lock.json');
  return Object.entries(wanted ?? { missing: {} }).every(
    ([path, entry]) => path === '' || entry.optional || present?.[path]?.version === entry.version,
  );
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return null;
  }
}

function upToDate() {
  const newest = Math.max(...[...sources, ...settings].map(changedAt));
  return built.every(path => changedAt(path) >= newest);
}

/** When a file, or the latest file below a folder, was changed; 0 when there is none. */
function changedAt(path) {
  const file = statSync(join(root, path), { throwIfNoEntry: false });
  if (!file?.isDirectory()) return file?.mtimeMs ?? 0;
  return Math.max(0, ...readdirSync(join(root, path)).map(name => changedAt(join(path, name))));
}

async function npm(args, trouble) {
  // The npm that runs us, where there is one: the same as the user's, and no shell to find it on Windows.
  const { npm_execpath: own } = process.env;
  const [command, first] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []];
  const { code, output } = await run(command, [...first, ...args], { quiet: true });
  if (code !== 0) throw new Error(`${trouble}:\n${output}`);
}

/**
 * Runs a program to its end; a signal that we get meanwhile goes on to it. With `quiet` its output is kept (the end of it), else shown.
 */
export function run(command, args, { quiet = false, env = process.env } = {}) {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: ['ignore', ...Array(2).fill(quiet ? 'pipe' : 'inherit')],
    });
    const forward = signal => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, forward);
    let output = '';
    const keep = chunk => {
      output = (output + chunk).slice(-8_000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const end = code => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, forward);
      resolve({ code, output: output.trim() });
    };
    child.once('error', error => {
      output += error.message;
      end(1);
    });
    child.once('close', (code, signal) => end(signal ? 1 : code));
  });
}
