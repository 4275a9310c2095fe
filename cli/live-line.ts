// What is going on with a task, live: one line that is drawn anew on a terminal, a line per change elsewhere.
import type { ProgressEvent } from '../client/index.ts';
import { clean, cut, span } from './output.ts';
import type { Terminal } from './session.ts';

/** Where a task stands. */
export type Standing = Pick<ProgressEvent, 'status' | 'state' | 'progress' | 'queue'>;

export interface LiveLine {
  show(standing: Standing): void;
  /** Leaves the place to what comes after. */
  end(): void;
}

const clearLine = '\r\u001b[2K';
const width = 24;

/** Writes to stderr: stdout is for the result. */
export function liveLine({ stderr }: Pick<Terminal, 'stderr'>): LiveLine {
  let last = '';
  const show = (standing: Standing) => {
    const line = stderr.isTTY ? barOf(standing) : stateOf(standing);
    if (line === last) return;
    last = line;
    stderr.write(stderr.isTTY ? clearLine + cut(line, (stderr.columns || 80) - 1) : `${line}\n`);
  };
  return { show, end: () => void (stderr.isTTY && stderr.write(clearLine)) };
}

/** `████████░░░░ 42 %  Rendering  (12 s)` */
function barOf(standing: Standing): string {
  const { progress } = standing;
  if (standing.state !== 'running' || progress?.fraction == null) return stateOf(standing);
  const full = Math.round(Math.min(1, Math.max(0, progress.fraction)) * width);
  const percent = `${Math.floor(progress.fraction * 100)}`.padStart(3);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${percent} %  ${clean(progress.message)}  (${span(progress.elapsed_ms)})`;
}

/** The state in words: why it waits, or what its actor says. */
export function stateOf({ state, status, progress, queue }: Standing): string {
  if (state === 'running') return progress?.message ? `running: ${clean(progress.message)}` : 'running';
  if (state === 'assigned') return 'a worker has it';
  if (state !== 'pending') return state;
  if (status === 'scheduled') return 'scheduled';
  const place = queue?.position ? `, ${queue.position.toLocaleString('en')} before it` : '';
  const why = queue?.blocked_by ? `: ${reasons[queue.blocked_by]}` : '';
  return `waiting${why}${place}`;
}

const reasons = {
  limit: 'its limit is reached',
  paused: 'its lane is paused',
  cooldown: 'its lane rests',
  no_worker: 'no live worker serves its actor',
  scheduled: 'its time has not come',
};
