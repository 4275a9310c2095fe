// What pending tasks wait for changes without them: their streams tell it, at a bounded cost and in the right order.
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { changeLane, completeTasks, deregisterWorker, enqueueTasks } from '../../queue/index.ts';
import { createApp, Hub } from '../../server/index.ts';
import { observedQueue } from '../helpers/queue.ts';
import { waitFor } from '../helpers/wait.ts';
import {
  addWorker,
  claimAll,
  enqueue,
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
  await addWorker(app.queue);
});

const studio = { actor: 'media', payload: { provider: 'studio', action_type: 'txt2img', params: {} } };
const place = ({ data }: StreamedEvent) =>
  data.queue as { position: number; blocked_by: string | null; holders: string[] } | null;
const at = (position: number, blocked_by: string | null) => (event: StreamedEvent) =>
  place(event)?.position === position && place(event)?.blocked_by === blocked_by;

test('a place that moves, a pause and a lost worker come as events of the same rev and id', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(await enqueue(app.queue, studio));
  const held = await claimAll(app.queue);
  const stream = await openStream(`${base}/api/task/${ids[4]}/stream`);
  const first = await stream.next(at(2, 'limit'));
  expect(place(first)?.holders.toSorted()).toEqual(ids.slice(0, 2).toSorted());
  await completeTasks(app.queue, [{ task: held[0]!, result: null }]);
  await claimAll(app.queue);
  await stream.next(at(1, 'limit'));
  await changeLane(app.queue, 'studio', { paused: true });
  await stream.next(at(1, 'paused'));
  await deregisterWorker(app.queue, 'w1');
  await stream.next(at(1, 'no_worker'));
  await addWorker(app.queue);
  await changeLane(app.queue, 'studio', { paused: false });
  await waitFor(() => at(1, 'limit')(stream.events.at(-1)!));
  expect(new Set(stream.events.map(({ id, data }) => `${id} ${data.rev}`))).toEqual(new Set(['1 1']));
  // One that comes back with what it has seen is told only what is new.
  const back = await openStream(`${base}/api/task/${ids[4]}/stream`, { 'Last-Event-ID': '1' });
  await pause(1_500);
  expect(back.events).toEqual([]);
  await changeLane(app.queue, 'studio', { limit: 4 });
  await claimAll(app.queue);
  for (const one of [stream, back]) {
    const running = await one.next(({ data }) => data.status === 'processing');
    expect(running.data).toMatchObject({ rev: 2, queue: null });
    expect(one.events.at(-1)).toBe(running);
  }
});

test('a stream over a run tells places too, and nothing is told of what stands still', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 3; n++)
    ids.push(await enqueue(app.queue, { ...studio, workflow_run_id: 'r1', priority: n }));
  await changeLane(app.queue, 'studio', { paused: true });
  const stream = await openStream(`${base}/api/tasks/stream?workflow_run_id=r1`);
  const of = (id: string, position: number) => (event: StreamedEvent) =>
    event.data.task_id === id && at(position, 'paused')(event);
  for (const [n, id] of ids.entries()) await stream.next(of(id, 2 - n));
  await pause(2_500);
  expect(stream.events.filter(({ event }) => event === 'progress')).toHaveLength(3);
  await enqueue(app.queue, { ...studio, priority: 9 });
  for (const [n, id] of ids.entries()) await stream.next(of(id, 3 - n));
  await changeLane(app.queue, 'studio', { paused: false });
});

test('200 streams on one lane cost a handful of commands a second, whatever moves', async () => {
  const observed = await observedQueue(app.queue);
  const hub = new Hub(observed.queue);
  const listener = await serve({ app: createApp({ queue: observed.queue, hub }) });
  const tasks = Array.from({ length: 200 }, () => ({ actor: 'media', payload: { provider: 'b' } }));
  const enqueued = await enqueueTasks(app.queue, tasks);
  const streams = await Promise.all(
    enqueued.map(({ task_id }) => openStream(`${listener.url}/api/task/${task_id}/stream`)),
  );
  await Promise.all(streams.map((stream, n) => stream.next(event => place(event)?.position === n)));
  await pause(1_200);
  observed.commands.length = 0;
  const seconds = 3;
  await enqueueTasks(app.queue, [{ actor: 'media', payload: { provider: 'b' }, priority: 5 }]);
  await pause(seconds * 1_000);
  // Change streams wait for changes by getMore; the sweep of five seconds reads the tasks.
  const reads = observed.commands.filter(({ commandName }) => commandName !== 'getMore');
  expect(reads.length).toBeLessThanOrEqual((seconds + 1) * 6 + 12);
  for (const [n, stream] of streams.entries()) {
    const last = stream.events.at(-1)!;
    expect(place(last)?.position).toBe(n + 1);
    // The state at the beginning, perhaps a place that was not known yet, and the one move.
    expect(stream.events.length).toBeLessThanOrEqual(3);
  }
  hub.close();
});
