#!/usr/bin/env node
// The entry of the `callsheet` command.
import { CommanderError } from 'commander';
import { buildProgram } from './program.ts';

// Whoever reads has read enough, as in `callsheet list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

let exitCode: number | null = 0;
try {
  await buildProgram(code => {
    exitCode = code;
  }).parseAsync();
} catch (error) {
  // commander has written what is wrong; help that was asked for is no mistake.
  if (!(error instanceof CommanderError)) throw error;
  exitCode = error.exitCode === 0 ? 0 : 2;
}
if (exitCode !== null) process.exit(exitCode);
