// Runs one command in a shell, in a process group of its own: nothing of it outlives the call.
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { z } from 'zod';
import { Ends } from './ends.ts';

export interface ShellOptions {
  /** The command and all that it started are killed after this long; unlimited unless said. */
  readonly timeout_ms?: number | undefined;
  /** The working directory; the worker's unless said. */
  readonly cwd?: string | undefined;
  /** Environment variables beside the worker's own. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Bytes kept of each output; 1 MiB unless said, at most 16. */
  readonly keep_bytes?: number | undefined;
}

export interface ShellResult {
  command: string;
  /** What it wrote, as UTF-8: of more than `keep_bytes` the beginning and the end, with a line between them that says so. */
  stdout: string;
  stderr: string;
  /** Its exit code; 128 and the number of the signal that ended it; -1 where `timeout_ms` did. */
  returncode: number;
}

const mebibyte = 1024 ** 2;

const optionsSchema = z.strictObject({
  timeout_ms: z
    .number()
    .positive()
    .max(7 * 24 * 3_600_000)
    .optional(),
  cwd: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
  keep_bytes: z
    .int()
    .min(2)
    .max(16 * mebibyte)
    .default(mebibyte),
});

type Options = z.output<typeof optionsSchema>;

function checkOptions(options: ShellOptions): Options {
  const { success, data, error } = optionsSchema.safeParse(options);
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'they'}: ${message}`);
  throw new TypeError(`The options of runShell are wrong: ${problems.join('; ')}.`);
}

/**
 * Resolves once the command has ended, whatever its exit code. Rejects with the reason of `signal` when that aborts, and
 * with an error when no shell can be started, as in a directory that is not there.
 */
export async function runCommand(
  command: string,
  asked: ShellOptions,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<ShellResult> {
  const options = checkOptions(asked);
  signal.throwIfAborted();
  const { cwd, keep_bytes } = options;
  const env = { ...environment, ...options.env };
  const shell = spawn('/bin/sh', ['-c', command], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = collect(shell.stdout, keep_bytes);
  const stderr = collect(shell.stderr, keep_bytes);
  const { code, timedOut } = await watch(shell, options, signal);
  signal.throwIfAborted();
  const late = timedOut ? `\nThe command ran longer than ${options.timeout_ms} ms and was killed.` : '';
  return { command, stdout: stdout.text(), stderr: stderr.text() + late, returncode: timedOut ? -1 : code };
}

function collect(output: NodeJS.ReadableStream, bytes: number): Ends {
  const ends = new Ends(bytes);
  output.on('data', (chunk: Buffer) => ends.push(chunk));
  return ends;
}

/** Waits for the end, and kills it when it is time. */
async function watch(
  shell: ChildProcess,
  { timeout_ms }: Options,
  signal: AbortSignal,
): Promise<{ code: number; timedOut: boolean }> {
  let timedOut = false;
  const stop = () => killGroup(shell);
  const stopLate = () => {
    timedOut = true;
    stop();
  };
  const timer = timeout_ms === undefined ? undefined : setTimeout(stopLate, timeout_ms);
  signal.addEventListener('abort', stop);
  try {
    const code = await endOf(shell);
    return { code, timedOut };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

// Something that left the group may hold the outputs open for as long as it lives.
const lingerMs = 200;

/** The exit code of the shell, once its group is gone and its outputs are read. Rejects where it cannot be started. */
function endOf(shell: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let linger: NodeJS.Timeout | undefined;
    const close = () => {
      shell.stdout?.destroy();
      shell.stderr?.destroy();
    };
    shell.on('error', reject);
    shell.on('exit', () => {
      killGroup(shell);
      linger = setTimeout(close, lingerMs);
    });
    shell.on('close', (code, signal) => {
      clearTimeout(linger);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of it is left.
  }
}
