// Fault points inside mongod: each write of the hot path refused, cut off, or done and then complained of; once, where the
// driver's own second try may help, and twice, where it does not.
import type { Document } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, faultyApp, startBench } from './bench.ts';
import { expectCleanHistory, expectSurvival, type Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench?.stop());

const refused = (name: string, errorCode: number): Fault => [`is refused with ${name}`, { errorCode }];
const done = (name: string, code: number): Fault => [
  `is done and answered with ${name}`,
  { writeConcernError: { code, errmsg: name } },
];
type Fault = [how: string, data: Document];
const codes = [
  ['NotWritablePrimary', 10107],
  ['InterruptedDueToReplStateChange', 11602],
  ['ShutdownInProgress', 91],
  ['PrimarySteppedDown', 189],
] as const;
const closed: Fault = ['meets a connection that closes', { closeConnection: true }];
const late = done('WriteConcernFailed', 64);
const once = [...codes.flatMap(([name, code]) => [refused(name, code), done(name, code)]), closed, late];
const twice = [refused(...codes[0]), closed, late];

const cases = scenarios.flatMap(scenario => [
  ...once.map(([how, data]) => ({ name: `${scenario.name} ${how}`, scenario, data, times: 1 })),
  ...twice.map(([how, data]) => ({ name: `${scenario.name} ${how}, twice`, scenario, data, times: 2 })),
]);

/** Does `work` while mongod misbehaves towards the faulty client. */
async function strike<T>(
  { hits: { command, collection, skip } }: Scenario,
  data: Document,
  times: number,
  work: () => Promise<T>,
): Promise<T> {
  const admin = bench.clean.db.client.db('admin');
  const namespace = `${bench.clean.db.databaseName}.${collection}`;
  const { count: before } = await admin.command({
    configureFailPoint: 'failCommand',
    // A fault that begins later cannot also be counted: it then lasts.
    mode: skip === undefined ? { times } : { skip },
    data: { failCommands: [command], appName: faultyApp, namespace, ...data },
  });
  try {
    return await work();
  } finally {
    const { count } = await admin.command({ configureFailPoint: 'failCommand', mode: 'off' });
    expect(count, 'times that the fault struck').toBeGreaterThan(before);
  }
}

test.for(cases)('$name', ({ scenario, data, times }) =>
  expectSurvival(bench, scenario, work => strike(scenario, data, times, work)),
);

test('no task of all these was lost, ended twice, or broke a rule on its way', async () => {
  await expectCleanHistory(bench);
  expect(bench.audit.replay.ended.size).toBeGreaterThan(cases.length);
});
