// What a terminal shows of tasks that end: a line for each, and only their number where thousands end. Pure but for the clock.
import type { AttemptOutcome } from '../queue/index.ts';
import { clean, cut, span } from './output.ts';

/** Lines of one second; a second that has more is summed up, and so are those after it until it is quiet again. */
const LINES = 8;
const WINDOW_MS = 1_000;

interface EndedAttempt {
  task_id: string;
  actor: string;
  outcome: AttemptOutcome;
  run_ms: number;
  /** What went wrong. */
  reason?: string | undefined;
}

export interface TaskLines {
  show(attempt: EndedAttempt): void;
  /** Says something else, within the same bound. */
  say(text: string): void;
  /** Says what has only been counted so far. */
  flush(): void;
}

interface Paper {
  write(line: string): void;
  columns(): number;
  paint(colour: 'green' | 'red' | 'yellow' | 'dim', text: string): string;
}

const outcomes = {
  completed: ['green', '✓', 'completed'],
  failed: ['red', '✗', 'failed'],
  timed_out: ['red', '✗', 'timed out'],
  retried: ['yellow', '↻', 'retry'],
  lost: ['yellow', '?', 'lost'],
  released: ['yellow', '↩', 'given back'],
  cancelled: ['yellow', '⊘', 'cancelled'],
} as const satisfies Record<AttemptOutcome, readonly ['green' | 'red' | 'yellow', string, string]>;

/** Bounded lines on `paper`: at most nine a second, whatever happens. */
export function taskLines(paper: Paper): TaskLines {
  let written = 0;
  let allowed = LINES;
  let counts = new Map<string, number>();
  let turning = false;
  const turn = () => {
    allowed = counts.size > 0 ? 0 : LINES;
    written = 0;
    flush();
    turning = false;
    // While only counts are shown, somebody has to show them, and to see when it is quiet again.
    if (allowed === 0) turnSoon();
  };
  const turnSoon = () => {
    if (!turning) setTimeout(turn, WINDOW_MS).unref();
    turning = true;
  };
  const flush = () => {
    if (counts.size > 0) paper.write(summary(counts));
    counts = new Map();
  };
  const add = (line: () => string, kind: string) => {
    turnSoon();
    if (written < allowed) paper.write(line());
    else counts.set(kind, (counts.get(kind) ?? 0) + 1);
    written += 1;
  };
  return {
    show: attempt => add(() => lineOf(attempt, paper), outcomes[attempt.outcome][2]),
    say: text => add(() => text, 'other messages'),
    flush,
  };
}

/** `09:12:03  ✓ completed    12.4 s  media         7c3f2a9c` */
function lineOf({ task_id, actor, outcome, run_ms, reason = '' }: EndedAttempt, paper: Paper): string {
  const [colour, mark, word] = outcomes[outcome];
  const about = `${lengthOf(run_ms).padStart(8)}  ${cut(actor, 14).padEnd(14)}  ${task_id.slice(-8)}`;
  const head = `${clock()}  ${mark} ${word.padEnd(10)}`;
  const why = reason && cut(`  ${clean(reason)}`, Math.max(0, paper.columns() - head.length - about.length));
  return `${paper.paint('dim', clock())}  ${paper.paint(colour, `${mark} ${word.padEnd(10)}`)}${about}${paper.paint('dim', why)}`;
}

function summary(counts: ReadonlyMap<string, number>): string {
  const parts = [...counts].map(([kind, number]) => `${number.toLocaleString('en')} ${kind}`);
  return `${clock()}  … and ${parts.join(', ')}`;
}

const clock = () => new Date().toTimeString().slice(0, 8);

function lengthOf(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : span(ms);
}
