// Why a mongod ended that should run, in words that say what to do. Its own log is JSON lines.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** MongoDB cannot run here until whoever started it has changed something; the message says what. */
export class CannotStartMongod extends Error {
  override name = 'CannotStartMongod';
}

/** Another mongod has the data open. */
export class DataInUse extends CannotStartMongod {
  override name = 'DataInUse';
}

/** Another program took the port. */
export class PortTaken extends Error {
  override name = 'PortTaken';
}

export interface MongodEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What it complained of, the first complaint first. */
  troubles: string[];
  dbPath: string;
}

const fullDisk = /No space left on device|Disk quota exceeded|File too large/;

/** Whether mongod complains of a disk that takes no more: it may hang for a minute before it ends of that. */
export const saysDiskFull = (trouble: string): boolean => fullDisk.test(trouble);

const permission =
  /read-only (?:directory|file system)|Permission denied|Operation not permitted|Unable to create\/open the lock file/i;

/** How it ended → what to say. The first that fits is the cause: later complaints follow from it. */
const causes: readonly [RegExp, (end: MongodEnd) => Error][] = [
  [
    fullDisk,
    ({ dbPath }) => new Error(`the disk that holds ${dbPath} is full. Make room, then start again.`),
  ],
  [
    /Unable to lock the lock file/,
    ({ dbPath }) =>
      new DataInUse(`another MongoDB${holder(dbPath)} has ${dbPath} open. Stop that one, then start again.`),
  ],
  [/address already in use/i, () => new PortTaken('its port was taken by another program. Start again.')],
  [
    permission,
    ({ dbPath }) =>
      new CannotStartMongod(
        `this user may not write to ${dbPath}. Change its owner, or start in another folder.`,
      ),
  ],
  [
    /Wrong mongod version|UPGRADE PROBLEM|DOWNGRADE|unsupported WiredTiger|unsupported upgrade or downgrade|too recent to start up/,
    ({ dbPath }) =>
      new CannotStartMongod(
        `${dbPath} was written by another version of MongoDB, which this one cannot read. Set MONGOMS_SYSTEM_BINARY to that version's mongod, or move the folder away to begin anew.`,
      ),
  ],
];

/** The error for a mongod that ended before it could be used. */
export function startError(end: MongodEnd): Error {
  return explain('MongoDB did not start', end);
}

/** The error for a mongod that ended while it was used. */
export function lossError(end: MongodEnd): Error {
  return explain('MongoDB has ended by itself', end);
}

function explain(what: string, end: MongodEnd): Error {
  const log = end.troubles.join('\n');
  const cause = causes.find(([pattern]) => pattern.test(log))?.[1](end);
  // Whoever is killed has not said why.
  const trouble = end.signal === 'SIGKILL' ? undefined : end.troubles[0];
  if (!cause) return new Error(`${what} (${exitOf(end)})${trouble ? `: ${trouble}` : ''}`);
  cause.message = `${what}: ${cause.message}`;
  return cause;
}

const signals: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: '; the system does that when memory runs out',
  SIGILL: '; this processor may lack AVX, which MongoDB 5 and newer need',
};

function exitOf({ code, signal }: MongodEnd): string {
  return signal ? `ended by ${signal}${signals[signal] ?? ''}` : `code ${code}`;
}

/** mongod writes its pid into its lock file. */
function holder(dbPath: string): string {
  try {
    const pid = Number(readFileSync(join(dbPath, 'mongod.lock'), 'utf8'));
    return pid > 0 ? ` (process ${pid})` : '';
  } catch {
    return '';
  }
}

const text = z.string().optional().catch(undefined);
const troubleSchema = z.object({
  s: z.enum(['E', 'F']),
  msg: z.string(),
  attr: z
    .object({
      error: z
        .union([z.string(), z.object({ errmsg: z.string() }).transform(({ errmsg }) => errmsg)])
        .optional()
        .catch(undefined),
      message: z
        .object({ msg: z.string(), error_str: text })
        .transform(({ msg, error_str }) => [msg, error_str].filter(Boolean).join(': '))
        .optional()
        .catch(undefined),
      reason: text,
    })
    .optional(),
});

/** What a line of mongod's output complains of; null where it does not. What is no log line comes from the loader or a shell. */
export function readTrouble(line: string): string | null {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return line.trim() || null;
  }
  const { data } = troubleSchema.safeParse(entry);
  if (!data) return null;
  const detail = data.attr?.error ?? data.attr?.message ?? data.attr?.reason;
  return (detail ? `${data.msg} (${detail})` : data.msg).trim();
}
