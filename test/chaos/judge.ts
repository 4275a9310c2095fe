// The end of a run: every observer is asked, every invariant checked, and the figures are gathered.
import { verifyHistory } from '../../queue/index.ts';
import { type Call, readCalls } from './calls.ts';
import { checkAll } from './checks.ts';
import { readGauge } from './gauge.ts';
import type { Entry, Ledger } from './ledger.ts';
import type { Outcome } from './report.ts';
import type { Stage } from './stage.ts';
import { readStored, type Stored } from './stored.ts';
import type { Blows } from './storm.ts';

export interface Course {
  title: string;
  ledger: Ledger;
  blows: Blows;
  /** How long the storm took. */
  seconds: number;
  /** Tasks of the saturated key. */
  jammed?: number;
  scouts?: { beside: Entry[]; alone: Entry[]; cleared: number } | undefined;
}

const catchUpMs = 60_000;

/** Judges a run whose workers have stopped. */
export async function judge(stage: Stage, course: Course): Promise<Outcome> {
  const { audit, queue, violations, url } = stage;
  await audit.catchUp(catchUpMs);
  const [stored, seen] = await Promise.all([readStored(queue.db, violations), readCalls(url)]);
  checkAll({ ledger: course.ledger, stored, calls: seen.calls, ended: audit.replay.ended }, violations);
  const gauge = readGauge(seen.calls, stored, violations);
  const verified = await verify(stage);
  const figures: [string, string | number][] = [
    ['MongoDB', await stage.mongods.version()],
    ...describeTasks(course, stored),
    ...describeBlows(course),
    ...describeExecutions(stage, stored, seen.calls),
    ...describeLimits(stage, seen.most, gauge),
    ...describeDelays(course, stored, seen.calls),
    ['changes replayed (stream reopened)', `${audit.changes} (${audit.reopened})`],
    ['looks at the slots (blind ones)', `${stage.sampler.samples} (${stage.sampler.blind})`],
    ['callsheet verify', verified],
  ];
  return { title: course.title, figures, violations, folder: stage.children.folder };
}

async function verify({ queue, violations }: Stage): Promise<string> {
  const report = await verifyHistory(queue);
  for (const { kind, detail } of report.findings) violations.add('verify', `${kind}: ${detail}`);
  const { tasks, attempts } = report.checked;
  const unsure = report.unchecked.reduce((sum, { count }) => sum + count, 0);
  return `${report.violations} violations in ${tasks} tasks, ${attempts} attempts; ${unsure} doubts`;
}

type Rows = [string, string | number][];

const countOf = <T>(items: readonly T[], is: (item: T) => boolean) => items.filter(is).length;
const maxTold = 10;

function tally(counts: ReadonlyMap<string, number>): string {
  if (counts.size > maxTold) return `${Math.max(...counts.values())} at most, in ${counts.size}`;
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
}

function describeTasks({ ledger, seconds, jammed, scouts }: Course, stored: readonly Stored[]): Rows {
  const by = (status: string) => countOf(stored, task => task.status === status);
  const known = new Set(stored.map(task => task._id));
  const lost = countOf(ledger.entries, entry => entry.task_id !== null && !known.has(entry.task_id));
  const twice = countOf(stored, ({ attempts }) => countOf(attempts, one => one.outcome === 'completed') > 1);
  const unknown = ledger.entries.length - ledger.acknowledged;
  return [
    ['seconds of storm', Math.round(seconds)],
    ['tasks acknowledged', ledger.acknowledged],
    [
      'enqueues with an unknown outcome (of which stored)',
      `${unknown} (${stored.length - ledger.acknowledged})`,
    ],
    ['ended completed / failed / cancelled', `${by('completed')} / ${by('failed')} / ${by('cancelled')}`],
    ['**lost**', lost],
    ['**completed twice**', twice],
    ['cancellations granted', countOf(ledger.entries, ({ cancel }) => cancel === 'granted')],
    ...(scouts
      ? ([[`backlog of the saturated key (cancelled at the end)`, `${jammed} (${scouts.cleared})`]] as Rows)
      : []),
  ];
}

function describeBlows({ blows }: Course): Rows {
  return [['blows', tally(blows)]];
}

function describeExecutions(
  { audit, fleet }: Stage,
  stored: readonly Stored[],
  calls: readonly Call[],
): Rows {
  const outcomes = new Map<string, number>();
  for (const { attempts } of stored)
    for (const { outcome } of attempts) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  const claims = audit.replay.counted.get('queued > processing') ?? 0;
  return [
    ['claims, executions', `${claims}, ${calls.length}`],
    ['attempts ended', tally(outcomes)],
    ['tasks executed more than once', countRepeated(calls)],
    ['starts of workers while mongod was away', fleet.failedStarts],
  ];
}

function countRepeated(calls: readonly Call[]): number {
  const times = new Map<string, number>();
  for (const { task_id } of calls) times.set(task_id, (times.get(task_id) ?? 0) + 1);
  return countOf([...times.values()], count => count > 1);
}

function describeLimits(
  { audit }: Stage,
  most: ReadonlyMap<string, number>,
  gauge: ReturnType<typeof readGauge>,
): Rows {
  const limited = new Map([...most].filter(([key]) => key !== ''));
  return [
    ['most in flight at the gauge, by key', tally(limited)],
    ['of those with a claim in force', tally(gauge.most)],
    ['calls that outlived their claim', gauge.late],
    ['claims under a limit just changed', audit.replay.lanes.lateLimits],
  ];
}

function describeDelays({ ledger, scouts }: Course, stored: readonly Stored[], calls: readonly Call[]): Rows {
  const waits = stored
    .filter(({ _id, attempts }) => attempts.length > 0 && ledger.find(_id)?.urgent)
    .map(({ created_at, attempts }) => attempts[0]!.started_at.getTime() - created_at.getTime());
  const rows: Rows = [['longest wait for a first claim (urgent, no limit)', `${Math.max(0, ...waits)} ms`]];
  if (!scouts) return rows;
  const firstCall = new Map(calls.toReversed().map(({ task_id, began }) => [task_id, began]));
  const delays = (entries: Entry[]) =>
    entries.map(({ task_id, acked_at }) => firstCall.get(task_id!)! - acked_at!).toSorted((a, b) => a - b);
  const told = (sorted: number[]) =>
    sorted.length === 0 ? 'none' : `${sorted[Math.floor(sorted.length / 2)]} ms, ${sorted.at(-1)} ms`;
  return [
    ...rows,
    ['start delay among idle workers, p50 and max', told(delays(scouts.alone))],
    ['the same beside a saturated key', told(delays(scouts.beside))],
  ];
}
