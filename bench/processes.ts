// Our own programs as processes of their own, as users run them, and how much memory they hold.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface Program {
  pid: number;
  /** Megabytes of resident memory now (Linux). */
  rssMb(): number;
  /** Milliseconds of CPU so far (Linux). */
  cpuMs(): number;
  stop(): Promise<void>;
}

/** Starts `node <folder>` from the root and resolves once one of its log lines has `ready` in it. */
export async function startProgram(
  folder: string,
  env: Record<string, string>,
  ready: string,
): Promise<Program> {
  const child = spawn(process.execPath, [folder], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await lineWith(child, ready);
  return {
    pid: child.pid!,
    rssMb: () => rssMb(child.pid!),
    cpuMs: () => cpuMs(child.pid!),
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function lineWith(child: ChildProcess, text: string): Promise<void> {
  const lines = createInterface({ input: child.stdout! });
  await new Promise<void>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`The program ended with ${code} before it was ready.`)));
    lines.on('line', line => {
      if (line.includes(text)) resolve();
    });
  });
}

function rssMb(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1_024);
}

/** The kernel counts in hundredths of a second. */
function cpuMs(pid: number): number {
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system] = rest.split(' ').slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}
