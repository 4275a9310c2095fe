// How what waits is divided among workers outside: between crews that execute different jobs, and in a crew.
import { expect, test } from 'vitest';
import { dealPicks } from '../../queue/claim/deal.ts';
import { crewsOf, divideBy } from '../../server/remote/crews.ts';

const worker = (room: number, turn = 0, ...jobs: string[]) => {
  const actors = jobs.length > 0 ? jobs : ['a'];
  return { room: () => room, turn, actors: new Set(actors), jobs: actors.join(' ') };
};
const lanesOf = (waiting: number, ...lanes: string[][]) => ({ lanes, waiting });

test('those that execute the same are one crew, the one served longest ago first; who has no room is in none', () => {
  const [late, early, other] = [worker(1, 7), worker(1, 3), worker(1, 0, 'b')];
  expect(crewsOf([late, worker(0), other, early])).toEqual([[other], [early, late]]);
});

test('what waits is divided among crews by the room they have, and never more than that', () => {
  const [a, b] = [worker(2, 0, 'a'), worker(6, 0, 'b')];
  const [c, d] = [worker(4, 0, 'a', 'b'), worker(2, 1, 'a', 'b')];
  const wants = (waiting: number) =>
    divideBy(lanesOf(waiting, ['a', 'b']), crewsOf([a, b, c, d])).map(({ want }) => want);
  expect(wants(7)).toEqual([3, 3, 1]);
  expect(wants(100)).toEqual([6, 6, 2]);
});

test('only those for whom a lane is open; and every crew looks once, so that an empty lane is closed', () => {
  const [a, b, both] = [worker(4, 0, 'a'), worker(4, 0, 'b'), worker(2, 0, 'a', 'b')];
  const turns = divideBy(lanesOf(0, ['b'], ['c']), crewsOf([a, b, both]));
  expect(turns).toEqual([
    { crew: [b], want: 1 },
    { crew: [both], want: 1 },
  ]);
});

test('workers that left, or stopped reading, while it was looked are given nothing, and take nothing from the others', () => {
  const open = lanesOf(10, ['a', 'b']);
  const [gone, here] = [worker(0, 0, 'b'), worker(3)];
  expect(divideBy(open, [[gone], [here]])).toEqual([{ crew: [here], want: 3 }]);
  expect(divideBy(open, [[gone]])).toEqual([]);
});

const picks = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ _id: `tq_${n}`, lane: 'l', slot: null, limit: null }));
const deal = (count: number, ...rooms: number[]) => {
  const takers = rooms.map((room, n) => ({ worker_id: `w${n}`, room }));
  const dealt = dealPicks(picks(count), takers, 'x');
  expect(dealt.every(({ worker_id, claim }) => claim === `${worker_id}.x`)).toBe(true);
  return takers.map(({ worker_id }) => dealt.filter(pick => pick.worker_id === worker_id).length);
};

test('in a crew they are dealt by the room of each, and of equals to the first', () => {
  expect(deal(4, 2, 6)).toEqual([1, 3]);
  expect(deal(4, 10, 10)).toEqual([2, 2]);
  expect(deal(1, 1, 1)).toEqual([1, 0]);
  expect(deal(8, 2, 6)).toEqual([2, 6]);
  expect(deal(1_000, 333, 333, 334)).toEqual([333, 333, 334]);
  expect(deal(0, 1)).toEqual([0]);
  // The best is not kept from anybody, but neither is anybody given more than it can hold.
  expect(deal(3, 1, 0, 2)).toEqual([1, 0, 2]);
});
