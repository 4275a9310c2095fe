// The recoverer's pause after an outage.
import { expect, test } from 'vitest';
import { OutageGrace } from '../../worker/grace.ts';

test('without trouble leases are trusted at once', () => {
  const grace = new OutageGrace(30_000);
  expect(grace.isOver(0)).toBe(true);
  grace.noteSuccess(4, 5);
  expect(grace.isOver(5)).toBe(true);
});

test('after trouble they are trusted one lease after the first success', () => {
  const grace = new OutageGrace(30_000);
  grace.noteTrouble();
  expect(grace.isOver(1_000_000)).toBe(false);
  grace.noteSuccess(999_990, 1_000_000);
  grace.noteSuccess(1_009_990, 1_010_000);
  expect(grace.isOver(1_029_999)).toBe(false);
  expect(grace.isOver(1_030_000)).toBe(true);
});

test('an answer that took half a lease counts as an outage', () => {
  const grace = new OutageGrace(30_000);
  grace.noteSuccess(0, 16_000);
  expect(grace.isOver(45_999)).toBe(false);
  expect(grace.isOver(46_000)).toBe(true);
});
