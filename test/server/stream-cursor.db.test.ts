// What a client gets that comes back: one task, named tasks, a run, all tasks.
import { beforeAll, expect, test } from 'vitest';
import { completeTasks, updateProgress } from '../../queue/index.ts';
import { waitFor } from '../helpers/wait.ts';
import { enqueue, enqueueClaimed, openApp, openStream, serve, type TestApp } from './setup.ts';

let app: TestApp;
let base: string;
beforeAll(async () => {
  app = await openApp();
  base = (await serve(app)).url;
});

const step = (message: string) => ({ elapsed_ms: 1, message });

test('a refresh half-way sees the current state at once, and the end', async () => {
  const task = await enqueueClaimed(app.queue);
  const url = `${base}/api/task/${task._id}/stream`;
  const before = await openStream(url);
  await before.next(() => true);
  await updateProgress(app.queue, [{ task, progress: step('half') }]);
  before.close();
  const after = await openStream(url);
  expect((await after.next(() => true)).data).toMatchObject({
    state: 'running',
    progress: { message: 'half' },
  });
  await completeTasks(app.queue, [{ task, result: 'done' }]);
  expect(await after.ended).toBe('end');
  expect(after.events.at(-1)).toMatchObject({ event: 'complete', data: { result: 'done' } });
});

test('a reconnect with Last-Event-ID, or ?after, gets only what is newer', async () => {
  const task = await enqueueClaimed(app.queue);
  const url = `${base}/api/task/${task._id}/stream`;
  const stream = await openStream(url);
  const { id } = await stream.next(() => true);
  stream.close();
  for (const again of [
    await openStream(url, { 'Last-Event-ID': id ?? '' }),
    await openStream(`${url}?after=${id}`),
  ]) {
    await updateProgress(app.queue, [{ task, progress: step('newer') }]);
    const first = await again.next(() => true);
    expect(first.data.rev).toBeGreaterThan(Number(id));
    again.close();
  }
});

test('with both, the larger cursor counts; one that is ahead of the task counts as seen and hides no later change', async () => {
  const task = await enqueueClaimed(app.queue);
  const url = `${base}/api/task/${task._id}/stream`;
  const stream = await openStream(`${url}?after=1`, { 'Last-Event-ID': '99999999999999999999999' });
  await updateProgress(app.queue, [{ task, progress: step('next') }]);
  expect((await stream.next(() => true)).data.progress).toMatchObject({ message: 'next' });
});

test('a malformed Last-Event-ID is ignored; a malformed ?after is refused', async () => {
  const task_id = await enqueue(app.queue);
  const url = `${base}/api/task/${task_id}/stream`;
  for (const id of ['x', '-1', '1.5', '', 'r;drop', 'NaN'])
    expect((await (await openStream(url, { 'Last-Event-ID': id })).next(() => true)).data.rev).toBe(1);
  const refused = await fetch(`${url}?after=x`);
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({ errors: [{ pointer: '/after' }] });
});

test('a finished task is told once: with its cursor 204, without it the end again', async () => {
  const task = await enqueueClaimed(app.queue);
  await completeTasks(app.queue, [{ task, result: null }]);
  const url = `${base}/api/task/${task._id}/stream`;
  const stream = await openStream(url);
  expect(await stream.ended).toBe('end');
  expect(stream.events).toMatchObject([{ event: 'complete', data: { result: null } }]);
  const seen = await fetch(url, { headers: { 'Last-Event-ID': stream.events[0]?.id ?? '' } });
  expect(seen.status).toBe(204);
  expect((await fetch(`${url}?after=1000`)).status).toBe(204);
});

test('named tasks: each state at once, then changes, and the stream outlives them', async () => {
  const [a, b] = [await enqueueClaimed(app.queue), await enqueueClaimed(app.queue)];
  const unknown = a._id.replace(/.{4}$/, '0000');
  const url = `${base}/api/tasks/stream?ids=${a._id},${b._id},${unknown},rubbish`;
  const stream = await openStream(url);
  await waitFor(() => stream.events.length === 2);
  await completeTasks(app.queue, [{ task: a, result: 1 }]);
  await stream.next(({ event, data }) => event === 'complete' && data.task_id === a._id);
  await updateProgress(app.queue, [{ task: b, progress: step('on') }]);
  const last = await stream.next(({ data }) => data.task_id === b._id && data.state === 'running');
  stream.close();

  // Back with the cursor: nothing is new, until b changes.
  const again = await openStream(url, { 'Last-Event-ID': last.id ?? '' });
  await completeTasks(app.queue, [{ task: b, result: 2 }]);
  expect((await again.next(() => true)).data).toMatchObject({ task_id: b._id, result: 2 });
  expect(again.events).toHaveLength(1);
});

test('unknown ids are ignored unless all are; there is a limit of 100', async () => {
  const unknown = 'tq_01a2071a-cf56-7000-8000-01c713f55ac4';
  expect((await app.app.request(`/api/tasks/stream?ids=${unknown}`)).status).toBe(404);
  expect((await app.app.request('/api/tasks/stream?ids=rubbish')).status).toBe(404);
  expect((await app.app.request('/api/tasks/stream?ids=')).status).toBe(404);
  expect((await app.app.request(`/api/task/${unknown}/stream`)).status).toBe(404);
  const many = Array.from({ length: 101 }, (_, n) => `tq_${n}`).join(',');
  expect((await app.app.request(`/api/tasks/stream?ids=${many}`)).status).toBe(422);
  for (const query of ['', '?all=1&ids=a', '?all=2', '?workflow_run_id=', '?all=1&all=1', '?task=x'])
    expect((await app.app.request(`/api/tasks/stream${query}`)).status, query).toBe(422);
  expect(app.hub.size).toBe(0);
});

test('a run: its tasks as they are, later ones as they come, others never', async () => {
  const run = 'run "1" & co';
  const old = await enqueue(app.queue, { workflow_run_id: run });
  const url = `${base}/api/tasks/stream?workflow_run_id=${encodeURIComponent(run)}`;
  const stream = await openStream(url);
  await stream.next(({ data }) => data.task_id === old);
  await enqueue(app.queue, { workflow_run_id: 'another' });
  const fresh = await enqueue(app.queue, { workflow_run_id: run });
  const last = await stream.next(({ data }) => data.task_id === fresh);
  expect(stream.events.map(({ data }) => data.task_id)).toEqual([old, fresh]);
  stream.close();
  const newest = await enqueue(app.queue, { workflow_run_id: run });
  const again = await openStream(url, { 'Last-Event-ID': last.id ?? '' });
  await again.next(({ data }) => data.task_id === newest);
  expect(again.events).toHaveLength(1);
});

test('all: no states at first, then every change of every task, also of new ones', async () => {
  const old = await enqueueClaimed(app.queue);
  const stream = await openStream(`${base}/api/tasks/stream?all=1`);
  const fresh = await enqueue(app.queue);
  await stream.next(({ data }) => data.task_id === fresh);
  expect(stream.events).toHaveLength(1);
  await completeTasks(app.queue, [{ task: old, result: 'x' }]);
  const end = await stream.next(({ event }) => event === 'complete');
  expect(end.data).toMatchObject({ task_id: old._id, result: 'x' });
  stream.close();
  await waitFor(() => app.hub.size === 0);

  // What changed while nobody was connected comes with the cursor.
  const missed = await enqueue(app.queue);
  const again = await openStream(`${base}/api/tasks/stream?all=1`, { 'Last-Event-ID': end.id ?? '' });
  await again.next(({ data }) => data.task_id === missed);
  expect(again.events.map(({ data }) => data.task_id)).not.toContain(fresh);
});
