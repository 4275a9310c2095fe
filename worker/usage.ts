// What `node worker` takes on its command line, which is next to nothing: its settings are environment variables.
import type { ZodType } from 'zod';
import { workerSettings } from './config.ts';

const about =
  'Runs tasks, on the MongoDB of MONGODB_URI or of an `npm start` in this directory, until SIGTERM or Ctrl-C.';

/** Obeys the arguments: what is asked for is said, and the exit code resolved; null when it is to run. */
export function obey(args: readonly string[]): 0 | 2 | null {
  const unknown = args.find(argument => !['--help', '-h', '--json'].includes(argument));
  if (unknown !== undefined) {
    process.stderr.write(`Unknown argument ${JSON.stringify(unknown)}. See node worker --help.\n`);
    return 2;
  }
  // Whatever writes asks stdout whether people read it.
  if (args.includes('--json')) process.stdout.isTTY = false;
  if (args.every(argument => argument === '--json')) return null;
  const options = '  --json      log JSON, also on a terminal\n  -h, --help  say this';
  process.stdout.write(
    `Usage: node worker [options]\n\n${about}\n\nOptions:\n${options}\n\nEnvironment variables:\n${describeVariables(workerSettings.shape)}\n`,
  );
  return 0;
}

/** A line for each variable of a schema: its name, its meaning, its default. */
export function describeVariables(shape: Readonly<Record<string, ZodType>>): string {
  const width = Math.max(...Object.keys(shape).map(name => name.length));
  const lines = Object.entries(shape).map(([name, schema]) => {
    const value = schema.safeParse(undefined).data;
    const fallback = typeof value === 'string' || typeof value === 'number' ? ` (default ${value})` : '';
    return `  ${name.padEnd(width)}  ${schema.description ?? ''}${fallback}`;
  });
  return lines.join('\n');
}
