// How commands say things: tables, times, live lines, and text that cannot move the cursor.
import { expect, test } from 'vitest';
import { liveLine, type Standing, stateOf } from '../../cli/live-line.ts';
import { mediaPaths } from '../../cli/media.ts';
import { clean, cut, fromNow, table } from '../../cli/output.ts';

test('what actors say cannot move the cursor, colour the screen or hide text', () => {
  expect(clean('a\u001b[31mred\u001b[0m\r\nb\u202ec\u0007\u009b2J')).toBe('a [31mred [0m b c 2J');
  expect(clean('💥 ключ')).toBe('💥 ключ');
});

test('columns are as wide as their widest cell', () => {
  expect(
    table(
      ['A', 'LONG'],
      [
        ['xxxx', '1'],
        ['💥', 'two\nlines'],
      ],
    ),
  ).toBe('A     LONG\nxxxx  1\n💥     two lines');
});

test('times are told from now, in their largest unit', () => {
  const now = Date.parse('2026-01-02T00:00:00Z');
  const at = (ms: number) => fromNow(new Date(now + ms).toISOString(), now);
  expect([at(0), at(-5_000), at(90_000), at(-3_600_000), at(3 * 86_400_000), fromNow(null)]).toEqual([
    'now',
    '5 s ago',
    'in 1 min',
    '1 h ago',
    'in 3 d',
    '-',
  ]);
  expect(cut('💥💥💥', 2)).toBe('💥…');
});

const standing = (about: Partial<Standing>): Standing => ({
  status: 'processing',
  state: 'running',
  progress: null,
  queue: null,
  ...about,
});
const progress = (fraction: number | null) => ({
  elapsed_ms: 1_200,
  message: 'Rendering',
  fraction,
  updated_at: '2026-01-01T00:00:00Z',
});
const waiting = { position: 1_200, lane: 'x', holders: [], eta_ms: null };

test('a state is told in words, and a wait with its reason', () => {
  const pending = standing({ state: 'pending', status: 'queued' });
  expect(stateOf(standing({ progress: progress(null) }))).toBe('running: Rendering');
  expect(stateOf(standing({ state: 'assigned' }))).toBe('a worker has it');
  expect(stateOf(pending)).toBe('waiting');
  expect(stateOf({ ...pending, queue: { ...waiting, blocked_by: 'limit' } })).toBe(
    'waiting: its limit is reached, 1,200 before it',
  );
  expect(stateOf({ ...pending, queue: { ...waiting, position: 0, blocked_by: 'no_worker' } })).toBe(
    'waiting: no live worker serves its actor',
  );
  expect(stateOf({ ...pending, status: 'scheduled' })).toBe('scheduled');
});

test('on a terminal a line is drawn anew, at most as wide as it; elsewhere each change is a line', () => {
  const written: string[] = [];
  const write = (text: string | Uint8Array) => written.push(text.toString()) > 0;
  const terminal = liveLine({ stderr: { write, isTTY: true, columns: 60 } });
  terminal.show(standing({ progress: progress(0.5) }));
  terminal.show(standing({ progress: { ...progress(1), message: 'x'.repeat(100) } }));
  terminal.end();
  expect(written[0]).toBe('\r\u001b[2K████████████░░░░░░░░░░░░  50 %  Rendering  (1 s)');
  expect(written[1]?.length).toBe('\r\u001b[2K'.length + 59);
  expect(written[2]).toBe('\r\u001b[2K');
  written.length = 0;
  const plain = liveLine({ stderr: { write } });
  for (const fraction of [0.1, 0.2, 0.3]) plain.show(standing({ progress: progress(fraction) }));
  plain.end();
  expect(written).toEqual(['running: Rendering\n']);
});

test('only media of the server itself are saved, under names that stay in their folder', () => {
  const path = '/workflow/r%201/media/gc_1.png';
  const urls = [path, `https://public.example/base${path}`];
  expect(mediaPaths({ urls })).toEqual([path, path]);
  for (const urls of [
    ['https://evil.example/x.png', '/workflow/r/media/..%2f..%2fx.png', '/workflow/r/media/.png', 5, null],
    ['/workflow/r/media/../../etc/passwd', `${path}?x=1`, '/etc/passwd'],
    'x',
    null,
  ])
    expect(mediaPaths({ urls })).toEqual([]);
  for (const result of [null, 'x', [], {}]) expect(mediaPaths(result)).toEqual([]);
});
