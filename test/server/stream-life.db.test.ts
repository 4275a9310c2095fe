// Streams that come and go: nothing is lost between, nothing is left behind.
import { connect as connectSocket } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { completeTasks, enqueueTasks, updateProgress, watchTasks } from '../../queue/index.ts';
import { waitFor } from '../helpers/wait.ts';
import { claimAll, enqueue, enqueueClaimed, openApp, openStream, serve, type TestApp } from './setup.ts';

let app: TestApp;
let base: string;
let doorbells = 0;
beforeAll(async () => {
  app = await openApp({
    slowMs: 500,
    maxStreams: 150,
    watch: (queue, watcher) => {
      doorbells += 1;
      const bell = watchTasks(queue, watcher);
      const close = async () => {
        await bell.close();
        doorbells -= 1;
      };
      return { ...bell, close };
    },
  });
  base = (await serve(app)).url;
});

const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;
const sockets = () => process.getActiveResourcesInfo().filter(name => name.startsWith('TCPSocket')).length;

test('a task that settles while a client connects is never lost: 1,000 races', async () => {
  const asked = Array.from({ length: 1_000 }, () => ({ actor: 'any', payload: {} }));
  await enqueueTasks(app.queue, asked);
  const tasks = await waitFor(async () => {
    const claimed = await claimAll(app.queue);
    return claimed.length === 1_000 ? claimed : null;
  });
  const race = async (index: number) => {
    const task = tasks[index]!;
    const url = `${base}/api/task/${task._id}/stream`;
    // Who is first differs: the write, the connection, or both at once.
    const pause = () => new Promise(resolve => setTimeout(resolve, Math.random() * 6));
    const settle = async () => {
      if (index % 3 === 0) await pause();
      await completeTasks(app.queue, [{ task, result: index }]);
    };
    const connect = async () => {
      if (index % 3 === 1) await pause();
      const stream = await openStream(url);
      expect(await stream.ended).toBe('end');
      return stream.events.at(-1);
    };
    const [last] = await Promise.all([connect(), settle()]);
    expect(last).toMatchObject({ event: 'complete', data: { result: index } });
  };
  let at = 0;
  const runner = async () => {
    while (at < tasks.length) await race(at++);
  };
  await Promise.all(Array.from({ length: 16 }, runner));
  await waitFor(() => app.hub.size === 0);
});

test('HEAD on a stream says what GET would and leaves nothing behind', async () => {
  const task_id = await enqueue(app.queue);
  for (const path of [
    `/api/task/${task_id}/stream`,
    `/api/tasks/stream?ids=${task_id}`,
    '/api/tasks/stream?all=1',
  ]) {
    for (let n = 0; n < 20; n++) {
      const head = await fetch(base + path, { method: 'HEAD' });
      expect(head.status).toBe(200);
      expect(head.headers.get('content-type')).toContain('text/event-stream');
    }
  }
  expect((await fetch(`${base}/api/task/nope/stream`, { method: 'HEAD' })).status).toBe(404);
  expect(app.hub.size).toBe(0);
});

test('200 clients that connect and go leave no subscriber, timer, doorbell or socket', async () => {
  const task_id = await enqueue(app.queue);
  await waitFor(() => doorbells === 0);
  const before = { timers: timers(), sockets: sockets() };
  for (let n = 0; n < 200; n++) {
    const stop = new AbortController();
    const path = n % 2 ? `/api/task/${task_id}/stream` : '/api/tasks/stream?all=1';
    const answer = fetch(base + path, { signal: stop.signal }).catch(() => null);
    if (n % 3) await answer;
    else await new Promise(resolve => setTimeout(resolve, n % 5));
    stop.abort();
    await answer;
  }
  await waitFor(() => app.hub.size === 0 && doorbells === 0, {
    description: () => `${app.hub.size} ${doorbells}`,
  });
  await waitFor(() => timers() <= before.timers && sockets() <= before.sockets, {
    description: () => `${timers()} timers (${before.timers}), ${sockets()} sockets (${before.sockets})`,
  });
});

test('a client that stops reading is dropped, and the others go on', async () => {
  const task = await enqueueClaimed(app.queue);
  const { port } = new URL(base);
  const deaf = connectSocket(Number(port), '127.0.0.1').pause();
  deaf.on('error', () => {});
  const closed = new Promise(resolve => deaf.once('close', resolve));
  deaf.write(`GET /api/task/${task._id}/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  const reader = await openStream(`${base}/api/task/${task._id}/stream`);
  await waitFor(() => app.hub.size === 2);
  // Larger than what the kernel buffers for a socket.
  const message = 'x'.repeat(1_000_000);
  for (let n = 0; n < 100 && app.hub.size === 2; n++) {
    await updateProgress(app.queue, [{ task, progress: { elapsed_ms: n, message } }]);
    await reader.next(({ data }) => (data.progress as { elapsed_ms: number } | null)?.elapsed_ms === n);
  }
  await waitFor(() => app.hub.size === 1, { description: 'the deaf client to be dropped' });
  deaf.resume();
  await closed;
  await completeTasks(app.queue, [{ task, result: 'still here' }]);
  expect(await reader.ended).toBe('end');
});

test('the streams of a process are bounded', async () => {
  const task_id = await enqueue(app.queue);
  const open = await Promise.all(
    Array.from({ length: 150 }, () => openStream(`${base}/api/task/${task_id}/stream`)),
  );
  const refused = await fetch(`${base}/api/task/${task_id}/stream`);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(await refused.json()).toMatchObject({ type: 'urn:callsheet:problems/too-many-streams' });
  open[0]?.close();
  await waitFor(() => app.hub.size === 149);
  expect((await openStream(`${base}/api/task/${task_id}/stream`)).status).toBe(200);
});

test('a stream that is called without a socket works, and ends when its reader cancels', async () => {
  const task = await enqueueClaimed(app.queue);
  const answer = await app.app.request(`/api/task/${task._id}/stream`);
  const reader = answer.body!.getReader();
  const first = await reader.read();
  expect(new TextDecoder().decode(first.value)).toMatch(/^retry: \d{4}\n\nid: 2\nevent: progress\ndata: \{/);
  await reader.cancel();
  expect(app.hub.size).toBe(0);
});

test('a body that nobody ever reads does not stay for ever', async () => {
  const task_id = await enqueue(app.queue);
  await app.app.request(`/api/task/${task_id}/stream`);
  expect(app.hub.size).toBe(1);
  await waitFor(() => app.hub.size === 0, { timeoutMs: 5_000 });
});

test('where there are no change streams the hub looks by itself', async () => {
  const polling = await openApp({ watch: () => ({ mode: () => 'polling', close: async () => {} }) });
  const { url } = await serve(polling);
  const task = await enqueueClaimed(polling.queue, {});
  const one = await openStream(`${url}/api/task/${task._id}/stream`);
  const all = await openStream(`${url}/api/tasks/stream?all=1`);
  await one.next(() => true);
  await updateProgress(polling.queue, [{ task, progress: { elapsed_ms: 1, message: 'polled' } }]);
  for (const stream of [one, all])
    expect((await stream.next(({ data }) => data.state === 'running', 2_000)).data.progress).toMatchObject({
      message: 'polled',
    });
  const fresh = await enqueue(polling.queue);
  await all.next(({ data }) => data.task_id === fresh);
  await completeTasks(polling.queue, [{ task, result: 1 }]);
  expect(await one.ended).toBe('end');
});

test('a doorbell that never rings costs 5 s, not the end', async () => {
  const mute = await openApp({ watch: () => ({ mode: () => 'stream', close: async () => {} }) });
  const { url } = await serve(mute);
  const task = await enqueueClaimed(mute.queue);
  const stream = await openStream(`${url}/api/task/${task._id}/stream`);
  await stream.next(() => true);
  await completeTasks(mute.queue, [{ task, result: 'found by the sweep' }]);
  expect((await stream.next(({ event }) => event === 'complete', 8_000)).data.result).toBe(
    'found by the sweep',
  );
});

test('a read that fails is tried again before the sweep would find it', async () => {
  const shaky = await openApp();
  const { url } = await serve(shaky);
  const task = await enqueueClaimed(shaky.queue);
  const stream = await openStream(`${url}/api/task/${task._id}/stream`);
  await stream.next(() => true);
  await waitFor(async () => {
    await updateProgress(shaky.queue, [{ task, progress: { elapsed_ms: 0, message: 'the doorbell rings' } }]);
    return stream.events.length > 1;
  });
  const { byIds } = shaky.hub.look;
  let failures = 0;
  shaky.hub.look.byIds = async (...asked) => {
    failures += 1;
    if (failures === 1) throw new Error('no connection');
    return byIds(...asked);
  };
  await completeTasks(shaky.queue, [{ task, result: 1 }]);
  await stream.next(({ event }) => event === 'complete', 2_500);
  expect(failures).toBeGreaterThan(1);
});

test('a server that stops ends streams without a terminal event and opens no more', async () => {
  const stopping = await openApp();
  const { url } = await serve(stopping);
  const task_id = await enqueue(stopping.queue);
  const stream = await openStream(`${url}/api/task/${task_id}/stream`);
  await stream.next(() => true);
  stopping.hub.close();
  expect(await stream.ended).toBe('end');
  expect(stream.events.every(({ event }) => event === 'progress')).toBe(true);
  expect((await fetch(`${url}/api/task/${task_id}/stream`)).status).toBe(503);
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({
    ready: false,
    reasons: ['the server is stopping'],
  });
});
