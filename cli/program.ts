// The commands of `callsheet` as commander sees them; what a command does is in commands/, loaded when it is asked for.
import { Command } from 'commander';
import { version } from '../worker/version.ts';
import { addClientCommands } from './client-commands.ts';
import { finisher, type Terminal } from './session.ts';

const where = 'on the MongoDB of MONGODB_URI or of a running `callsheet up`';
const logs = 'log JSON, also on a terminal';
const answers = 'print what was found as JSON';

const actions = {
  up: async () => (await import('./commands/up.ts')).up,
  server: async () => (await import('./commands/server.ts')).server,
  worker: async () => (await import('./commands/worker.ts')).worker,
  verify: async () => (await import('./commands/verify.ts')).verify,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
};

/** The commands that use the database. */
const commands = [
  ['up', 'start everything in one process: MongoDB, the server and one worker', logs],
  ['server', `start the HTTP server alone, ${where}`, logs],
  ['worker', `start one worker alone, ${where}`, logs],
  ['verify', `prove from stored history that limits held and nothing was lost, ${where}`, answers],
  ['doctor', 'check everything that Callsheet needs, and say what to do about what is missing', answers],
] as const;

const thisProcess: Terminal = {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  directory: process.cwd(),
};

/**
 * Builds the command line; the exit code of the command that ran goes to `done` (null: the process
 * goes on and ends by itself). Wrong use is written to stderr and thrown as a
 * CommanderError, and so is (with exit code 0) the help that was asked for.
 */
export function buildProgram(done: (code: number | null) => void, terminal: Terminal = thisProcess): Command {
  const program = new Command('callsheet')
    .description('A task queue for slow, paid, rate-limited work, kept in MongoDB.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: text => void terminal.stdout.write(text),
      writeErr: text => void terminal.stderr.write(text),
    })
    .showSuggestionAfterError()
    .hook('preSubcommand', explainVariables);
  for (const [name, description, json] of commands)
    program
      .command(name)
      .description(description)
      .option('--json', json)
      .action(async (options: { json?: boolean }) => {
        // Every room asks stdout whether people read it.
        if (options.json) process.stdout.isTTY = false;
        done(await (await actions[name]())({ json: options.json === true }, terminal));
      });
  addClientCommands(program, finisher(terminal, done));
  program
    .command('help [command...]')
    .description('say how a command is used')
    .action(async (names: string[]) => {
      await program.parseAsync([...names, '--help'], { from: 'user' });
    });
  hintAtHelp(program, 'callsheet');
  return program;
}

/** Wrong use is answered with where to read on: the help of that very command. */
function hintAtHelp(command: Command, path: string): void {
  command.showHelpAfterError(`Run ${path} --help to see how it is used.`);
  if (command.parent && command.commands.length > 0) command.hook('preSubcommand', refuseUnknown);
  for (const inner of command.commands) hintAtHelp(inner, `${path} ${inner.name()}`);
}

/** commander would hand an unknown word to the default command as an argument. */
function refuseUnknown(group: Command, chosen: Command): void {
  const [asked = '-'] = group.args;
  if (asked.startsWith('-') || asked === chosen.name()) return;
  const names = group.commands.map(command => command.name()).join(', ');
  group.error(`error: unknown command '${asked}' (there are ${names})`);
}

/** Only for a command whose help is asked for: schemas take a while to load. */
async function explainVariables(_program: Command, command: Command): Promise<void> {
  const args = command.parent?.args ?? [];
  if (!args.includes('--help') && !args.includes('-h')) return;
  const { helpOnVariables } = await import('./variables.ts');
  command.addHelpText('after', helpOnVariables(command.name()));
}
