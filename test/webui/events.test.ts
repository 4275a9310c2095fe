// What events make of the tasks that the page holds.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  Problem,
  type ProgressEvent,
  type Task,
  type TaskEvent,
  type Unheard,
  Unreachable,
} from '../../client/index.ts';
import { EventBatch } from '../../webui/api/batch.ts';
import { applyToCache, Heard } from '../../webui/api/cache.ts';
import { noteServerDate, serverNow } from '../../webui/api/clock.ts';
import { applyEvent, newerOf, parseEvent } from '../../webui/api/events.ts';
import { TASK_LISTS } from '../../webui/api/lists.ts';
import { createQueryClient } from '../../webui/api/queries.ts';
import { backoffMs } from '../../webui/api/stream/backoff.ts';
import { throttle } from '../../webui/api/throttle.ts';
import { errorText, isMissing, mayPass } from '../../webui/api/trouble.ts';
import { aTask } from './support/task.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const id = aTask().task_id;
const progress = (rev: number, over: Partial<ProgressEvent> = {}): TaskEvent => ({
  event: 'progress',
  task_id: id,
  rev,
  status: 'processing',
  state: 'running',
  progress: { elapsed_ms: rev, message: `at ${rev}`, fraction: null, updated_at: '2026-11-23T10:00:03.000Z' },
  queue: null,
  ...over,
});

test('an event that is no newer changes nothing at all', () => {
  const task = aTask({ rev: 5 });
  expect(applyEvent(task, progress(5))).toBe(task);
  expect(applyEvent(task, progress(4))).toBe(task);
  expect(applyEvent(task, progress(6))).toMatchObject({ rev: 6, progress: { message: 'at 6' } });
});

test('an event of the same revision moves the place of a pending task, and changes nothing else', () => {
  const at = (position: number) => ({
    position,
    lane: 'studio',
    blocked_by: 'limit' as const,
    holders: [],
    eta_ms: 5,
  });
  const task = aTask({ rev: 5, state: 'pending', status: 'queued', queue: at(3), progress: null });
  const moved = progress(5, { state: 'pending', status: 'queued', queue: at(1) });
  expect(applyEvent(task, moved)).toEqual({ ...task, queue: at(1) });
  const running = aTask({ rev: 5, state: 'running', status: 'processing' });
  expect(applyEvent(running, moved)).toBe(running);
  expect(applyEvent(aTask({ rev: 6 }), moved)).toMatchObject({ rev: 6 });
});

test('complete, error and a cancellation end the task', () => {
  const task = aTask({ rev: 1 });
  const error = { type: 'Boom', message: 'x', details: {}, stack_trace: '' };
  expect(applyEvent(task, { event: 'complete', task_id: id, rev: 2, result: 7 })).toMatchObject({
    status: 'completed',
    state: 'completed',
    result: 7,
  });
  expect(applyEvent(task, { event: 'error', task_id: id, rev: 2, error })).toMatchObject({
    state: 'failed',
    error,
  });
  const cancelled = { ...error, type: 'Cancelled' };
  expect(applyEvent(task, { event: 'error', task_id: id, rev: 2, error: cancelled })).toMatchObject({
    state: 'cancelled',
  });
});

test('progress without a message of its own keeps the last one', () => {
  expect(applyEvent(aTask(), progress(9, { progress: null })).progress?.message).toBe('Setting the type');
});

test('an event that names no task is ignored', () => {
  expect(parseEvent('progress', 'no json')).toBeNull();
  expect(parseEvent('progress', 'null')).toBeNull();
  expect(parseEvent('progress', '{"rev": 1}')).toBeNull();
  expect(parseEvent('progress', '{"task_id": "tq_1", "rev": 1}')).toMatchObject({
    event: 'progress',
    rev: 1,
  });
});

test('an answer overtaken by an event does not take its place, an equal one does', () => {
  const held = aTask({ rev: 6 });
  expect(newerOf(held, aTask({ rev: 5 }))).toBe(held);
  const full = aTask({ rev: 6 });
  expect(newerOf(held, full)).toBe(full);
  expect(newerOf(undefined, full)).toBe(full);
});

function cacheWith(task: Task) {
  const cache = createQueryClient();
  cache.setQueryData(['task', task.task_id], task);
  cache.setQueryData([...TASK_LISTS, {}], {
    pages: [{ items: [aTask({ task_id: 'tq_0' }), task], next_cursor: null }],
    pageParams: [null],
  });
  const listed = () =>
    cache.getQueryData<{ pages: { items: Task[] }[] }>([...TASK_LISTS, {}])?.pages[0]?.items[1];
  const single = () => cache.getQueryData<Task>(['task', task.task_id]);
  return { cache, listed, single };
}

test('an event is in the task and in every list', () => {
  const { cache, listed, single } = cacheWith(aTask());
  const applied = applyToCache(cache, new Heard(), [progress(8)]);
  expect([listed()?.rev, single()?.rev]).toEqual([8, 8]);
  expect(applied).toEqual({ changed: [], ended: [] });
});

test('the end of a task is told once, and that it must be read again', () => {
  const { cache, single } = cacheWith(aTask());
  const heard = new Heard();
  const end: TaskEvent = { event: 'complete', task_id: id, rev: 9, result: null };
  const applied = applyToCache(cache, heard, [end]);
  expect(applied.changed).toEqual([id]);
  expect(applied.ended.map(task => task.state)).toEqual(['completed']);
  expect(applyToCache(cache, heard, [end])).toEqual({ changed: [], ended: [] });
  expect(single()?.state).toBe('completed');
});

test('a task that no list holds is news at each change of its status, not at each progress', () => {
  const { cache } = cacheWith(aTask());
  const heard = new Heard();
  const of = (rev: number) => applyToCache(cache, heard, [progress(rev, { task_id: 'tq_new' })]).changed;
  expect([of(1), of(2), of(3)]).toEqual([['tq_new'], [], []]);
});

test('an event for nothing we hold leaves the lists the very same objects', () => {
  const { cache } = cacheWith(aTask());
  const before = cache.getQueryData([...TASK_LISTS, {}]);
  applyToCache(cache, new Heard(), [progress(9, { task_id: 'tq_other' })]);
  expect(cache.getQueryData([...TASK_LISTS, {}])).toBe(before);
});

test('what was heard is remembered of the latest thousand tasks only', () => {
  const heard = new Heard();
  for (let count = 0; count <= 1_000; count += 1) heard.note(`tq_${count}`, 'queued');
  expect(heard.last('tq_0')).toBeUndefined();
  expect(heard.last('tq_1')).toBe('queued');
});

test('events of one moment are handed on together, the newest of each task', async () => {
  const handed: TaskEvent[][] = [];
  const batch = new EventBatch(events => handed.push(events));
  for (const rev of [2, 3, 1]) batch.push(progress(rev));
  batch.push(progress(7, { task_id: 'tq_2' }));
  expect(handed).toEqual([]);
  await vi.advanceTimersByTimeAsync(50);
  expect(handed.map(events => events.map(event => event.rev))).toEqual([[3, 7]]);
  batch.push(progress(9));
  batch.stop();
  await vi.advanceTimersByTimeAsync(100);
  expect(handed).toHaveLength(1);
});

test('a throttled action runs at once, and once more after many calls', async () => {
  const action = vi.fn();
  const throttled = throttle(1_000, action);
  for (let call = 0; call < 5; call += 1) throttled.call();
  expect(action).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(action).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(action).toHaveBeenCalledTimes(2);
  throttled.call();
  throttled.call();
  throttled.stop();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(action).toHaveBeenCalledTimes(3);
});

test('the back-off doubles up to 30 s and is spread by a fifth', () => {
  const middle = [1, 2, 3, 4, 5, 6, 50].map(failures => backoffMs(failures, () => 0.5));
  expect(middle).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(backoffMs(1, () => 0)).toBe(800);
  expect(backoffMs(1, () => 1)).toBe(1_200);
});

test('a wrong clock of this machine is found out by the server’s Date, small differences are not', () => {
  vi.setSystemTime(Date.UTC(2026, 10, 23, 10, 0, 0));
  noteServerDate('Mon, 23 Nov 2026 10:00:03 GMT');
  expect(serverNow()).toBe(Date.now());
  noteServerDate('Mon, 23 Nov 2026 10:20:00 GMT');
  expect(serverNow()).toBe(Date.now() + 20 * 60_000);
  noteServerDate(null);
  noteServerDate('nonsense');
  expect(serverNow()).toBe(Date.now() + 20 * 60_000);
  noteServerDate(new Date().toUTCString());
});

test('what went wrong is a sentence, and the page knows whether to ask again', () => {
  const refused = (status: number) =>
    new Problem({ type: 'about:blank', title: 'Wrong', status, detail: 'No ms', instance: 'r1' });
  const unheard = (why: Unheard) => new Unreachable(why, '', 'Words of the client.');
  expect([refused(422), refused(500), unheard('no-answer'), new Error('x')].map(errorText)).toEqual([
    'No ms',
    'No ms',
    'The server does not answer. It may be restarting; this page keeps trying.',
    'Something went wrong in this page.',
  ]);
  expect(errorText(unheard('stranger'))).toBe('Words of the client.');
  expect([refused(422), refused(503), unheard('timeout'), new Error('x')].map(mayPass)).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect([isMissing(refused(404)), isMissing(refused(410))]).toEqual([true, false]);
});
