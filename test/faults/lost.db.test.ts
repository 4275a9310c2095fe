// Fault points between client and mongod: of each write of the hot path the answer is lost, or the write itself arrives
// late, when its sender has long given it up and gone on.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, startBench } from './bench.ts';
import { expectCleanHistory, expectSurvival } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { type Loss, Wire } from './wire.ts';

let bench: Bench;
let wire: Wire;
beforeAll(async () => {
  bench = await startBench(async uri => {
    wire = new Wire(Number(new URL(uri).port));
    return `mongodb://127.0.0.1:${await wire.open()}/?directConnection=true`;
  });
});
afterAll(async () => {
  await bench?.stop();
  wire?.close();
});

const losses: [string, Pick<Loss, 'what' | 'times'>][] = [
  ['is done and its answer is lost', { what: 'answer', times: 1 }],
  ['is done and its answer is lost, twice', { what: 'answer', times: 2 }],
  ['arrives after its sender gave it up', { what: 'request', times: 1 }],
  ['arrives after its sender gave it up, twice', { what: 'request', times: 2 }],
];
const cases = scenarios.flatMap(scenario =>
  losses.map(([how, loss]) => ({ name: `${scenario.name} ${how}`, scenario, loss })),
);

test.for(cases)('$name', ({ scenario, loss }) =>
  expectSurvival(bench, scenario, async write => {
    const before = wire.lost;
    wire.lose({ ...scenario.hits, ...loss });
    try {
      return await write();
    } finally {
      await wire.deliver();
      expect(wire.lost).toBeGreaterThan(before);
    }
  }),
);

test('no task of all these was lost, ended twice, or broke a rule on its way', async () => {
  await expectCleanHistory(bench);
  expect(bench.audit.replay.ended.size).toBeGreaterThan(cases.length);
});
