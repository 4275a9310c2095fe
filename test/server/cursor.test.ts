import { expect, test } from 'vitest';
import { hasSeen, laterOf, nothingSeen, readCursor, writeCursor } from '../../server/hub/cursor.ts';

const id = (n: number) => `tq_01a2071a-cf56-7000-8000-${n.toString(16).padStart(12, '0')}`;
const state = (n: number, rev: number, changed_at = 0) => ({ task_id: id(n), rev, changed_at });

test('a cursor over many tasks remembers each rev exactly', () => {
  const sent = new Map([
    [id(1), 1],
    [id(2), 40],
  ]);
  const seen = readCursor('tasks', writeCursor('tasks', 40, sent, 0))!;
  expect([hasSeen(seen, state(1, 1)), hasSeen(seen, state(1, 2))]).toEqual([true, false]);
  expect([hasSeen(seen, state(2, 40)), hasSeen(seen, state(2, 41))]).toEqual([true, false]);
  expect(hasSeen(seen, state(3, 1))).toBe(false);
});

test('a cursor over many tasks stays small: the latest hundred', () => {
  const sent = new Map(Array.from({ length: 1_000 }, (_, n) => [id(n), 1_000_000]));
  const text = writeCursor('tasks', 1, sent, 0);
  expect(text.length).toBeLessThan(1_500);
  const seen = readCursor('tasks', text)!;
  expect([hasSeen(seen, state(999, 1_000_000)), hasSeen(seen, state(0, 1))]).toEqual([true, false]);
});

test('a cursor over all tasks is a moment', () => {
  const seen = readCursor('all', writeCursor('all', 1, new Map(), 1_000))!;
  expect([hasSeen(seen, state(1, 1, 999)), hasSeen(seen, state(1, 1, 1_000))]).toEqual([true, false]);
});

test('rubbish is no cursor', () => {
  for (const text of [
    '',
    'r',
    'r1',
    'x',
    'r00000001.',
    'r0000000g1',
    't',
    'tx',
    '-1',
    '1.0',
    ' 1',
    'null',
    '\n',
  ])
    for (const kind of ['task', 'tasks', 'all'] as const)
      expect(readCursor(kind, text), `${kind} ${text}`).toBeNull();
  expect(readCursor('tasks', `r${Array.from({ length: 101 }, () => '000000001').join('.')}`)).toBeNull();
});

test('a rev beyond every number is one that is far ahead', () => {
  expect(readCursor('task', '9'.repeat(40))).toEqual({ rev: Number.MAX_SAFE_INTEGER });
});

test('of two cursors the one that has seen more counts, task by task', () => {
  expect(laterOf({ rev: 3 }, { rev: 5 })).toEqual({ rev: 5 });
  expect(laterOf({ moment: 3 }, { moment: 1 })).toEqual({ moment: 3 });
  const a = {
    revs: new Map([
      ['a', 1],
      ['b', 9],
    ]),
  };
  const b = {
    revs: new Map([
      ['a', 2],
      ['c', 3],
    ]),
  };
  expect(laterOf(a, b)).toEqual({
    revs: new Map([
      ['a', 2],
      ['b', 9],
      ['c', 3],
    ]),
  });
});

test('without a cursor a task is new, and with all tasks only changes are', () => {
  expect(hasSeen(nothingSeen.task, state(1, 0))).toBe(false);
  expect(hasSeen(nothingSeen.tasks, state(1, 0))).toBe(false);
  expect(hasSeen(nothingSeen.all, state(1, 7, Date.now()))).toBe(true);
});
