// A stream that breaks in every way: the client says what it has seen, waits as it is asked to, and gives up in the end.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { backoffMs } from '../../client/follow.ts';
import { createClient, type FollowOptions, Problem, type TaskEvent } from '../../client/index.ts';

type Script = (url: URL, signal: AbortSignal) => Response | Promise<Response>;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const encoder = new TextEncoder();
const progress = (rev: number) =>
  `id: ${rev}\nevent: progress\ndata: {"task_id":"tq_1","rev":${rev},"state":"running"}\n\n`;
const complete = (rev: number) =>
  `id: ${rev}\nevent: complete\ndata: {"task_id":"tq_1","rev":${rev},"result":1}\n\n`;

/** A stream of these pieces; then it breaks, stands still, or ends. */
function stream(pieces: string[], then: 'break' | 'hang' | 'end', signal?: AbortSignal): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece));
      signal?.addEventListener('abort', () => controller.error(signal.reason));
      if (then === 'end') controller.close();
    },
    pull(controller) {
      if (then === 'break') controller.error(new Error('reset'));
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

const problem = (status: number, headers: Record<string, string> = {}) =>
  new Response(
    JSON.stringify({ type: 'urn:callsheet:problems/x', title: 'x', status, detail: 'no', instance: '' }),
    {
      status,
      headers: { 'content-type': 'application/problem+json', ...headers },
    },
  );

/** Watches a task of a server that plays this script, one entry per connection, the last one again and again. */
function watch(script: Script[], options: FollowOptions = {}) {
  const asked: { after: string | null; at: number }[] = [];
  const play: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    asked.push({ after: url.searchParams.get('after'), at: performance.now() });
    return script[Math.min(asked.length, script.length) - 1]!(url, init!.signal!);
  };
  const client = createClient({ url: 'http://server', fetch: play });
  const read = async () => {
    const events: TaskEvent[] = [];
    for await (const event of client.watch('tq_1', options)) events.push(event);
    return events;
  };
  return { asked, events: read() };
}

async function settled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  await vi.advanceTimersByTimeAsync(600_000);
  return promise;
}

test('a broken connection is made anew from the last event on', async () => {
  const { asked, events } = watch([
    () => stream([progress(3), progress(4).slice(0, 20)], 'break'),
    () => stream([progress(5)], 'end'),
    () => stream([': ka\n\n', 'event: ping\ndata: {}\n\n', complete(6)], 'hang'),
  ]);
  expect((await settled(events)).map(({ rev }) => rev)).toEqual([3, 5, 6]);
  expect(asked.map(({ after }) => after)).toEqual([null, '3', '5']);
});

test('an event in pieces, cut within a character, is one event', async () => {
  const bytes = encoder.encode(complete(1).replace('"result":1', '"result":"💥"'));
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
    },
  });
  const { events } = watch([() => new Response(body)]);
  expect(await settled(events)).toEqual([{ event: 'complete', task_id: 'tq_1', rev: 1, result: '💥' }]);
});

test('503 on a reconnect is waited out, as long as the server asks for', async () => {
  const { asked, events } = watch([
    () => stream([progress(1)], 'end'),
    () => problem(503, { 'Retry-After': '7' }),
    () => new Response('<html>bad gateway</html>', { status: 502 }),
    () => stream([complete(2)], 'end'),
  ]);
  expect(await settled(events)).toHaveLength(2);
  expect(asked).toHaveLength(4);
  expect(asked[2]!.at - asked[1]!.at).toBeGreaterThanOrEqual(7_000);
});

test('a connection on which nothing comes is left after 45 s', async () => {
  const { asked, events } = watch([
    (_, signal) => stream([progress(1)], 'hang', signal),
    () => stream([complete(2)], 'end'),
  ]);
  expect(await settled(events)).toHaveLength(2);
  expect(asked[1]!.at - asked[0]!.at).toBeGreaterThan(45_000);
  expect(asked[1]!.at - asked[0]!.at).toBeLessThan(47_000);
});

test('comments alone keep a connection', async () => {
  let beats: ReturnType<typeof setInterval> | undefined;
  const { asked, events } = watch([
    () => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          let beat = 0;
          const next = () => {
            beat += 1;
            controller.enqueue(encoder.encode(beat < 20 ? ': ka\n\n' : complete(1)));
            beats = setTimeout(next, 15_000);
          };
          next();
        },
      });
      return new Response(body);
    },
  ]);
  expect(await settled(events)).toHaveLength(1);
  clearTimeout(beats);
  expect(asked).toHaveLength(1);
});

test('it gives up when nothing was heard for its patience, and not before', async () => {
  const { asked, events } = watch([() => stream([progress(1)], 'end'), () => problem(503)], {
    patienceMs: 60_000,
  });
  await expect(settled(events)).rejects.toBeInstanceOf(Problem);
  const took = asked.at(-1)!.at - asked[0]!.at;
  expect(took).toBeGreaterThan(60_000);
  expect(took).toBeLessThan(95_000);
  // Each wait about twice the one before: no storm.
  expect(asked.length).toBeLessThan(12);
});

test('a refusal is final, an end that was seen is the end', async () => {
  const gone = watch([() => stream([progress(1)], 'end'), () => problem(404)]);
  await expect(settled(gone.events)).rejects.toMatchObject({ status: 404 });
  const seen = watch([() => stream([progress(1)], 'end'), () => new Response(null, { status: 204 })]);
  expect(await settled(seen.events)).toHaveLength(1);
});

test('whoever stops reading closes the connection, and whoever aborts ends a wait', async () => {
  let connection: AbortSignal | undefined;
  const play: typeof fetch = async (_, init) => {
    connection = init!.signal!;
    return stream([progress(1)], 'hang', connection);
  };
  const client = createClient({ url: 'http://server', fetch: play });
  for await (const _ of client.watch('tq_1')) break;
  expect(connection?.aborted).toBe(true);
  const stop = new AbortController();
  const { events } = watch([() => stream([progress(1)], 'end'), () => problem(503)], { signal: stop.signal });
  events.catch(() => {});
  await vi.advanceTimersByTimeAsync(5_000);
  stop.abort(new Error('enough'));
  await expect(events).rejects.toThrow('enough');
  expect(vi.getTimerCount()).toBe(0);
});

test('waits grow to half a minute and are never all alike', () => {
  expect(backoffMs(0, () => 0)).toBe(250);
  expect(backoffMs(3, () => 1)).toBe(4_000);
  expect(backoffMs(50, () => 1)).toBe(30_000);
  expect(new Set(Array.from({ length: 20 }, () => backoffMs(5))).size).toBeGreaterThan(10);
});
