// Reads from mongod's own log why it did not start. Its log lines are JSON.
import { z } from 'zod';

const troubleSchema = z.object({
  s: z.enum(['E', 'F']),
  msg: z.string(),
  attr: z.object({ error: z.union([z.string(), z.object({ errmsg: z.string() })]).optional() }).optional(),
});

/** Another mongod has the data open. */
export class DataInUse extends Error {
  override name = 'DataInUse';
}

/** Another program took the port. */
export class PortTaken extends Error {
  override name = 'PortTaken';
}

/** The error for a mongod that ended with `code` before it took connections; `log` is the end of what it wrote. */
export function startError(code: number | null, log: string): Error {
  const trouble = log
    .split('\n')
    .map(readTrouble)
    .find(text => text !== null);
  const message = `MongoDB did not start (code ${code})${trouble ? `: ${trouble}` : ''}`;
  if (log.includes('DBPathInUse')) return new DataInUse(message);
  return /address already in use/i.test(log) ? new PortTaken(message) : new Error(message);
}

function readTrouble(line: string): string | null {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return null;
  }
  const { data } = troubleSchema.safeParse(entry);
  if (!data) return null;
  const error = data.attr?.error;
  const detail = typeof error === 'string' ? error : error?.errmsg;
  return detail ? `${data.msg} (${detail})` : data.msg;
}
