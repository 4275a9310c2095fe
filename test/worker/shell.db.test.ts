// Shell commands: what they answer, what ends them, what is kept of their outputs, and who may run them at all.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { cancelTask, enqueueTask, openQueue, type Queue, type Task } from '../../queue/index.ts';
import { type ActorContext, defineActor } from '../../worker/actors/actor.ts';
import { loadActors } from '../../worker/actors/load.ts';
import { ActorRegistry } from '../../worker/actors/registry.ts';
import { shell } from '../../worker/actors/shell.ts';
import type { ShellResult } from '../../worker/shell/run.ts';
import { startWorker, type WorkerOptions } from '../../worker/worker.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { attemptOf, startTestWorker, taskEnd } from './start.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

type Work = (context: ActorContext) => unknown;

/** The end of a task that does this, on a worker that may run commands. */
async function run(execute: Work, options: Partial<WorkerOptions> = { shell: true }): Promise<Task> {
  const actor = defineActor({
    name: 'runs',
    retry: { max_retries: 0 },
    execute: (_, context) => execute(context),
  });
  const worker = await startTestWorker(queue, [actor], options);
  const { task_id } = await enqueueTask(queue, { actor: 'runs', payload: {} });
  const task = await taskEnd(queue, task_id, 20_000);
  await worker.stop();
  return task;
}

async function resultOf(command: string, options = {}): Promise<ShellResult> {
  let result: ShellResult | undefined;
  const { error } = await run(async ({ runShell }) => {
    result = await runShell(command, options);
  });
  expect(error).toBeUndefined();
  return result!;
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** A file for pids, gone after the test. */
async function pidFile(): Promise<{ path: string; read: () => Promise<number> }> {
  const directory = await mkdtemp(join(tmpdir(), 'callsheet-shell-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'pid');
  const read = () =>
    waitFor(async () => Number(await readFile(path, 'utf8').catch(() => '')) || null, { timeoutMs: 10_000 });
  return { path, read };
}

test('a command answers itself, both outputs and its exit code', async () => {
  const command = 'echo out; echo "ünï" >&2';
  expect(await resultOf(command)).toEqual({ command, stdout: 'out\n', stderr: 'ünï\n', returncode: 0 });
});

test.each([
  ['exit 3', 3],
  ['no-such-command-anywhere', 127],
  ['kill -9 $$', 137],
])('%s is a result and no error', async (command, returncode) => {
  expect(await resultOf(command)).toMatchObject({ returncode });
});

test('it runs where it is told, with the variables it is given', async () => {
  const options = { cwd: tmpdir(), env: { GREETING: 'hello $HOME' } };
  expect(await resultOf('pwd; printf %s "$GREETING"', options)).toMatchObject({
    stdout: `${tmpdir()}\nhello $HOME`,
  });
});

test('a directory that is not there, and wrong options, are errors that say so', async () => {
  expect((await run(({ runShell }) => runShell('true', { cwd: '/not/there' }))).error).toMatchObject({
    message: expect.stringContaining('ENOENT'),
  });
  expect((await run(({ runShell }) => runShell('true', { timeout_ms: -1 }))).error).toMatchObject({
    type: 'TypeError',
    message: expect.stringContaining('timeout_ms'),
  });
});

test('the time limit kills all that the command started, and keeps what it had written', async () => {
  const pid = await pidFile();
  const began = performance.now();
  const result = await resultOf(`echo begun; sleep 60 & echo $! > ${pid.path}; wait`, { timeout_ms: 500 });
  expect(result).toMatchObject({ stdout: 'begun\n', returncode: -1 });
  expect(result.stderr).toContain('longer than 500 ms');
  expect(performance.now() - began).toBeLessThan(10_000);
  const sleeper = await pid.read();
  await waitFor(() => !isAlive(sleeper));
});

test('what a command leaves running ends with it, and is not waited for', async () => {
  const pid = await pidFile();
  const result = await resultOf(`sleep 60 & echo $! > ${pid.path}; echo done`);
  expect(result).toMatchObject({ stdout: 'done\n', returncode: 0 });
  const sleeper = await pid.read();
  await waitFor(() => !isAlive(sleeper));
});

test('an output that something far away holds open is not waited for either', async () => {
  const pid = await pidFile();
  const result = await resultOf(`setsid sh -c 'echo $$ > ${pid.path}; exec sleep 60' & sleep 0.5; echo done`);
  expect(result).toMatchObject({ stdout: 'done\n', returncode: 0 });
  process.kill(await pid.read(), 'SIGKILL');
});

test('a cancelled task kills its command, which rejects with the reason', async () => {
  const pid = await pidFile();
  let threw: unknown;
  const ended = run(async ({ runShell }) => {
    await runShell(`echo $$ > ${pid.path}; sleep 60`).catch((error: unknown) => {
      threw = error;
      throw error;
    });
  });
  const shellPid = await pid.read();
  const task = await queue.tasks.findOne({ actor: 'runs', status: 'processing' });
  await cancelTask(queue, task!._id);
  expect(await ended).toMatchObject({ status: 'cancelled' });
  expect(threw).toMatchObject({ name: 'Cancelled' });
  expect(isAlive(shellPid)).toBe(false);
});

test('a command that its actor forgot ends with the attempt', async () => {
  const pid = await pidFile();
  const task = await run(async ({ runShell }) => {
    void runShell(`echo $$ > ${pid.path}; sleep 60`);
    await pid.read();
  });
  expect(task).toMatchObject({ status: 'completed' });
  const forgotten = await pid.read();
  await waitFor(() => !isAlive(forgotten));
});

test('of a long output the beginning and the end are kept, and what is missing is said', async () => {
  const { stdout } = await resultOf('echo first; head -c 3000000 /dev/zero | tr "\\0" x; echo; echo last');
  expect(stdout.length).toBeLessThan(1024 ** 2 + 100);
  expect(stdout).toMatch(/^first\nx+\n\[… 1951436 bytes left out …\]\nx+\nlast\n$/);
  const short = await resultOf('printf abcdefghij', { keep_bytes: 4 });
  expect(short.stdout).toBe('ab\n[… 6 bytes left out …]\nij');
  expect((await resultOf('printf abcd', { keep_bytes: 4 })).stdout).toBe('abcd');
});

test('no key of the worker is in the environment of a command, unless it is given', async () => {
  const planted = {
    MONGODB_URI: 'mongodb://planted',
    CALLSHEET_KEYS: 'a:admin:planted',
    FAL_KEY: 'planted',
    AWS_ACCESS_KEY_ID: 'planted',
    PGPASSWORD: 'planted',
    OTHER_URL: 'redis://me:planted@there',
    HARMLESS: 'kept',
  };
  const before = Object.keys(planted).map(name => [name, process.env[name]] as const);
  Object.assign(process.env, planted);
  onTestFinished(() => {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });
  const { stdout } = await resultOf('env', { env: { GIVEN_KEY: 'given' } });
  expect(stdout).not.toContain('planted');
  expect(stdout).toContain('HARMLESS=kept');
  expect(stdout).toContain('PATH=');
  expect(stdout).toContain('GIVEN_KEY=given');
});

test('a worker that does not allow it fails the task for good and says how to allow it', async () => {
  const task = await run(({ runShell }) => runShell('true'), {});
  expect(task).toMatchObject({ status: 'failed', dead: true, error: { type: 'ShellOff' } });
  expect(task.error?.message).toContain('WORKER_SHELL=1');
});

test('the actor `shell` answers what the command did, and a result that fits whatever it wrote', async () => {
  await startTestWorker(queue, [shell], { shell: true });
  const end = (payload: { command: string; timeout_ms?: number }) =>
    attemptOf(queue, { actor: 'shell', payload });
  expect((await end({ command: 'echo hi; exit 2' })).result).toEqual({
    command: 'echo hi; exit 2',
    stdout: 'hi\n',
    stderr: '',
    returncode: 2,
  });
  const nul = await end({ command: 'head -c 200000 /dev/zero; head -c 200000 /dev/zero >&2' });
  expect(nul).toMatchObject({ status: 'completed', result: { returncode: 0 } });
  expect(await end({ command: 'sleep 9', timeout_ms: 50 })).toMatchObject({ result: { returncode: -1 } });
});

test('an isolated actor runs commands too, which end when it is cancelled', async () => {
  const pid = await pidFile();
  const directory = join(pid.path, '..');
  await writeFile(
    join(directory, 'apart.mjs'),
    `export default {
      name: 'apart',
      isolated: true,
      retry: { max_retries: 0 },
      execute: ({ command }, { runShell }) => runShell(command),
    };`,
  );
  const actors = new ActorRegistry();
  await loadActors(actors, ['apart.mjs'], directory);
  const worker = await startWorker({ queue, actors, shell: true, drain_ms: 100, heartbeat_ms: 200 });
  onTestFinished(() => worker.stop());
  const short = await attemptOf(queue, { actor: 'apart', payload: { command: 'echo from afar; exit 4' } });
  expect(short.result).toMatchObject({ stdout: 'from afar\n', returncode: 4 });
  const long = await enqueueTask(queue, {
    actor: 'apart',
    payload: { command: `echo $$ > ${pid.path}; sleep 60` },
  });
  const shellPid = await pid.read();
  await cancelTask(queue, long.task_id);
  expect(await taskEnd(queue, long.task_id)).toMatchObject({ status: 'cancelled' });
  await waitFor(() => !isAlive(shellPid));
});
