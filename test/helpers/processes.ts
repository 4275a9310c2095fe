// Real child processes for tests, none of which outlives the test file that started it.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll } from 'vitest';
import { waitFor } from './wait.ts';

const KEPT_LINES = 5_000;

export interface SpawnOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** The test leaves it running on purpose: ending it after the file is not a leak. */
  mayOutlive?: boolean;
  /** It leads a process group of its own, as what is started in a terminal does. */
  ownGroup?: boolean;
}

export interface Spawned {
  pid: number;
  /** What it wrote to stdout and stderr so far, the latest lines. */
  lines: string[];
  /** Resolves the first line, past or future, that matches: a pattern, or a predicate over a line that is JSON. */
  waitForLine(
    match: RegExp | ((entry: Record<string, unknown>) => boolean),
    timeoutMs?: number,
  ): Promise<string>;
  kill(signal?: NodeJS.Signals): boolean;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

const started: { child: ChildProcess; what: string; mayOutlive: boolean }[] = [];

const ended = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

afterAll(async () => {
  // One that was told to end may need a moment; anything else is alive because the test forgot it.
  const told = started.filter(({ child }) => child.killed);
  await waitFor(() => told.every(({ child }) => ended(child)), { timeoutMs: 2_000 }).catch(() => {});
  const alive = started.filter(({ child }) => !ended(child));
  for (const { child } of alive) child.kill('SIGKILL');
  const leaks = alive.filter(({ mayOutlive }) => !mayOutlive).map(({ what }) => what);
  if (leaks.length > 0) throw new Error(`Processes were left running: ${leaks.join('; ')}`);
});

/** Starts `node <args>`; `env` is added to ours, where undefined removes a variable. */
export function spawnNode(args: string[], options: SpawnOptions = {}): Spawned {
  return spawnCommand(process.execPath, args, options);
}

/** Starts any command; otherwise as `spawnNode`. */
export function spawnCommand(command: string, args: string[], options: SpawnOptions = {}): Spawned {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.ownGroup ?? false,
  });
  started.push({ child, what: [command, ...args].join(' '), mayOutlive: options.mayOutlive ?? false });
  if (child.pid === undefined) throw new Error(`Cannot start ${command}`);
  const lines = collectLines(child);
  const exited = new Promise<Awaited<Spawned['exited']>>(resolve =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  return {
    pid: child.pid,
    lines,
    waitForLine: lineWaiter(child, lines),
    kill: signal => child.kill(signal),
    exited,
  };
}

function collectLines(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface(stream).on('line', line => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
    });
  }
  return lines;
}

function lineWaiter(child: ChildProcess, lines: string[]): Spawned['waitForLine'] {
  return async (match, timeoutMs = 30_000) => {
    const what = () => `a line that matches ${String(match)}; it wrote:\n${lines.slice(-20).join('\n')}`;
    const find = () => lines.find(line => matches(line, match));
    const found = await waitFor(() => find() ?? (ended(child) ? { gone: true } : null), {
      timeoutMs,
      description: what,
    });
    if (typeof found === 'string') return found;
    throw new Error(`The process ended without ${what()}`);
  };
}

function matches(line: string, match: Parameters<Spawned['waitForLine']>[0]): boolean {
  if (match instanceof RegExp) return match.test(line);
  try {
    return match(JSON.parse(line));
  } catch {
    return false;
  }
}
