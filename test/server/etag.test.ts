import { expect, test } from 'vitest';
import { matchesEtag, readRange } from '../../server/etag.ts';

test.each([
  ['bytes=0-0', { start: 0, end: 1 }],
  ['bytes=5-', { start: 5, end: 10 }],
  ['bytes=-3', { start: 7, end: 10 }],
  ['bytes=-99', { start: 0, end: 10 }],
  ['bytes=2-99', { start: 2, end: 10 }],
  ['bytes=10-', 'unsatisfiable'],
  ['bytes=10-12', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=3-2', null],
  ['bytes=0-1,3-4', null],
  ['bytes=a-b', null],
  ['bytes=--1', null],
  ['bytes=-', null],
  ['octets=0-1', null],
  [undefined, null],
])('of 10 bytes %s', (header, slice) => {
  expect(readRange(header, 10)).toEqual(slice);
});

test('of nothing nothing can be had', () => {
  expect(readRange('bytes=0-', 0)).toBe('unsatisfiable');
  expect(readRange('bytes=-1', 0)).toBe('unsatisfiable');
});

test('a tag is found among others, weak or strong', () => {
  expect(matchesEtag('"a", W/"b"', 'W/"b"')).toBe(true);
  expect(matchesEtag('"b"', 'W/"b"')).toBe(true);
  expect(matchesEtag(' * ', 'W/"b"')).toBe(true);
  expect(matchesEtag('"a"', 'W/"b"')).toBe(false);
  expect(matchesEtag(undefined, 'W/"b"')).toBe(false);
  expect(matchesEtag('', 'W/"b"')).toBe(false);
});
