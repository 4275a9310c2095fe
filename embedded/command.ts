// Runs an outside program to its end, within a time limit and with bounded memory.
import { spawn } from 'node:child_process';

const KEPT_CHARACTERS = 8_000;

export interface CommandOptions {
  /** The whole environment of the program; ours when not given. */
  env?: NodeJS.ProcessEnv;
  /** It is killed after this long. */
  timeoutMs: number;
  /** It is killed when it has written nothing for this long. */
  idleMs?: number;
  /** Gets each piece of output as it comes. */
  onOutput?: (text: string) => void;
}

export interface CommandResult {
  ok: boolean;
  /** The end of what it wrote, stdout and stderr together, or why it could not run. */
  output: string;
}

/** Runs `command`; never rejects: a program that is missing, fails or takes too long is a result that is not `ok`. */
export function runCommand(command: string, args: string[], options: CommandOptions): Promise<CommandResult> {
  return new Promise(resolve => {
    const child = spawn(command, args, { env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    // Not waiting for its end: something that it started may hold its output open.
    const kill = (why: string) => {
      output += `\n${why}`;
      child.kill('SIGKILL');
      end(false);
    };
    const limit = setTimeout(() => kill(`no end after ${options.timeoutMs / 1000} s`), options.timeoutMs);
    const idle = setTimeout(() => kill('no answer'), options.idleMs ?? options.timeoutMs);
    const read = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-KEPT_CHARACTERS);
      idle.refresh();
      options.onOutput?.(chunk.toString());
    };
    // A download must not go on alone.
    const abandon = () => child.kill('SIGKILL');
    process.once('exit', abandon);
    const end = (ok: boolean) => {
      process.off('exit', abandon);
      clearTimeout(limit);
      clearTimeout(idle);
      resolve({ ok, output: output.trim() });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', error => {
      output += error.message;
      end(false);
    });
    child.once('close', code => end(code === 0));
  });
}
