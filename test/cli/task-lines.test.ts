// What a terminal shows of tasks that end: a line for each, and only their number where thousands end.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { taskLines } from '../../cli/task-lines.ts';
import { openTerminalLog } from '../../cli/terminal-log.ts';
import { newWorkerEvents } from '../../worker/events.ts';

beforeEach(() => void vi.useFakeTimers({ now: new Date(2026, 0, 2, 9, 12, 3) }));
afterEach(() => void vi.useRealTimers());

function open() {
  const written: string[] = [];
  const lines = taskLines({ write: line => written.push(line), columns: () => 80, paint: (_, text) => text });
  return { written, lines };
}

const ended = {
  task_id: 'tq_0190-7c3f2a9c',
  worker_id: 'w1',
  attempt: 1,
  actor: 'media',
  lane: 'studio',
  run_ms: 12_400,
};

test('a task that ended is a line: when, how, how long, what, which', () => {
  const { written, lines } = open();
  lines.show({ ...ended, outcome: 'completed' });
  lines.show({ ...ended, outcome: 'failed', run_ms: 300, reason: `\u001b[31mBoom:\n${'no '.repeat(50)}` });
  lines.show({ ...ended, outcome: 'timed_out', run_ms: 300_000, actor: 'a-very-long-name-of-an-actor' });
  expect(written).toEqual([
    '09:12:03  ✓ completed   12.4 s  media           7c3f2a9c',
    expect.stringMatching(/^09:12:03 {2}✗ failed {6}300 ms {2}media {11}7c3f2a9c {2}\[31mBoom: no no .*…$/),
    '09:12:03  ✗ timed out    5 min  a-very-long-n…  7c3f2a9c',
  ]);
  expect(written[1]!.length).toBeLessThanOrEqual(80);
});

test('of thousands a second only the number is shown, until it is quiet again', () => {
  const { written, lines } = open();
  for (let second = 0; second < 10; second++) {
    for (let n = 0; n < 2_000; n++) lines.show({ ...ended, outcome: n % 10 === 0 ? 'failed' : 'completed' });
    lines.say('a warning');
    vi.advanceTimersByTime(1_000);
  }
  expect(written).toHaveLength(8 + 10);
  expect(written.at(-1)).toBe('09:12:13  … and 200 failed, 1,800 completed, 1 other messages');
  vi.advanceTimersByTime(1_000);
  lines.show({ ...ended, outcome: 'completed' });
  expect(written.at(-1)).toMatch(/✓ completed/);
});

test('what was only counted is said before the end', () => {
  const { written, lines } = open();
  for (let n = 0; n < 9; n++) lines.show({ ...ended, outcome: 'completed' });
  lines.flush();
  expect(written.at(-1)).toBe('09:12:03  … and 1 completed');
});

test('what went wrong with a task of this worker is part of its line; other trouble is a line of its own', () => {
  const { written, lines } = open();
  const terminal = openTerminalLog('info', lines);
  const events = newWorkerEvents();
  terminal.watch({ worker_id: 'w1', events });
  terminal.log.info('unimportant');
  terminal.log.warn(
    { task_id: ended.task_id, worker_id: 'w1', delay_ms: 29_500, error: 'Busy: later' },
    'will be retried',
  );
  events.emit('attempt:ended', { ...ended, outcome: 'retried' });
  terminal.log.error(
    { task_id: 'tq_2', worker_id: 'w2', error: 'MaxRetriesExceeded: gone' },
    'task failed for good',
  );
  events.emit('attempt:ended', { ...ended, outcome: 'completed' });
  expect(written).toEqual([
    '09:12:03  ↻ retry       12.4 s  media           7c3f2a9c  again in 30 s: Busy: …',
    expect.stringMatching(/ERROR.*task failed for good.*MaxRetriesExceeded: gone/),
    '09:12:03  ✓ completed   12.4 s  media           7c3f2a9c',
  ]);
});
