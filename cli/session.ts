// One command that speaks HTTP: its server, what it prints, and how it ends.
import { type Client, Problem, Unreachable } from '../client/index.ts';
import { type OptionNames, openClient, wordsOf } from './client.ts';
import { clean } from './output.ts';
import { WrongUse } from './wrong-use.ts';

/** 0 done, 1 the task or check failed, 2 wrong use or configuration. */
type ExitCode = 0 | 1 | 2;

type Output = Pick<NodeJS.WritableStream, 'write'> & { isTTY?: boolean; columns?: number };

/** What surrounds a command: the process, or a test. */
export interface Terminal {
  stdout: Output;
  stderr: Output;
  environment: NodeJS.ProcessEnv;
  directory: string;
}

export interface Session {
  client: Client;
  /** JSON of what the server answers was asked for, instead of words. */
  json: boolean;
  terminal: Terminal;
  /** Says it to people, or prints the value where JSON was asked for. */
  print: (value: unknown, words: string) => void;
}

type Work = (session: Session) => Promise<ExitCode>;
/** Runs a command's work and reports its exit code; `names` are its options by the fields that they are sent as. */
export type Finish = (options: { json?: boolean }, work: Work, names?: OptionNames) => Promise<void>;

/** How commands finish here: an error is one line on stderr; who can mend it decides the code. */
export function finisher(terminal: Terminal, done: (code: ExitCode) => void): Finish {
  return async ({ json = false }, work, names) => {
    try {
      // Loaded only for a command that speaks to a server: schemas take a while.
      const { readClientSettings } = await import('./client-settings.ts');
      const client = openClient(await readClientSettings(terminal.environment, terminal.directory));
      const print = (value: unknown, words: string) =>
        void terminal.stdout.write(`${json ? JSON.stringify(value) : words}\n`);
      done(await work({ client, json, terminal, print }));
    } catch (error) {
      const lines = wordsOf(error, names).split('\n').map(clean);
      terminal.stderr.write(`${lines.join('\n')}\n`);
      done(codeOf(error));
    }
  };
}

/** Statuses that say that the command, its key or its address is wrong, rather than the task. */
const misused = [400, 401, 403, 413, 415, 422];

function codeOf(error: unknown): ExitCode {
  if (error instanceof Problem)
    return misused.includes(error.status) || error.kind === 'unknown-actor' ? 2 : 1;
  const usage = [Unreachable, WrongUse];
  return usage.some(kind => error instanceof kind) ? 2 : 1;
}
