// How a command ends when it cannot go on: one message for people, and the exit code that says whose turn it is.
import { CannotStartMongod, MongodNotFound, UnusableFolder } from '../embedded/index.ts';
import { UnreachableDatabase } from '../queue/index.ts';
import { InvalidSettings } from '../queue/program/settings.ts';
import { CannotListen } from '../server/index.ts';
import { InvalidActor } from '../worker/index.ts';
import { AlreadyRunning } from './one-start.ts';

/** 0 done, 1 it failed, 2 wrong use or configuration. */
export type ExitCode = 0 | 1 | 2;

/** What whoever started the command can mend. */
const misuse = [
  AlreadyRunning,
  CannotListen,
  CannotStartMongod,
  InvalidActor,
  InvalidSettings,
  MongodNotFound,
  UnreachableDatabase,
  UnusableFolder,
];

/** Writes what went wrong to stderr; 2 when the one who started the command can mend it, else 1. */
export function explainFailure(error: unknown): ExitCode {
  const mendable = misuse.some(kind => error instanceof kind);
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return mendable ? 2 : 1;
}
