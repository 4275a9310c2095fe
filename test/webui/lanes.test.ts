// What the page says about lanes and figures.
import { expect, test } from 'vitest';
import type { Minute } from '../../client/index.ts';
import { hasLimit, laneName, queuedWords, readLimit, runningWords } from '../../webui/parts/lanes/words.ts';
import { delaysSentence, delayWords, endingsSentence, roundUp } from '../../webui/parts/stats/words.ts';

test('a lane is named by its key, or by its actor where there is no limit', () => {
  expect([laneName({ key: 'studio' }), hasLimit({ key: 'studio' })]).toEqual(['studio', true]);
  expect([laneName({ key: 'echo#all' }), hasLimit({ key: 'echo#all' })]).toEqual(['echo', false]);
  expect(runningWords({ running: 2, limit: 5 })).toBe('2 of 5 running');
  expect(runningWords({ running: 2, limit: null })).toBe('2 running');
  expect([0, 1, 7, 10_000].map(queued => queuedWords({ queued }))).toEqual([
    'nothing waits',
    '1 waits',
    '7 wait',
    'more than 10,000 wait',
  ]);
});

test('a limit that somebody typed is a whole number within bounds, or none at all', () => {
  expect([readLimit('1'), readLimit(' 10000 ')]).toEqual([{ limit: 1 }, { limit: 10_000 }]);
  for (const text of ['', '0', '10001', '1.5', '-1', '1e3', 'many'])
    expect(readLimit(text)).toHaveProperty('problem');
});

const minute = (completed: number, p99: number | null): Minute => ({
  at: '2026-01-01T00:00:00Z',
  completed,
  failed: 1,
  retried: 2,
  delay_ms: { p50: p99, p99 },
});

test('a chart is said in words, and its axis ends at a round number', () => {
  expect(endingsSentence([minute(3, null), minute(9, 40)])).toBe(
    'In the last hour 12 attempts completed, at most 9 in a minute; 2 failed for good, 4 were tried again.',
  );
  expect(delaysSentence([minute(3, null), minute(9, 40)])).toContain('at most 40 ms in the slowest minute');
  expect(delaysSentence([])).toBe('In the last hour no task was claimed.');
  expect([0, 1, 3, 5, 7, 12, 51, 0.3].map(roundUp)).toEqual([1, 1, 5, 5, 10, 20, 100, 0.5]);
  expect([delayWords(null), delayWords(3.4), delayWords(2_500)]).toEqual(['–', '3 ms', '2.5 s']);
});
