import { beforeAll, expect, test } from 'vitest';
import { cancelTask, completeTasks, failTask, stopTask, updateProgress } from '../../queue/index.ts';
import { waitFor } from '../helpers/wait.ts';
import {
  addWorker,
  enqueue,
  enqueueClaimed,
  openApp,
  openStream,
  type StreamedEvent,
  serve,
  type TestApp,
} from './setup.ts';

let app: TestApp;
let base: string;
beforeAll(async () => {
  app = await openApp();
  base = (await serve(app)).url;
});

const saying = (message: string) => (event: StreamedEvent) =>
  (event.data.progress as { message: string } | null)?.message === message;
const progress = (message: string, fraction?: number) => ({
  elapsed_ms: 5,
  message,
  ...(fraction !== undefined && { fraction }),
});

test('the first event is the current state, at once, with the rev as its id', async () => {
  await addWorker(app.queue);
  const task_id = await enqueue(app.queue);
  const began = performance.now();
  const stream = await openStream(`${base}/api/task/${task_id}/stream`);
  const first = await stream.next(() => true);
  expect(first).toMatchObject({
    event: 'progress',
    id: '1',
    data: { task_id, rev: 1, status: 'queued', state: 'pending' },
  });
  expect(first.data.queue).toMatchObject({ blocked_by: null });
  expect(Object.keys(first.data).sort()).toEqual(['progress', 'queue', 'rev', 'state', 'status', 'task_id']);
  expect(first.at - began).toBeLessThan(1_000);
  expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(stream.headers.get('cache-control')).toBe('no-cache, no-transform');
  expect(stream.headers.get('x-accel-buffering')).toBe('no');
});

test('every change follows, then one terminal event, then the end of the response', async () => {
  const task = await enqueueClaimed(app.queue);
  const stream = await openStream(`${base}/api/task/${task._id}/stream`);
  await stream.next(event => event.data.state === 'assigned');
  await updateProgress(app.queue, [{ task, progress: progress('half', 0.5) }]);
  const half = await stream.next(event => event.data.state === 'running');
  expect(half.data.progress).toMatchObject({ message: 'half', fraction: 0.5, elapsed_ms: 5 });
  await completeTasks(app.queue, [{ task, result: { answer: 42 } }]);
  expect(await stream.ended).toBe('end');
  expect(stream.events.at(-1)).toMatchObject({
    event: 'complete',
    data: { task_id: task._id, result: { answer: 42 } },
  });
  expect(stream.events.filter(({ event }) => event !== 'progress')).toHaveLength(1);
  const revs = stream.events.map(event => event.data.rev);
  expect(revs).toEqual(revs.toSorted((a, b) => a - b));
  expect(new Set(revs).size).toBe(revs.length);
  await waitFor(() => app.hub.size === 0);
});

test('a failure and a cancellation end as error events', async () => {
  const failed = await enqueueClaimed(app.queue);
  const first = await openStream(`${base}/api/task/${failed._id}/stream`);
  const error = { type: 'Boom', message: 'it broke', details: {}, stack_trace: '' };
  await failTask(app.queue, failed, { error, retry: null });
  expect((await first.next(({ event }) => event === 'error')).data.error).toEqual(error);
  expect(await first.ended).toBe('end');

  const stopped = await enqueueClaimed(app.queue);
  const second = await openStream(`${base}/api/task/${stopped._id}/stream`);
  await stopTask(app.queue, stopped);
  expect((await second.next(({ event }) => event === 'error')).data.error).toMatchObject({
    type: 'Cancelled',
  });

  const pending = await enqueue(app.queue);
  const third = await openStream(`${base}/api/task/${pending}/stream`);
  await cancelTask(app.queue, pending);
  expect((await third.next(({ event }) => event === 'error')).data.error).toMatchObject({
    type: 'Cancelled',
  });
});

test('progress reaches a quiet stream within 50 ms of the write (p50), and no look at intervals explains it', async () => {
  const task = await enqueueClaimed(app.queue);
  const stream = await openStream(`${base}/api/task/${task._id}/stream`);
  await stream.next(() => true);
  await updateProgress(app.queue, [{ task, progress: progress('warm') }]);
  await stream.next(saying('warm'));
  const delays: number[] = [];
  for (let n = 0; n < 40; n++) {
    await new Promise(resolve => setTimeout(resolve, 60));
    await updateProgress(app.queue, [{ task, progress: progress(`step ${n}`) }]);
    const written = performance.now();
    const event = await stream.next(saying(`step ${n}`));
    delays.push(event.at - written);
  }
  delays.sort((a, b) => a - b);
  const [p50, p90] = [delays[20]!, delays[36]!];
  console.log(
    `write acknowledged -> event at the client: p50 ${p50.toFixed(1)} ms, p90 ${p90.toFixed(1)} ms`,
  );
  // Polling would take 150 ms on average, the sweep 2.5 s.
  expect(p50).toBeLessThan(100);
});
