// What the page says about figures. Pure.
import type { Minute } from '../../../client/index.ts';
import { formatDuration } from '../time.ts';

/** A delay as people say it: below a tenth of a second in milliseconds. */
export function delayWords(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 100 ? `${Math.round(ms)} ms` : formatDuration(ms);
}

/** What a chart of endings says to those who do not see it. */
export function endingsSentence(minutes: readonly Minute[]): string {
  const sum = (key: 'completed' | 'failed' | 'retried') =>
    minutes.reduce((total, minute) => total + minute[key], 0);
  const most = Math.max(0, ...minutes.map(({ completed }) => completed));
  return `In the last hour ${sum('completed')} attempts completed, at most ${most} in a minute; ${sum('failed')} failed for good, ${sum('retried')} were tried again.`;
}

/** What a chart of delays says to those who do not see it. */
export function delaysSentence(minutes: readonly Minute[]): string {
  const waits = minutes.flatMap(({ delay_ms }) => delay_ms.p99 ?? []);
  if (waits.length === 0) return 'In the last hour no task was claimed.';
  return `In the last hour 99 of 100 tasks waited at most ${delayWords(Math.max(...waits))} in the slowest minute.`;
}

const STEPS = [1, 2, 5];

/** The smallest round number that is not below a value: what an axis ends at. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return (STEPS.find(step => step * power >= value) ?? 10) * power;
}
