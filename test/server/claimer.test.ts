// How what waits is divided among workers outside.
import { expect, test } from 'vitest';
import { divideBy } from '../../server/remote/claimer.ts';

const worker = (room: number, turn = 0, ...actors: string[]) => ({
  room: () => room,
  turn,
  actors: new Set(actors.length > 0 ? actors : ['a']),
});
const wants = (...turns: Parameters<typeof divideBy>) => divideBy(...turns).map(({ want }) => want);

test('by the room they have, and never more than that', () => {
  const four = { lanes: [['a']], waiting: 4 };
  expect(wants(four, [worker(10), worker(10)])).toEqual([2, 2]);
  expect(wants(four, [worker(2), worker(6)])).toEqual([3, 1]);
  expect(wants({ lanes: [['a']], waiting: 100 }, [worker(2), worker(6)])).toEqual([6, 2]);
});

test('of workers with the same room the one served longest ago comes first', () => {
  const [late, early] = [worker(1, 7), worker(1, 3)];
  expect(divideBy({ lanes: [['a']], waiting: 1 }, [late, early])[0]?.session).toBe(early);
});

test('only those for whom a lane is open; and everybody looks once, so that an empty lane is closed', () => {
  const [a, b, both] = [worker(4, 0, 'a'), worker(4, 0, 'b'), worker(2, 0, 'a', 'b')];
  const turns = divideBy({ lanes: [['b'], ['c']], waiting: 0 }, [a, b, both]);
  expect(turns.map(({ session, want }) => [session, want])).toEqual([
    [b, 1],
    [both, 1],
  ]);
});

test('workers that left, or stopped reading, while it was looked are given nothing, and take nothing from the others', () => {
  const open = { lanes: [['a']], waiting: 10 };
  const [gone, here] = [worker(0), worker(3)];
  expect(divideBy(open, [gone, here])).toEqual([{ session: here, want: 3 }]);
  expect(divideBy(open, [gone, worker(0)])).toEqual([]);
});
