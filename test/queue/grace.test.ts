// The recoverer's pause after an outage.
import { expect, test } from 'vitest';
import { OutageGrace } from '../../queue/pace/grace.ts';

const lease = 30_000;
/** Of a machine that never sleeps. */
const newGrace = () => new OutageGrace(lease, () => 0);

test('without trouble leases are trusted at once, and between the beats of a worker', () => {
  const grace = newGrace();
  expect(grace.isOver(0)).toBe(true);
  for (const now of [5, 10_000, 20_000]) grace.noteSuccess(now);
  expect(grace.isOver(20_000)).toBe(true);
});

test('after an outage they are trusted one lease after the first success', () => {
  const grace = newGrace();
  grace.noteSuccess(0);
  grace.noteTrouble();
  expect(grace.isOver(1_000_000)).toBe(false);
  grace.noteSuccess(1_000_000);
  grace.noteSuccess(1_010_000);
  expect(grace.isOver(1_029_999)).toBe(false);
  expect(grace.isOver(1_030_000)).toBe(true);
});

test('an answer that took half a lease counts as an outage', () => {
  const grace = newGrace();
  grace.noteSuccess(0);
  grace.noteSuccess(16_000);
  expect(grace.isOver(45_999)).toBe(false);
  expect(grace.isOver(46_000)).toBe(true);
});

test('a request that fails makes no outage: leases are trusted again with the next success', () => {
  const grace = newGrace();
  grace.noteSuccess(0);
  grace.noteTrouble();
  expect(grace.isOver(5_000)).toBe(false);
  grace.noteSuccess(10_000);
  expect(grace.isOver(10_000)).toBe(true);
});

test('a machine that slept while its own clock stood still counts as an outage', () => {
  let wall = 0;
  const grace = new OutageGrace(lease, () => wall);
  grace.noteSuccess(1_000);
  wall = 3_600_000;
  expect(grace.isOver(1_001)).toBe(false);
  grace.noteSuccess(1_002);
  expect(grace.isOver(31_001)).toBe(false);
  grace.noteSuccess(15_000);
  expect(grace.isOver(31_002)).toBe(true);
});
