// When the stream client opens, waits, polls, rests and gives up.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StreamClient } from '../../webui/api/stream/client.ts';
import type { Connection } from '../../webui/api/stream/connection.ts';
import { FakePage, Sources } from './support/event-source.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type SetUp = {
  beginsWithState?: boolean;
  reached?: boolean;
  hidden?: boolean;
  resync?: () => Promise<boolean>;
};

function setUp({ beginsWithState = true, reached = true, hidden = false, resync }: SetUp = {}) {
  const sources = new Sources();
  const page = new FakePage();
  page.hidden = hidden;
  const seen = { connections: [] as Connection[], events: [] as string[], resyncs: 0, reached };
  const client = new StreamClient({
    url: '/stream',
    beginsWithState,
    open: sources.open,
    page,
    random: () => 0.5,
    onEvent: (name, data) => seen.events.push(`${name} ${data}`),
    onConnection: connection => seen.connections.push(connection),
    resync: async () => {
      seen.resyncs += 1;
      return resync ? resync() : seen.reached;
    },
  });
  return { sources, page, seen, client, now: () => seen.connections.at(-1) };
}

/** Lets the present source fail and the next one be opened. */
async function failOnce(sources: Sources, waitMs: number): Promise<void> {
  sources.last.fail();
  await vi.advanceTimersByTimeAsync(waitMs);
}

test('it is connecting until the source opens, then live', () => {
  const { sources, now } = setUp();
  expect(now()).toBe('connecting');
  sources.last.open();
  expect(now()).toBe('live');
});

test('an event of ours named error is handed on and does not count as a lost connection', () => {
  const { sources, seen, now } = setUp();
  sources.last.open();
  sources.last.say('error', { task_id: 'tq_1', rev: 2 });
  expect(seen.events).toEqual(['error {"task_id":"tq_1","rev":2}']);
  expect(now()).toBe('live');
  expect(sources.openNow).toBe(1);
});

test('a lost connection is opened again after 1, 2, 4, 8, 16 and then always 30 seconds', async () => {
  const { sources } = setUp({ reached: false });
  for (const [failures, waitMs] of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
    sources.last.fail();
    await vi.advanceTimersByTimeAsync(waitMs - 1);
    expect(sources.all).toHaveLength(failures + 1);
    await vi.advanceTimersByTimeAsync(1);
    expect(sources.all).toHaveLength(failures + 2);
  }
  expect(sources.openNow).toBe(1);
});

test('what was missed is read again once the connection is back', async () => {
  const { sources, seen, now } = setUp();
  sources.last.open();
  expect(seen.resyncs).toBe(0);
  await failOnce(sources, 1_000);
  expect(now()).toBe('reconnecting');
  sources.last.open();
  expect(now()).toBe('live');
  expect(seen.resyncs).toBe(1);
});

test('a stream that does not begin with the state is followed by a reading from the first opening on', () => {
  const { sources, seen } = setUp({ beginsWithState: false });
  sources.last.open();
  expect(seen.resyncs).toBe(1);
});

test('after five failures it polls every 5 s and says so, and stops when the stream is back', async () => {
  const { sources, seen, now } = setUp({ reached: false });
  for (const waitMs of [1_000, 2_000, 4_000, 8_000]) await failOnce(sources, waitMs);
  expect(now()).toBe('reconnecting');
  sources.last.fail();
  expect(now()).toBe('polling');
  await vi.advanceTimersByTimeAsync(15_000);
  expect(seen.resyncs).toBe(3);
  await vi.advanceTimersByTimeAsync(1_000);
  sources.last.open();
  expect(now()).toBe('live');
  const { resyncs } = seen;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(seen.resyncs).toBe(resyncs);
});

test('a poll that reaches the server again opens the stream without sitting out the back-off', async () => {
  const { sources, seen } = setUp({ reached: false });
  for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000]) await failOnce(sources, waitMs);
  sources.last.fail();
  const opened = sources.all.length;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(sources.all).toHaveLength(opened);
  seen.reached = true;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(sources.all).toHaveLength(opened + 1);
});

test('polls do not pile up while an answer is slow', async () => {
  let answer: (reached: boolean) => void = () => {};
  const { sources, seen } = setUp({ resync: () => new Promise(resolve => (answer = resolve)) });
  for (const waitMs of [1_000, 2_000, 4_000, 8_000]) await failOnce(sources, waitMs);
  sources.last.fail();
  await vi.advanceTimersByTimeAsync(12_000);
  expect(seen.resyncs).toBe(1);
  answer(false);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(seen.resyncs).toBe(2);
});

test('without a network it says offline, and tries at once when the network is back', async () => {
  const { sources, page, now } = setUp();
  sources.last.open();
  page.signal('offline');
  expect(sources.all).toHaveLength(2);
  sources.last.fail();
  expect(now()).toBe('offline');
  page.signal('online');
  expect(sources.all).toHaveLength(3);
  sources.last.open();
  expect(now()).toBe('live');
});

test('a server on this machine stays live when the network goes', () => {
  const { sources, page, now } = setUp();
  sources.last.open();
  page.signal('offline');
  sources.last.open();
  expect(now()).toBe('live');
});

test('a stream silent for 75 s is replaced without a word', async () => {
  const { sources, seen } = setUp();
  sources.last.open();
  await vi.advanceTimersByTimeAsync(74_000);
  sources.last.say('ping', {});
  await vi.advanceTimersByTimeAsync(74_999);
  expect(sources.all).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(sources.all).toHaveLength(2);
  sources.last.open();
  expect(seen.connections).toEqual(['connecting', 'live']);
  expect(sources.openNow).toBe(1);
});

test('an opening that nobody answers counts as a failure after 20 s', async () => {
  const { sources, now } = setUp();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(now()).toBe('reconnecting');
  expect(sources.openNow).toBe(0);
});

test('hidden for 30 s it closes, and opens again and reads when seen', async () => {
  const { sources, page, seen, now } = setUp();
  sources.last.open();
  page.signal('hidden');
  await vi.advanceTimersByTimeAsync(29_999);
  expect(sources.openNow).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(sources.openNow).toBe(0);
  expect(now()).toBe('resting');
  page.signal('visible');
  expect(sources.openNow).toBe(1);
  sources.last.open();
  expect(now()).toBe('live');
  expect(seen.resyncs).toBe(1);
});

test('a short look at another tab changes nothing', async () => {
  const { sources, page } = setUp();
  sources.last.open();
  page.signal('hidden');
  await vi.advanceTimersByTimeAsync(10_000);
  page.signal('visible');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sources.all).toHaveLength(1);
});

test('a hidden page that rests is not woken by the network', async () => {
  const { sources, page } = setUp();
  page.signal('hidden');
  await vi.advanceTimersByTimeAsync(30_000);
  page.signal('online');
  expect(sources.openNow).toBe(0);
});

test('a page that was opened in the background rests too', async () => {
  const { sources } = setUp({ hidden: true });
  sources.last.open();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(sources.openNow).toBe(0);
});

test('a page restored from the back-forward cache connects at once', () => {
  const { sources, page } = setUp();
  sources.last.open();
  page.signal('restored');
  expect(sources.all).toHaveLength(2);
  expect(sources.openNow).toBe(1);
});

test('a tab that comes back while the connection is lost does not wait for the back-off', async () => {
  const { sources, page } = setUp();
  for (const waitMs of [1_000, 2_000, 4_000]) await failOnce(sources, waitMs);
  sources.last.fail();
  page.signal('hidden');
  page.signal('visible');
  expect(sources.openNow).toBe(1);
});

test('stopped, it is silent: no source, no timer, no listener', async () => {
  const { sources, page, seen, client } = setUp();
  for (const waitMs of [1_000, 2_000, 4_000, 8_000]) await failOnce(sources, waitMs);
  sources.last.fail();
  page.signal('hidden');
  client.stop();
  const said = seen.connections.length;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(vi.getTimerCount()).toBe(0);
  expect(page.listeners.size).toBe(0);
  expect(sources.openNow).toBe(0);
  expect(seen.connections).toHaveLength(said);
});

function setUpWithPulse(answers: { ready: boolean | null }) {
  const sources = new Sources();
  const seen = { connections: [] as Connection[], resyncs: 0, asked: 0 };
  const client = new StreamClient({
    url: '/stream',
    beginsWithState: true,
    open: sources.open,
    page: new FakePage(),
    random: () => 0.5,
    onEvent: () => {},
    onConnection: connection => seen.connections.push(connection),
    resync: async () => {
      seen.resyncs += 1;
      return answers.ready === true;
    },
    isReady: async () => {
      seen.asked += 1;
      return answers.ready;
    },
  });
  return { sources, seen, client, now: () => seen.connections.at(-1) };
}
const settle = () => vi.advanceTimersByTimeAsync(0);

test('an open stream of a server without its database is not called live', async () => {
  const { sources, seen, now } = setUpWithPulse({ ready: false });
  sources.last.open();
  expect(now()).toBe('connecting');
  await settle();
  expect(now()).toBe('stalled');
  expect(seen.connections).not.toContain('live');
});

test('a database that goes and comes back: live, not up to date, live again with a reading of what was missed', async () => {
  const answers = { ready: true };
  const { sources, seen, now } = setUpWithPulse(answers);
  sources.last.open();
  await settle();
  expect(now()).toBe('live');
  answers.ready = false;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(now()).toBe('stalled');
  expect(seen.resyncs).toBe(0);
  answers.ready = true;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(now()).toBe('live');
  expect(seen.resyncs).toBe(1);
  expect(sources.all).toHaveLength(1);
});

test('an event is proof enough, and puts the next question off', async () => {
  const { sources, seen, now } = setUpWithPulse({ ready: false });
  sources.last.open();
  sources.last.say('progress', { task_id: 'tq_1', rev: 1 });
  expect(now()).toBe('live');
  await settle();
  const { asked } = seen;
  for (let second = 0; second < 10; second++) {
    sources.last.say('progress', { task_id: 'tq_1', rev: 2 + second });
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(seen.asked).toBe(asked);
});

test('a server that ends streams while its database is away is opened again as soon as it is ready', async () => {
  const answers = { ready: false };
  const { sources, now } = setUpWithPulse(answers);
  sources.last.open();
  await settle();
  await failOnce(sources, 1_000);
  expect(now()).toBe('stalled');
  sources.last.open();
  await settle();
  sources.last.fail();
  expect(now()).toBe('stalled');
  answers.ready = true;
  await vi.advanceTimersByTimeAsync(2_000);
  sources.last.open();
  await settle();
  expect(now()).toBe('live');
});

test('a server that says nothing of itself is not called unready', async () => {
  const { sources, now } = setUpWithPulse({ ready: null });
  sources.last.open();
  await settle();
  expect(now()).toBe('live');
});

test('once it is stopped it asks no more', async () => {
  const { sources, seen, client } = setUpWithPulse({ ready: true });
  sources.last.open();
  await settle();
  client.stop();
  const { asked } = seen;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(seen.asked).toBe(asked);
});
