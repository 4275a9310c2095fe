// What `node server` and `node worker` take on their command lines, which is next to nothing: their settings are
// environment variables.
import type { ZodType } from 'zod';

type Shape = Readonly<Record<string, ZodType>>;

export interface Program {
  /** As it is called: `node worker`. */
  name: string;
  about: string;
  /** The variables that it reads. */
  shape: Shape;
}

/** Obeys the arguments: what is asked for is said, and the exit code resolved; null when it is to run. */
export function obey({ name, about, shape }: Program, args: readonly string[]): 0 | 2 | null {
  const unknown = args.find(argument => !['--help', '-h', '--json'].includes(argument));
  if (unknown !== undefined) {
    process.stderr.write(`Unknown argument ${JSON.stringify(unknown)}. See ${name} --help.\n`);
    return 2;
  }
  // Whatever writes asks stdout whether people read it.
  if (args.includes('--json')) process.stdout.isTTY = false;
  if (args.every(argument => argument === '--json')) return null;
  const options = '  --json      log JSON, also on a terminal\n  -h, --help  say this';
  process.stdout.write(
    `Usage: ${name} [options]\n\n${about}\n\nOptions:\n${options}\n\nEnvironment variables:\n${describeVariables(shape)}\n`,
  );
  return 0;
}

/** A line for each variable of a schema: its name, its meaning, its default. */
export function describeVariables(shape: Shape): string {
  const width = Math.max(...Object.keys(shape).map(name => name.length));
  const lines = Object.entries(shape).map(([name, schema]) => {
    const value = schema.safeParse(undefined).data;
    const fallback = typeof value === 'string' || typeof value === 'number' ? ` (default ${value})` : '';
    return `  ${name.padEnd(width)}  ${schema.description ?? ''}${fallback}`;
  });
  return lines.join('\n');
}
