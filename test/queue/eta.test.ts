// When a waiting task will probably begin: pure arithmetic on what is known of its lane.
import { expect, test } from 'vitest';
import { estimateStart, type LaneLoad } from '../../queue/eta.ts';
import { paceOf } from '../../queue/lanes/rates.ts';

const lane = (about: Partial<LaneLoad>): LaneLoad => ({
  limit: null,
  held_ms: [],
  rest_ms: 0,
  pace: { run_ms: 10_000, per_ms: 1 / 1_000 },
  room: 0,
  ...about,
});

test('a full lane: the next begins when the first holder ends, each further one with the next slot', () => {
  const full = lane({ limit: 2, held_ms: [8_000, 3_000] });
  expect([0, 1, 2, 3, 4].map(position => estimateStart(position, full))).toEqual([
    2_000, 7_000, 12_000, 17_000, 22_000,
  ]);
});

test('a holder that runs longer than others ends soon, not in the past', () => {
  expect(estimateStart(0, lane({ limit: 1, held_ms: [60_000] }))).toBe(1_000);
});

test('of a lowered limit the first holders that end make no room', () => {
  const draining = lane({ limit: 1, held_ms: [9_000, 6_000, 2_000] });
  expect(estimateStart(0, draining)).toBe(8_000);
});

test('where workers have room it begins at once; where they have none, as fast as the lane went', () => {
  const unlimited = lane({ room: 3 });
  expect([0, 2, 3, 5].map(position => estimateStart(position, unlimited))).toEqual([0, 0, 1_000, 3_000]);
  expect(estimateStart(4, lane({}))).toBe(5_000);
  const half = lane({ limit: 4, held_ms: [0, 0], room: 10 });
  expect([0, 1].map(position => estimateStart(position, half))).toEqual([0, 0]);
  expect(estimateStart(2, half)).toBe(1_000);
});

test('a rest comes first, and of a lane where nothing has ended nothing is known', () => {
  expect(estimateStart(0, lane({ room: 1, rest_ms: 30_000 }))).toBe(30_000);
  const unknown = { pace: undefined };
  expect(estimateStart(0, lane({ ...unknown }))).toBeNull();
  expect(estimateStart(0, lane({ ...unknown, limit: 1, held_ms: [5] }))).toBeNull();
  expect(estimateStart(0, lane({ ...unknown, room: 1 }))).toBe(0);
  expect(estimateStart(0, lane({ pace: { run_ms: 5, per_ms: 0 } }))).toBeNull();
});

test('a pace is what ended lately in the time that was busy, and fades when nothing ends', () => {
  const at = new Date(1_000_000_000);
  const later = (ms: number) => new Date(at.getTime() + ms);
  // Steady: two a second for ten minutes.
  const steady = { ended: 120, run_ms: 120 * 400, at, since: later(-600_000) };
  const now = paceOf(steady, at);
  expect(now.run_ms).toBe(400);
  expect(now.per_ms * 1_000).toBeCloseTo(2, 2);
  // Ten in the first ten seconds are one a second, though the fading time is a minute.
  const fresh = paceOf({ ended: 10, run_ms: 10, at, since: later(-10_000) }, at);
  expect(fresh.per_ms * 1_000).toBeCloseTo(1, 0);
  expect(paceOf(steady, later(120_000)).per_ms).toBeLessThan(now.per_ms / 5);
  expect(paceOf(steady, later(120_000)).run_ms).toBe(400);
});
