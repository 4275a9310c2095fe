// The plan of a storm: the same for the same seed, and of every kind.
import { expect, test } from 'vitest';
import { planNemeses } from './plan.ts';
import { newRandom } from './random.ts';

const options = { seconds: 60, workers: 3, lease_ms: 3_000, topology: 'replica' } as const;

test('a seed gives its plan again, another seed another one', () => {
  const plan = (seed: number) => planNemeses(newRandom(seed), options);
  expect(plan(7)).toEqual(plan(7));
  expect(plan(7)).not.toEqual(plan(8));
});

test('a minute has some of every kind, in order, and leaves mongod time to recover', () => {
  for (let seed = 0; seed < 50; seed++) {
    const plan = planNemeses(newRandom(seed), options);
    expect(new Set(plan.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(6);
    expect(plan.map(({ at_ms }) => at_ms)).toEqual(plan.map(({ at_ms }) => at_ms).toSorted((a, b) => a - b));
    const blows = plan.filter(({ kind }) => /mongod|step|majority/.test(kind)).map(({ at_ms }) => at_ms);
    for (const [n, at_ms] of blows.entries())
      expect(at_ms - (blows[n - 1] ?? -9_000)).toBeGreaterThanOrEqual(9_000);
  }
});
