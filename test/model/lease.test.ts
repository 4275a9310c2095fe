// Every interleaving of claims, pauses, lost answers, recoveries and late results: one effective completion, no end missed.
import { expect, test } from 'vitest';
import { explore } from './explore.ts';
import { type LeaseMutant, leaseModel } from './lease.ts';

test('a task is completed once, by the claim in force, and always ends', () => {
  const { states, wrong } = explore(leaseModel());
  expect(wrong).toBeNull();
  expect(states).toBeGreaterThan(2_000);
});

test.each<[LeaseMutant, string]>([
  ['heartbeat by worker only', 'stuck: the goal cannot be reached'],
  ['fence without claim', 'the result of claim 1 became that of claim 2'],
  ['recovery without comparing', 'claim 1 was taken back within its lease'],
  ['recovery leaves the claim', 'claim 1 believes that its result is in'],
])('the mutant fails: %s', (mutant, what) => {
  expect(explore(leaseModel(mutant)).wrong?.what).toBe(what);
});
