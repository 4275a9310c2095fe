// The client against a real server: what it sends, what it makes of answers, and how it finds its way back to a stream.
import { beforeAll, expect, test } from 'vitest';
import { type Client, createClient, hasEnded, Problem, Unreachable } from '../../client/index.ts';
import { completeTasks, updateProgress } from '../../queue/index.ts';
import { createApp, Hub, listen, parseKeys } from '../../server/index.ts';
import {
  claimAll,
  enqueue,
  enqueueClaimed,
  enqueueDead,
  openApp,
  serve,
  type TestApp,
} from '../server/setup.ts';

let t: TestApp;
let client: Client;
beforeAll(async () => {
  t = await openApp();
  client = createClient({ url: (await serve(t)).url });
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const item of items) read.push(item);
  return read;
}

const complete = async (task: Awaited<ReturnType<typeof enqueueClaimed>>, result: string) =>
  completeTasks(t.queue, [{ task, result }]);

test('a task is made, watched to its end, and read', async () => {
  const { task_id, urls } = await client.createTask({ actor: 'sleep', payload: { ms: 5 }, tags: ['a'] });
  expect(urls.self).toBe(`/api/task/${task_id}`);
  const seen: string[] = [];
  const watching = (async () => {
    for await (const event of client.watch(task_id)) {
      seen.push(event.event === 'progress' ? event.state : event.event);
      if (event.event === 'progress' && event.state === 'pending')
        void claimAll(t.queue).then(([task]) => complete(task!, 'slept'));
    }
  })();
  expect(await client.waitFor({ task_id })).toMatchObject({
    status: 'completed',
    result: 'slept',
    tags: ['a'],
  });
  await watching;
  expect(seen[0]).toBe('pending');
  expect(seen.at(-1)).toBe('complete');
  expect(hasEnded(await client.getTask(task_id))).toBe(true);
});

test('a task that has ended is not waited for, and its end is told once', async () => {
  const task = await enqueueClaimed(t.queue);
  await complete(task, 'done');
  const events = await all(client.watch(task._id));
  expect(events).toMatchObject([{ event: 'complete', result: 'done' }]);
  expect(await all(client.watch(task._id, { after: events[0]!.rev }))).toEqual([]);
});

test('refusals are typed: their kind, and each wrong field', async () => {
  const wrong = await client
    .createTask({ actor: 'sleep', payload: { ms: 'x', note: 5 } })
    .catch(error => error);
  expect(wrong).toBeInstanceOf(Problem);
  expect(wrong).toMatchObject({ status: 422, kind: 'validation' });
  expect(wrong.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
    '/payload/ms',
    '/payload/note',
  ]);
  await expect(client.createTask({ actor: 'nobody', payload: {} })).rejects.toMatchObject({
    status: 404,
    kind: 'unknown-actor',
    message: expect.stringContaining('nobody'),
  });
  await expect(all(client.watch('tq_none'))).rejects.toMatchObject({ status: 404 });
});

test('nobody there, and somebody else, are told apart', async () => {
  const listener = await listen(() => new Response('<p>hello</p>'), '127.0.0.1', 0);
  const stranger = createClient({ url: `${listener.url}/` });
  await expect(stranger.getTask('tq_1')).rejects.toMatchObject({ name: 'Unreachable', why: 'stranger' });
  await listener.close(0);
  await expect(stranger.getTask('tq_1')).rejects.toMatchObject({ why: 'no-answer' });
  await expect(all(stranger.watch('tq_1'))).rejects.toBeInstanceOf(Unreachable);
});

test('what a proxy refuses with a page of its own is a refusal', async () => {
  const answers = [413, 502, 404].map(status => new Response('<h1>nginx</h1>', { status }));
  const proxied = createClient({ url: 'http://server', fetch: async () => answers.shift()! });
  await expect(proxied.getTask('tq_1')).rejects.toMatchObject({ name: 'Problem', status: 413, errors: [] });
  await expect(proxied.getTask('tq_1')).rejects.toMatchObject({ name: 'Problem', status: 502 });
  await expect(proxied.getTask('tq_1')).rejects.toMatchObject({ why: 'stranger' });
});

test('an answer that does not come in time, and a request that is ended, are told apart', async () => {
  const listener = await listen(() => new Promise<Response>(() => {}), '127.0.0.1', 0);
  const { url } = listener;
  await expect(createClient({ url, timeoutMs: 50 }).getTask('tq_1')).rejects.toMatchObject({
    why: 'timeout',
  });
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  await expect(createClient({ url }).getTask('tq_1', { signal })).rejects.toBe(reason);
  await expect(all(createClient({ url }).watch('tq_1', { signal }))).rejects.toBe(reason);
  await listener.close(0);
});

test('lists are read page by page, as far as somebody reads', async () => {
  const { task_ids } = await client.createTasks(
    Array.from({ length: 5 }, () => ({ actor: 'any', payload: {}, workflow_run_id: 'list' })),
  );
  const listing = client.listTasks({ workflow_run_id: 'list' }, { limit: 2 });
  const first = await listing.page();
  expect(first.items).toHaveLength(2);
  expect((await listing.page(first.next_cursor)).items).toHaveLength(2);
  expect((await all(listing)).map(({ task_id }) => task_id)).toEqual(task_ids.toReversed());
});

test('one and many are cancelled, retried and dismissed', async () => {
  const ids = [await enqueue(t.queue), await enqueue(t.queue)];
  expect(await client.cancelTask(ids[0]!)).toEqual({ task_id: ids[0], status: 'cancelled' });
  await expect(client.cancelTask(ids[0]!)).rejects.toMatchObject({ status: 409 });
  expect(await client.actOnTasks('cancel', { ids }, { dry_run: true })).toEqual({ matched: 1, changed: 0 });
  expect(await client.actOnTasks('cancel', { ids })).toEqual({ matched: 1, changed: 1 });
  expect(await client.retryTask(ids[0]!)).toMatchObject({ status: 'queued' });
  expect(await client.cancelTask(ids[0]!, { children: true })).toMatchObject({ children: { matched: 0 } });
  const dead = await enqueueDead(t.queue, 'ClientBoom');
  expect(await client.dlq.groups({ error_type: 'ClientBoom' })).toMatchObject([{ count: 1 }]);
  expect(await all(client.dlq.list({ error_type: 'ClientBoom' }))).toMatchObject([{ task_id: dead }]);
  expect(await client.dlq.dismiss(dead)).toEqual({ task_id: dead, status: 'failed', dead: false });
});

test('schedules, the catalog, lanes, media and health have their calls', async () => {
  const made = await client.schedules.create({ cron: '0 9 * * *', actor: 'any', payload: { a: 1 } });
  const { schedule_id } = made;
  expect(await client.schedules.change(schedule_id, { paused: true })).toMatchObject({ next_run_at: null });
  expect(await client.schedules.get(schedule_id)).toMatchObject({ cron: '0 9 * * *' });
  expect(await client.schedules.run(schedule_id)).toMatchObject({ task_id: expect.stringMatching(/^tq_/) });
  expect(await all(client.schedules.list())).toHaveLength(1);
  expect(await client.schedules.delete(schedule_id)).toBeUndefined();
  expect((await all(client.listActors({ limit: 1 }))).map(({ name }) => name)).toContain('sleep');
  expect(await client.getActor('sleep')).toMatchObject({ input: { required: ['ms'] } });
  expect(await all(client.listWorkers())).toEqual([]);
  expect(await client.getStats()).toMatchObject({ idle_workers: 0 });
  expect(await all(client.contents.list('nothing'))).toEqual([]);
  expect(await client.readiness()).toEqual({ ready: true, reasons: [] });
  expect(await client.session.get()).toMatchObject({ name: null });
});

test('a key is sent with everything, the stream too', async () => {
  const { queue, content, hub } = t;
  const app = createApp({ queue, content, hub, keys: parseKeys('app:read:SECRET') });
  const { url } = await serve({ app });
  const done = await enqueueClaimed(queue);
  await complete(done, 'kept');
  await expect(createClient({ url }).getTask(done._id)).rejects.toMatchObject({ status: 401 });
  const known = createClient({ url, key: 'SECRET' });
  expect(await all(known.watch(done._id))).toHaveLength(1);
  await expect(known.createTask({ actor: 'any', payload: {} })).rejects.toMatchObject({ status: 403 });
});

test('a stream outlives its server: another one tells the rest, and nothing twice', async () => {
  const { queue, content } = t;
  const task = await enqueueClaimed(queue);
  const open = async (port: number) => {
    const hub = new Hub(queue);
    const listener = await listen(createApp({ queue, content, hub }).fetch, '127.0.0.1', port);
    const stop = async () => {
      hub.close();
      await listener.close(500);
    };
    return { ...listener, stop };
  };
  let server = await open(0);
  const { url, port } = server;
  const move = async () => {
    await server.stop();
    server = await open(port);
    await updateProgress(queue, [{ task, progress: { elapsed_ms: 1, message: 'half' } }]);
    await complete(task, 'done');
  };
  const revs: number[] = [];
  let moving: Promise<void> | undefined;
  for await (const { rev } of createClient({ url }).watch(task._id)) {
    revs.push(rev);
    moving ??= move();
  }
  await moving;
  await server.stop();
  expect(revs.length).toBeGreaterThan(1);
  expect(revs).toEqual([...new Set(revs)].toSorted((a, b) => a - b));
});
