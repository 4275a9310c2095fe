// Times, names, places in line, pictures and the segmented bar: what a task looks like in words and numbers.
import { expect, test } from 'vitest';
import type { Waiting } from '../../client/index.ts';
import { endingSentence } from '../../webui/parts/shell/announcer.tsx';
import { expectedFrames, frameWidth, mediaOf } from '../../webui/parts/task/media.ts';
import { placeSentence } from '../../webui/parts/task/place.ts';
import { percentOf, segmentsOf } from '../../webui/parts/task/segments.ts';
import { taskTitle } from '../../webui/parts/task/title.ts';
import { formatClock, formatDuration, formatRelative } from '../../webui/parts/time.ts';
import { aTask } from './support/task.ts';

test.each([
  [-5, '0.0 s'],
  [420, '0.4 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [59_499, '59 s'],
  [59_500, '1 min'],
  [185_000, '3 min 5 s'],
  [3_599_600, '1 h'],
  [7_800_000, '2 h 10 min'],
  [86_399_000, '1 d'],
  [90_000_000, '1 d 1 h'],
])('%i ms last %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [-1, '0:00'],
  [7_999, '0:07'],
  [750_000, '12:30'],
  [3_723_000, '1:02:03'],
])('a clock shows %i ms as %s', (ms, text) => {
  expect(formatClock(ms)).toBe(text);
});

test.each([
  [0, 'just now'],
  [500, 'just now'],
  [5_000, 'in a moment'],
  [-9_999, 'just now'],
  [-10_000, '10 s ago'],
  [-300_000, '5 min ago'],
  [7_200_000, 'in 2 h'],
  [-86_400_000, '1 day ago'],
  [-3 * 86_400_000, '3 days ago'],
])('%i ms from now is %s', (ms, text) => {
  expect(formatRelative(1e12 + ms, 1e12)).toBe(text);
});

test('a task is called by its prompt, else by its payload, else by its actor', () => {
  expect(taskTitle({ actor: 'media', payload: { params: { prompt: '  A\n kite ' } } })).toBe('A kite');
  expect(taskTitle({ actor: 'x', payload: { message: 'hello' } })).toBe('hello');
  expect(taskTitle({ actor: 'sleep', payload: { ms: 5 } })).toBe('sleep: ms 5');
  expect(taskTitle({ actor: 'echo', payload: {} })).toBe('echo');
  expect(taskTitle({ actor: 'echo', payload: { params: null, text: 3 } })).toBe('echo: params null, text 3');
});

test('a long name is cut between characters, never within one', () => {
  const title = taskTitle({ actor: 'x', payload: { prompt: '😀'.repeat(500) } });
  expect(title).toBe(`${'😀'.repeat(159)}…`);
});

const waiting = (queue: Partial<Waiting>) =>
  placeSentence(
    aTask({
      status: 'queued',
      state: 'pending',
      queue: { position: 0, lane: 'studio', blocked_by: null, holders: [], eta_ms: null, ...queue },
    }),
    0,
  );

test('a waiting task says why it waits and how many are before it', () => {
  expect(waiting({})).toBe('Next in line.');
  expect(waiting({ position: 1, blocked_by: 'limit' })).toBe('All 2 slots are taken. One task is ahead.');
  expect(waiting({ position: 7, blocked_by: 'limit', eta_ms: 60_000 })).toBe(
    'All 2 slots are taken. 7 tasks are ahead, about 1 min to go.',
  );
  expect(waiting({ blocked_by: 'no_worker' })).toMatch(/^No worker takes this kind of task/);
  expect(waiting({ blocked_by: 'paused' })).toMatch(/“studio” is paused/);
  expect(waiting({ blocked_by: 'cooldown' })).toMatch(/“studio” rests/);
});

test('a scheduled task says when it is due, and after a failure that it will be tried again', () => {
  const scheduled = {
    status: 'scheduled',
    state: 'pending',
    run_at: new Date(90_000).toISOString(),
  } as const;
  expect(placeSentence(aTask(scheduled), 0)).toBe('Scheduled: it is due in 1 min.');
  expect(placeSentence(aTask({ ...scheduled, retry_count: 1 }), 0)).toBe(
    'Try 1 did not work. Trying again in 1 min (1 of 3 retries).',
  );
  expect(placeSentence(aTask(), 0)).toBeNull();
});

const origin = 'http://page.test:8080';
const withUrls = (...urls: unknown[]) => aTask({ result: { urls } as never });

test('pictures of this server are asked of the page’s own origin, whatever host the result names', () => {
  const [medium] = mediaOf(withUrls('http://127.0.0.1:9/workflow/r/media/gc_1.webp'), origin);
  expect(medium).toEqual({
    url: '/workflow/r/media/gc_1.webp',
    kind: 'image',
    content_id: 'gc_1',
    width: 640,
    height: 480,
  });
});

test('they are asked of where the app is mounted, whatever prefix the result names', () => {
  const named = ['/workflow/r/media/gc_1.webp', 'https://public.test/queue/workflow/r/media/gc_2.mp4'];
  const found = mediaOf(withUrls(...named), `${origin}/my/queue`);
  expect(found.map(({ url, content_id }) => [url, content_id])).toEqual([
    ['/my/queue/workflow/r/media/gc_1.webp', 'gc_1'],
    ['/my/queue/workflow/r/media/gc_2.mp4', 'gc_2'],
  ]);
});

test('relative addresses, other hosts and films are kept', () => {
  const found = mediaOf(withUrls('/x/a.png', 'https://cdn.test/b.mp4?sig=1'), origin);
  expect(found.map(({ url, kind }) => [url, kind])).toEqual([
    ['/x/a.png', 'image'],
    ['https://cdn.test/b.mp4?sig=1', 'video'],
  ]);
});

test('what is no picture at http or https is never shown', () => {
  const urls = [
    'javascript:alert(1)//a.png',
    'data:image/png;base64,AA',
    'https://x.test/a.exe',
    7,
    null,
    'http://[',
  ];
  expect(mediaOf(withUrls(...urls), origin)).toEqual([]);
  expect(mediaOf(aTask({ result: 'text' }), origin)).toEqual([]);
});

test('frames have the size that was asked for, else the usual one', () => {
  expect(expectedFrames(aTask())).toEqual([{ width: 640, height: 480 }]);
  const four = { params: { num_images: 99, width: '1', height: -3 } };
  expect(expectedFrames(aTask({ payload: four }))).toEqual(Array(4).fill({ width: 1024, height: 1280 }));
  expect(expectedFrames(aTask({ actor: 'echo' }))).toEqual([]);
  expect(frameWidth({ width: 640, height: 480 })).toBe('min(100%, 640px, 100.00vh)');
});

const bar = (over: Parameters<typeof aTask>[0]) =>
  segmentsOf(aTask(over)).map(({ name, phase, fill }) => [name, phase, fill]);

test('the bar shows what is behind, what goes on and what is to come', () => {
  expect(bar({ state: 'pending' })).toEqual([
    ['pending', 'now', null],
    ['assigned', 'ahead', 0],
    ['running', 'ahead', 0],
    ['completed', 'ahead', 0],
  ]);
  expect(bar({ state: 'running' })).toEqual([
    ['pending', 'done', 1],
    ['assigned', 'done', 1],
    ['running', 'now', 0.4],
    ['completed', 'ahead', 0],
  ]);
  expect(bar({ state: 'failed' })[3]).toEqual(['failed', 'now', 1]);
});

test('a task cancelled while it waited does not claim to have run', () => {
  expect(bar({ state: 'cancelled', started_at: null }).map(([, phase]) => phase)).toEqual([
    'done',
    'missed',
    'missed',
    'now',
  ]);
});

test('the percentage is unknown where nobody can say, and never beyond its bounds', () => {
  const progress = (fraction: number | null) => ({
    progress: { elapsed_ms: 0, message: '', fraction, updated_at: '' },
  });
  expect(percentOf(aTask())).toBe(40);
  expect(percentOf(aTask(progress(null)))).toBeUndefined();
  expect(percentOf(aTask(progress(7)))).toBe(100);
  expect(percentOf(aTask({ state: 'pending' }))).toBeUndefined();
  expect(percentOf(aTask({ state: 'completed' }))).toBe(100);
});

test('the sentence read out at the end says how it went', () => {
  expect(endingSentence(aTask({ state: 'completed' }))).toBe('Completed: A red kite');
  const error = { type: 'X', message: 'No paint left', details: {}, stack_trace: '' };
  expect(endingSentence(aTask({ state: 'failed', error }))).toBe('Failed: A red kite. No paint left');
});
