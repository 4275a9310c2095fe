/*
 * What a client has seen, as the `id` of its events: given back on a reconnect, so that it gets only what is newer.
 *
 *   one task          its rev
 *   named tasks, run  the rev of each task sent so far, under the end of its id: exact, and known to every server
 *   all tasks         the moment of the read: a task that changed later is new
 */

export type CursorKind = 'task' | 'tasks' | 'all';

/** What a client says it has seen. */
export type Seen = { rev: number } | { revs: ReadonlyMap<string, number> } | { moment: number };

export const nothingSeen = {
  task: { rev: -1 },
  tasks: { revs: new Map() },
  all: { moment: Infinity },
} as const satisfies Record<CursorKind, Seen>;

const maxEntries = 100;
// Eight random digits of a version 7 UUID: two of a hundred tasks share them once in a million streams.
const tail = (task_id: string) => task_id.slice(-8);

/** The cursor after the tasks of `sent` (in the order sent; the latest count), read at `moment`. */
export function writeCursor(
  kind: CursorKind,
  rev: number,
  sent: ReadonlyMap<string, number>,
  moment: number,
): string {
  if (kind === 'task') return String(rev);
  if (kind === 'all') return `t${moment}`;
  const latest = [...sent].slice(-maxEntries);
  return `r${latest.map(([task_id, seen]) => `${tail(task_id)}${seen.toString(36)}`).join('.')}`;
}

/** The cursor in a text that came from outside, or null when it is none of this kind. */
export function readCursor(kind: CursorKind, text: string): Seen | null {
  if (kind === 'task')
    return /^\d{1,400}$/.test(text) ? { rev: Math.min(Number(text), Number.MAX_SAFE_INTEGER) } : null;
  if (kind === 'all') return /^t\d{1,15}$/.test(text) ? { moment: Number(text.slice(1)) } : null;
  const entries = text.slice(1).split('.');
  const wellFormed =
    text.startsWith('r') && entries.every(entry => /^[0-9a-f]{8}[0-9a-z]{1,10}$/.test(entry));
  if (!wellFormed || entries.length > maxEntries) return null;
  return { revs: new Map(entries.map(entry => [entry.slice(0, 8), Number.parseInt(entry.slice(8), 36)])) };
}

/** Of two cursors of one kind the one that has seen more. */
export function laterOf(a: Seen, b: Seen): Seen {
  if ('rev' in a && 'rev' in b) return { rev: Math.max(a.rev, b.rev) };
  if ('moment' in a && 'moment' in b) return { moment: Math.max(a.moment, b.moment) };
  if (!('revs' in a && 'revs' in b)) return a;
  const revs = new Map(a.revs);
  for (const [key, rev] of b.revs) revs.set(key, Math.max(rev, revs.get(key) ?? -1));
  return { revs };
}

/** Whether a client with this cursor knows this state of the task already. */
export function hasSeen(seen: Seen, event: { task_id: string; rev: number; changed_at: number }): boolean {
  if ('rev' in seen) return event.rev <= seen.rev;
  if ('revs' in seen) return event.rev <= (seen.revs.get(tail(event.task_id)) ?? -1);
  return event.changed_at < seen.moment;
}
