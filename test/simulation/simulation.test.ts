// Ten thousand worlds in which everything goes wrong that can: processes die and freeze, requests are lost, late and
// doubled, the database goes away. Whatever happens, no limit is exceeded, nothing is lost, nothing ends twice.
import { afterEach, expect, test, vi } from 'vitest';
import { simulate } from './run.ts';

const { SIMULATION_SEED: seedAsked, SIMULATION_RUNS: runsAsked = '10000' } = process.env;

test.runIf(seedAsked)('the world of SIMULATION_SEED, told', async () => {
  const { trace, violations } = await simulate(Number(seedAsked), { tracing: true });
  console.log(trace.join('\n'));
  expect(violations).toEqual([]);
});

test.skipIf(seedAsked)('every world is right', { timeout: 240_000 }, async () => {
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= Number(runsAsked); seed++) {
    const run = await simulate(seed);
    const replay = `replay: SIMULATION_SEED=${seed} npx vitest run test/simulation/simulation.test.ts`;
    expect(run.violations, replay).toEqual([]);
    for (const [what, count] of run.seen) seen.set(what, (seen.get(what) ?? 0) + count);
  }
  // A world in which nothing goes wrong proves nothing.
  for (const what of [...everyWay, 'not complete', 'not retry', 'not release', 'not claim'])
    expect(seen.get(what) ?? 0, what).toBeGreaterThan(Number(runsAsked) / 1_000);
});

const everyWay = [
  'claim',
  'complete',
  'retry',
  'retryTimedOut',
  'fail',
  'failTimedOut',
  'release',
  'stop',
  'promote',
  'cancel',
  'recover',
  'bury',
  'abandon',
];

test('a seed replays its world event by event', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const [first, second] = [
      await simulate(seed, { tracing: true }),
      await simulate(seed, { tracing: true }),
    ];
    expect(first.trace.length).toBeGreaterThan(5);
    expect(second).toEqual(first);
  }
});

test('no simulated worker looks at the real clock, sets a real alarm, or throws real dice', async () => {
  const real = [vi.spyOn(Math, 'random'), vi.spyOn(performance, 'now'), vi.spyOn(Date, 'now')];
  const alarms = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'setInterval')];
  for (let seed = 1; seed <= 30; seed++) await simulate(seed);
  for (const spy of [...real, ...alarms]) expect(spy, spy.getMockName()).not.toHaveBeenCalled();
});
afterEach(() => {
  vi.restoreAllMocks();
});
