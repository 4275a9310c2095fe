// The explorer itself: it visits everything, names the shortest way to what is wrong, and sees what is stuck.
import { expect, test } from 'vitest';
import { explore, type Model } from './explore.ts';

/** Adds 1 or doubles, up to 20. */
const counting: Model<number> = {
  initial: 1,
  *actions(number) {
    if (number < 20) yield ['add', number + 1];
    if (number <= 10) yield ['double', number * 2];
  },
  invariant: () => null,
};

test('every reachable state is visited once', () => {
  expect(explore(counting)).toEqual({ states: 20, wrong: null });
});

test('the shortest way to a wrong state is shown', () => {
  const { wrong } = explore({ ...counting, invariant: number => (number === 12 ? 'twelve' : null) });
  expect(wrong).toEqual({ what: 'twelve', steps: ['add', 'add', 'double', 'double'] });
});

test('a wrong beginning needs no step', () => {
  expect(explore({ ...counting, invariant: () => 'wrong' }).wrong).toEqual({ what: 'wrong', steps: [] });
});

test('a state from which the goal cannot be reached is stuck', () => {
  expect(explore({ ...counting, goal: number => number === 20 }).wrong).toBeNull();
  const { wrong } = explore({ ...counting, goal: number => number === 3 });
  expect(wrong).toMatchObject({ what: 'stuck: the goal cannot be reached', steps: ['add', 'double'] });
});

test('states that need not be told apart are one', () => {
  expect(explore({ ...counting, key: number => String(number % 2) }).states).toBe(2);
});

test('too many states end the exploration', () => {
  expect(() => explore({ ...counting, actions: number => [['add', number + 1]] }, 1_000)).toThrow(
    'More than 1000',
  );
});
