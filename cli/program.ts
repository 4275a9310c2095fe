// The commands of `callsheet` as commander sees them; what a command does is in commands/, loaded when it is asked for.
import { Command } from 'commander';
import { version } from '../worker/version.ts';

const where = 'on the MongoDB of MONGODB_URI or of a running `callsheet up`';

const actions = {
  up: async () => (await import('./commands/up.ts')).up,
  server: async () => (await import('./commands/server.ts')).server,
  worker: async () => (await import('./commands/worker.ts')).worker,
};

/**
 * Builds the command line; the exit code of the command that ran goes to `done` (null: the process
 * goes on and ends by itself). Wrong use is written to stderr and thrown as a
 * CommanderError, and so is (with exit code 0) the help that was asked for.
 */
export function buildProgram(done: (code: number | null) => void): Command {
  const program = new Command('callsheet')
    .description('A task queue for slow, paid, rate-limited work, kept in MongoDB.')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('Run callsheet --help to see how it is used.');
  const commands = [
    ['up', 'start everything in one process: MongoDB, the server and one worker'],
    ['server', `start the HTTP server alone, ${where}`],
    ['worker', `start one worker alone, ${where}`],
  ] as const;
  for (const [name, description] of commands) {
    program
      .command(name)
      .description(description)
      .option('--json', 'log JSON, also on a terminal')
      .action(async ({ json }: { json?: boolean }) => {
        // Every room asks stdout whether people read it.
        if (json) process.stdout.isTTY = false;
        done(await (await actions[name]())());
      });
  }
  return program;
}
