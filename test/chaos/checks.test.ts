// The checks after a run find what is lost, doubled or untrue, and the gauge finds a call too many.
import { expect, test } from 'vitest';
import type { Call } from './calls.ts';
import { checkAll, type Evidence } from './checks.ts';
import { readGauge } from './gauge.ts';
import { type Deed, type Entry, Ledger } from './ledger.ts';
import type { Stored } from './stored.ts';
import { Violations } from './violations.ts';

const at = (ms: number) => new Date(1_000_000 + ms);

type Ended = Stored['attempts'][number];

function ended(attempt: number, outcome: string, from = 0, to = 10): Ended {
  return { attempt, outcome, worker_id: 'w', started_at: at(from), ended_at: at(to), limit: 2 };
}

function stored(task: Partial<Stored> = {}): Stored {
  const completed = { status: 'completed', attempt: 1, result: { token: 'one', attempt: 1 } };
  return {
    _id: 't0',
    created_at: at(0),
    concurrency_identifier: 'a',
    payload: { ref: 0 },
    attempts: [ended(1, 'completed')],
    ...completed,
    ...task,
  };
}

function call(more: Partial<Call> = {}): Call {
  const began = at(1).getTime();
  return {
    key: 'a',
    task_id: 't0',
    attempt: 1,
    saw: 0,
    token: 'one',
    began,
    ended: began + 5,
    how: 'answered',
    ...more,
  };
}

/** What is found when one task was acknowledged and this is the rest of the story. */
function found(more: Partial<Omit<Evidence, 'ledger'>>, entry: Partial<Entry> = {}): string[] {
  const ledger = new Ledger();
  const [opened] = ledger.open(1, (): Deed => 'work');
  ledger.acknowledge(opened!, 't0');
  Object.assign(opened!, entry);
  const tasks = more.stored ?? [stored()];
  const ends = new Map(tasks.map(({ _id, status }) => [_id, status]));
  const violations = new Violations();
  checkAll({ ledger, stored: tasks, calls: [call()], ended: ends, ...more }, violations);
  return violations.kept.map(({ what }) => what);
}

test('a run in which all went well has no findings', () => {
  expect(found({})).toEqual([]);
});

const lost = ended(1, 'lost');
const twice = [lost, ended(2, 'completed')];
const second = stored({ attempt: 2, attempts: twice, result: { token: 'two', attempt: 2 } });
const again = call({ attempt: 2, token: 'two', saw: 1 });

const stories: [string, RegExp, Parameters<typeof found>[0], Partial<Entry>?][] = [
  ['an acknowledged task that is gone', /is lost/, { stored: [] }],
  ['a request stored twice', /stored as t0 and as t1/, { stored: [stored(), stored({ _id: 't1' })] }],
  ['a task that never ended', /never ended/, { stored: [stored({ status: 'queued' })] }],
  ['a change that nobody saw', /that it lives/, { ended: new Map() }],
  ['an attempt executed twice', /executed twice/, { calls: [call(), call({ token: 'two' })] }],
  ['an execution without a claim', /never claimed/, { calls: [call(), again] }],
  [
    'a forgotten checkpoint',
    /found the checkpoint of 0/,
    { stored: [second], calls: [call(), { ...again, saw: 0 }] },
  ],
  [
    "a fenced attempt's result",
    /attempt 2 did not get/,
    { stored: [second], calls: [call(), { ...again, token: 'x' }] },
  ],
  [
    'a completion by an attempt that lost',
    /is completed by attempt 1/,
    { stored: [{ ...second, result: { token: 'one', attempt: 1 } }], calls: [call(), again] },
  ],
  [
    'a second completion',
    /completed 2 times/,
    { stored: [{ ...second, attempts: [ended(1, 'completed'), twice[1]!] }], calls: [call(), again] },
  ],
  [
    'an attempt missing from history',
    /remembers 2/,
    { stored: [{ ...second, attempts: [twice[1]!] }], calls: [call(), again] },
  ],
  ['a cancellation that came to nothing', /was granted/, {}, { cancel: 'granted' }],
  [
    'good work called a failure',
    /should "work"/,
    { stored: [stored({ status: 'failed', error: { type: 'InvalidResult' } })] },
  ],
];

test.for(stories)('%s is found', ([, what, story, entry]) => {
  expect(found(story, entry).join('\n')).toMatch(what);
});

function readings(spans: [from: number, to: number, attempt: Ended][]) {
  const violations = new Violations();
  const calls = spans.map(([from, to], n) =>
    call({ task_id: `t${n}`, began: at(from).getTime(), ended: at(to).getTime() }),
  );
  const tasks = spans.map(([, , attempt], n) => stored({ _id: `t${n}`, attempts: [attempt] }));
  return { ...readGauge(calls, tasks, violations), wrong: violations.count };
}

test('the gauge counts calls that are open at once', () => {
  const well = readings([
    [0, 10, ended(1, 'completed', 0, 11)],
    [5, 20, ended(1, 'completed', 0, 21)],
    [10, 30, ended(1, 'completed', 0, 31)],
  ]);
  expect(well).toEqual({ most: new Map([['a', 2]]), late: 0, wrong: 0 });
  const tooMany = [0, 1, 2].map((from): [number, number, Ended] => [from, 9, ended(1, 'completed', 0, 10)]);
  expect(readings(tooMany).wrong).toBeGreaterThan(0);
});

test('a call that outlives its claim is not the queue’s any more', () => {
  const frozen: [number, number, Ended] = [0, 50, ended(1, 'lost', 0, 10)];
  const others = [20, 25].map((from): [number, number, Ended] => [from, 40, ended(1, 'completed', 0, 41)]);
  expect(readings([frozen, ...others])).toEqual({ most: new Map([['a', 2]]), late: 1, wrong: 0 });
});
