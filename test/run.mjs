// What `npm test` runs: makes a bare clone ready (packages, build, browser, mongod), runs vitest with the arguments given, and
// ends with the line `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare, refuseNode, root, run } from '../cli/prepare.mjs';

const say = text => console.log(`- ${text}`);
const folder = mkdtempSync(join(tmpdir(), 'callsheet-run-'));
process.chdir(root);
const outcome = await main().catch(error => {
  console.error(`\n${error.message}\n`);
  return { passed: 0, failed: 1 };
});
rmSync(folder, { recursive: true, force: true });
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
// Written to a pipe, the last line may still be on its way.
process.stdout.write('', () => process.exit(outcome.failed > 0 || outcome.passed === 0 ? 1 : 0));

async function main() {
  const refusal = refuseNode();
  if (refusal) throw new Error(refusal);
  await prepare(say);
  await findBrowser();
  await findDatabase();
  return runVitest(process.argv.slice(2));
}

async function findBrowser() {
  const { findChromium } = await importSource('./helpers/find-chromium.ts');
  if (findChromium()) return;
  say('Installing a browser (Debian package chromium)');
  if ((await apt('chromium')) && findChromium()) return;
  const what = 'No Chrome or Chromium found: install one, or set CHROMIUM_PATH';
  if (process.env.CI) throw new Error(what);
  say(`${what}. The tests in a browser are skipped.`);
}

async function findDatabase() {
  const { findMongod } = await importSource('../embedded/mongod.ts');
  const find = () => findMongod({ directory: root, onProgress: stepPrinter() });
  try {
    await find();
  } catch (error) {
    // What the last way of getting one needs, and a bare Debian lacks.
    say(error.message);
    say('Installing Debian packages python3-pip and libcurl4');
    if (!(await apt('python3-pip', 'libcurl4'))) throw error;
    await find();
  }
}

function stepPrinter() {
  let told = '';
  return ({ step }) => {
    if (step !== told) say(step);
    told = step;
  };
}

/** Installs Debian packages; false where this is no Debian, the user is not root, or the mirror does not answer. */
async function apt(...packages) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { code } = await run('apt-get', ['update'], { quiet: true, env });
  return (
    code === 0 && (await run('apt-get', ['install', '-y', ...packages], { quiet: true, env })).code === 0
  );
}

/** Loads TypeScript that has no other packages than the installed ones: the build leaves tests out. */
async function importSource(path) {
  const { tsImport } = await import('tsx/esm/api');
  return tsImport(path, import.meta.url);
}

async function runVitest(args) {
  const report = join(folder, 'report.json');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code } = await run(process.execPath, [vitest, 'run', ...reporters, ...args]);
  const { passed, failed } = count(report);
  // Unhandled errors and crashes are in no test: the exit code alone tells of them.
  return { passed, failed: code !== 0 ? Math.max(failed, 1) : failed };
}

/** Passed and failed tests; a file that failed without a failed test (it did not load, a hook threw) counts as one failed. */
function count(report) {
  let results;
  try {
    results = JSON.parse(readFileSync(report, 'utf8')).testResults;
  } catch {
    return { passed: 0, failed: 1 };
  }
  const tests = results.flatMap(file => file.assertionResults);
  const failed = tests.filter(test => test.status === 'failed').length;
  const broken = results.filter(
    file => file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed'),
  ).length;
  return { passed: tests.filter(test => test.status === 'passed').length, failed: failed + broken };
}
