// `Prefer: wait=N` (RFC 7240): an answer that is held until a task has ended, on the hub as streams are.
import type { Context } from 'hono';
import type { AppEnv, Parts } from './parts.ts';

const maxSeconds = 60;

/** The seconds that a request prefers to wait, at most 60; null without that preference. What is no number is no preference. */
function preferredWait(c: Context): number | null {
  for (const preference of (c.req.header('Prefer') ?? '').split(/[,;]/)) {
    const [, seconds] = /^\s*wait\s*=\s*"?(\d{1,6})"?\s*$/i.exec(preference) ?? [];
    if (seconds !== undefined) return Math.min(Number(seconds), maxSeconds);
  }
  return null;
}

/**
 * Waits for the end of a task as long as the request prefers, or `usual` seconds; says so in the answer. Resolves whether it
 * has ended, at once false where nobody wants to wait. A client that goes away is not waited for.
 */
export async function waitAsPreferred(
  c: Context<AppEnv>,
  { hub }: Parts,
  task_id: string,
  usual = 0,
): Promise<boolean> {
  const preferred = preferredWait(c);
  if (preferred !== null) c.header('Preference-Applied', `wait=${preferred}`);
  const seconds = preferred ?? usual;
  return seconds > 0 && hub.ends(task_id, seconds * 1_000, c.req.raw.signal);
}
