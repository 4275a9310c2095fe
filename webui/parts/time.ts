// Durations and moments in words. Pure.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration as a person says it: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`. Negative counts as nothing. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < 9_950) return `${(whole / SECOND).toFixed(1)} s`;
  if (whole < MINUTE - 500) return `${Math.round(whole / SECOND)} s`;
  if (whole < HOUR - 500) return pair(whole, MINUTE, 'min', SECOND, 's');
  if (whole < DAY - 30_000) return pair(whole, HOUR, 'h', MINUTE, 'min');
  return pair(whole, DAY, 'd', HOUR, 'h');
}

function pair(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const smalls = Math.round(ms / small);
  const rest = smalls % (big / small);
  const bigs = `${(smalls - rest) / (big / small)} ${bigName}`;
  return rest === 0 ? bigs : `${bigs} ${rest} ${smallName}`;
}

/** A running clock in whole seconds: `0:07`, `12:30`, `1:02:03`. It never jumps between units, so it can tick. */
export function formatClock(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / SECOND);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** How long ago (or how soon) a moment is: `just now`, `5 min ago`, `in 2 h`, `3 days ago`. */
export function formatRelative(at: number, now: number): string {
  const ms = Math.abs(now - at);
  if (ms < 10 * SECOND) return at > now + SECOND ? 'in a moment' : 'just now';
  const text = roughly(ms);
  return at > now ? `in ${text}` : `${text} ago`;
}

function roughly(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  const days = Math.floor(ms / DAY);
  return days === 1 ? '1 day' : `${days} days`;
}

/** The moment itself, to the second, in the reader's own zone and manner. */
export function formatAbsolute(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}
