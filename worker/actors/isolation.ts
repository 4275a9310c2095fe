// Actors that run in a thread of their own: what they say of it, and whether a thread could find them at all.
import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** How to run an actor in a thread. */
export interface Isolation {
  /** The module that the thread imports, and that exports the actor: a `file:` address. */
  module: string;
  /** The thread's heap may grow to this; above it the thread ends, and the attempt with it. */
  memory_mb: number;
}

export const isolationSchema = z.union([
  z.boolean(),
  z.strictObject({ memory_mb: z.int().min(16).max(1_048_576) }),
]);

const defaultMemoryMb = 1_024;

/** The isolation of an actor, or why there can be none. */
export function isolationOf(
  isolated: true | { memory_mb: number },
  module: string | undefined,
): Isolation | string {
  if (module === undefined)
    return 'an isolated actor runs in a thread that imports it anew: give it `module: import.meta.url`, or name its file in CALLSHEET_ACTORS';
  const path = pathOf(module);
  if (path === null) return '`module` must be the file: address of the module that exports it';
  if (!existsSync(path)) return `its module ${path} does not exist`;
  if (isProgram(path))
    return `its module ${path} is the program itself, which its thread would start once more: export it from a file of its own`;
  return { module, memory_mb: isolated === true ? defaultMemoryMb : isolated.memory_mb };
}

function pathOf(module: string): string | null {
  try {
    return fileURLToPath(module);
  } catch {
    return null;
  }
}

function isProgram(path: string): boolean {
  const [, program] = process.argv;
  return program !== undefined && existsSync(program) && realpathSync(program) === realpathSync(path);
}
