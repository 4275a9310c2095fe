// Commands as a test runs them: in this process, with a terminal that keeps what was said.
import { CommanderError } from 'commander';
import { buildProgram } from '../../cli/program.ts';
import type { Terminal } from '../../cli/session.ts';

export interface Said {
  code: number | null;
  out: string;
  err: string;
}

export interface RunOptions {
  url?: string;
  environment?: NodeJS.ProcessEnv;
  directory?: string;
  /** Hears stderr as it is written. */
  onError?: (text: string) => void;
}

/** Runs `callsheet <args>` against a server. */
export async function runCommand(args: string[], options: RunOptions = {}): Promise<Said> {
  const said: Said = { code: null, out: '', err: '' };
  const keep = (add: (text: string) => void) => ({
    write: (text: string | Uint8Array) => {
      add(text.toString());
      return true;
    },
  });
  const terminal: Terminal = {
    stdout: keep(text => (said.out += text)),
    stderr: keep(text => {
      said.err += text;
      options.onError?.(text);
    }),
    environment: { ...options.environment, ...(options.url && { CALLSHEET_URL: options.url }) },
    directory: options.directory ?? '/nowhere',
  };
  try {
    await buildProgram(code => (said.code = code), terminal).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    said.code = error.exitCode === 0 ? 0 : 2;
  }
  return said;
}
