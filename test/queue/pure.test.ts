// The pure parts of the queue: states, routes, backoff, slots, storable values, addresses.
import { expect, test } from 'vitest';
import { retryDelay } from '../../queue/backoff.ts';
import { choosePicks } from '../../queue/claim/choose.ts';
import { freeSlots } from '../../queue/claim/slots.ts';
import { addressOf, connect } from '../../queue/connect.ts';
import { InvalidInput } from '../../queue/errors.ts';
import { isTaskId, newTaskId } from '../../queue/ids.ts';
import { resolvePointer, routeTask } from '../../queue/route.ts';
import { isTerminal, terminalStatuses, transitions } from '../../queue/states.ts';
import { findUnstorable } from '../../queue/storable.ts';
import { taskStatuses } from '../../queue/task.ts';

test('every status can be reached; the ends are left by nobody but who revives a task on request', () => {
  const reached = new Set<string>(Object.values(transitions).map(({ to }) => to));
  for (const status of taskStatuses) {
    const ways = Object.entries(transitions).filter(([, { from }]) =>
      (from as readonly string[]).includes(status),
    );
    const leaving = ways.map(([name]) => name).filter(name => name !== 'revive');
    expect({ status, left: leaving.length > 0 }).toEqual({ status, left: !isTerminal(status) });
    expect({ status, reached: reached.has(status) || status === 'scheduled' }).toEqual({
      status,
      reached: true,
    });
  }
});

test('whoever leaves processing frees the slot, and whoever ends a task frees its dedupe key', () => {
  for (const [name, { from, to, unset = [] }] of Object.entries(transitions) as [
    string,
    { from: readonly string[]; to: string; unset?: readonly string[] },
  ][]) {
    if (from.includes('processing'))
      expect({ name, unset }).toEqual({ name, unset: expect.arrayContaining(['slot', 'heartbeat_at']) });
    if (terminalStatuses.some(status => status === to))
      expect({ name, unset }).toEqual({ name, unset: expect.arrayContaining(['dedupe_key']) });
  }
});

test('a retry waits min(base * 2^n, max), with full jitter when asked', () => {
  const policy = { max_retries: 3, base_ms: 30_000, max_ms: 600_000, jitter: false };
  expect([0, 1, 2, 3, 4, 5, 50].map(n => retryDelay(policy, n))).toEqual([
    30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000,
  ]);
  const jittered = { ...policy, jitter: true };
  expect(retryDelay(jittered, 1, () => 0)).toBe(0);
  expect(retryDelay(jittered, 1, () => 0.5)).toBe(30_000);
});

test('free slots: any below the limit; while draining, only as many as may start, the lowest ones', () => {
  expect(freeSlots(3, [1]).toSorted((a, b) => a - b)).toEqual([0, 2]);
  expect(freeSlots(3, [0, 1, 2])).toEqual([]);
  expect(freeSlots(3, [0, 7])).toEqual([1]);
  expect(freeSlots(2, [5, 6, 7])).toEqual([]);
});

test('several claimers take disjoint candidates while there are enough, and all of them when there are few', () => {
  const ready_at = new Date(0);
  const candidates = Array.from({ length: 64 }, (_, n) => ({
    _id: `tq_${n.toString(16).padStart(4, '0')}`,
    lane: 'x#0',
    priority: 0,
    ready_at,
  }));
  const limits = new Map([['x#0', null]]);
  const pick = (index: number, from = candidates) =>
    choosePicks(from, new Map(), limits, { want: 16, share: { index, of: 4 } }).picks.map(({ _id }) => _id);
  const all = [0, 1, 2, 3].flatMap(index => pick(index));
  expect(new Set(all).size).toBe(64);
  expect(pick(0, candidates.slice(0, 3))).toHaveLength(3);
});

test('an unlimited task goes to one of four lanes of its actor, a limited one to its key', () => {
  const lanes = new Set(
    Array.from(
      { length: 100 },
      (_, n) => routeTask('echo', null, {}, `tq_${(n * 7_919).toString(16).padStart(4, '0')}`).lane,
    ),
  );
  expect([...lanes].toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['echo#0', 'echo#1', 'echo#2', 'echo#3']);
  expect(routeTask('one', { limit: 5 }, {}, 'tq_0')).toEqual({
    lane: 'one',
    concurrency_identifier: 'one',
    concurrency_limit: 5,
  });
  const rule = { key: '/a~1b/0/~0', limits: { x: 7, constructor: 2 }, default: 1 };
  expect(routeTask('two', rule, { 'a/b': [{ '~': 'x' }] }, 'tq_0')).toMatchObject({
    lane: 'x',
    concurrency_limit: 7,
  });
  expect(routeTask('two', rule, { 'a/b': [{ '~': 'toString' }] }, 'tq_0')).toMatchObject({
    concurrency_limit: 1,
  });
  expect(routeTask('two', rule, { 'a/b': [{ '~': 12 }] }, 'tq_0')).toMatchObject({ lane: '12' });
  expect(() => routeTask('two', rule, {}, 'tq_0')).toThrow(InvalidInput);
});

test('a pointer never leaves the payload through a prototype', () => {
  expect(resolvePointer({ a: 1 }, '/__proto__')).toBeUndefined();
  expect(resolvePointer({ a: 'x' }, '/a/length')).toBeUndefined();
  expect(resolvePointer([1], '/0')).toBe(1);
});

test('task ids have their shape and rise within one millisecond', () => {
  const ids = Array.from({ length: 10_000 }, () => newTaskId(new Date(1_700_000_000_000)));
  expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)));
  expect(ids.every(isTaskId)).toBe(true);
  for (const text of ['', 'tq_', 'tq_../../x', `${ids[0]}x`, ids[0]!.toUpperCase(), ids[0]!.slice(3)])
    expect(isTaskId(text)).toBe(false);
});

test('ordinary odd values are storable', () => {
  for (const value of [
    null,
    '',
    '$x',
    { $ref: 'a' },
    { $id: 1 },
    { toBSON: 'text' },
    { length: 1 },
    [[]],
    '\0',
  ])
    expect(findUnstorable(value)).toBeNull();
});

test('the address of a database is named without its password, in errors too', async () => {
  expect(addressOf('mongodb://user:hunter2@db.example:27017/x?y=1')).toBe('mongodb://db.example:27017');
  expect(addressOf('mongodb+srv://u:p@a.b')).toBe('mongodb+srv://a.b');
  const dead = connect('mongodb://user:hunter2@127.0.0.1:1/x', { serverSelectionTimeoutMS: 200 });
  await expect(dead).rejects.toThrow('MongoDB does not answer at mongodb://127.0.0.1:1');
  await expect(dead).rejects.not.toThrow('hunter2');
  await expect(connect('mongo://user:hunter2@x')).rejects.toThrow('cannot be read');
  await expect(connect('mongo://user:hunter2@x')).rejects.not.toThrow('hunter2');
});
