// The replay finds each kind of broken history, and nothing in a whole one.
import { expect, test } from 'vitest';
import { type Change, type Observed, Replay } from './replay.ts';
import { Violations } from './violations.ts';

const lease_ms = 1_000;
const at = (ms: number) => new Date(1_000_000 + ms);

const stored: Observed = {
  lane: 'a',
  status: 'queued',
  attempt: 0,
  rev: 1,
  concurrency_identifier: 'a',
  concurrency_limit: 2,
};

function inserted(task_id: string, task: Partial<Observed> = {}): Change {
  return { kind: 'inserted', task_id, task: { ...stored, ...task } };
}

function claimed(task_id: string, set: Partial<Observed> = {}): Change {
  const claim = { status: 'processing', attempt: 1, rev: 2, claim: 'w1.1', slot: 0, heartbeat_at: at(0) };
  return { kind: 'updated', task_id, set: { ...claim, ...set }, unset: [] };
}

const held = ['slot', 'heartbeat_at'];

function left(
  task_id: string,
  status: string,
  more: Partial<Extract<Change, { kind: 'updated' }>> = {},
): Change {
  const ended = { attempt: 1, outcome: status, ended_at: at(5_000) };
  return { kind: 'updated', task_id, set: { status, rev: 3 }, unset: held, ended, ...more };
}

/** What is found in a history, by invariant. */
function found(...history: Change[]): string[] {
  const violations = new Violations();
  const replay = new Replay(violations, lease_ms);
  for (const change of history) replay.apply(change);
  return violations.kept.map(({ invariant }) => invariant);
}

const whole = [inserted('t'), claimed('t'), left('t', 'completed')];
const recovered = left('t', 'queued', {
  unset: [...held, 'claim'],
  ended: { attempt: 1, outcome: 'lost', ended_at: at(1_001) },
});

test('a whole history is one without findings', () => {
  const second = claimed('t', { attempt: 2, rev: 4, claim: 'w2.1', slot: 1 });
  const end = left('t', 'completed', {
    set: { status: 'completed', rev: 5 },
    ended: { attempt: 2, outcome: 'completed', ended_at: at(9) },
  });
  expect(found(...whole)).toEqual([]);
  expect(found(inserted('t'), claimed('t'), recovered, second, end)).toEqual([]);
  const free = { ...stored, status: 'processing', attempt: 1, heartbeat_at: at(0) };
  const begun: Change = { kind: 'updated', task_id: 't', set: free, unset: [] };
  expect(found(inserted('t'), begun)).toEqual(['I8']);
  const unlimited = { concurrency_identifier: null };
  expect(found(inserted('t', unlimited), { ...begun, set: { ...free, ...unlimited } })).toEqual([]);
});

const broken: [string, string, Change[]][] = [
  ['a task completed twice', 'I4', [...whole, left('t', 'completed')]],
  [
    'a result written over a result',
    'I4',
    [...whole, { kind: 'updated', task_id: 't', set: { rev: 4 }, unset: [] }],
  ],
  ['a task that was never stored', 'I4', [claimed('t')]],
  ['a task stored twice', 'I4', [inserted('t'), inserted('t')]],
  [
    'a claim of a task that somebody holds',
    'I4',
    [...whole.slice(0, 2), claimed('t', { claim: 'w2.1', attempt: 2 })],
  ],
  ['a completion of a task that nobody claimed', 'I4', [inserted('t'), left('t', 'completed')]],
  ['an attempt that is skipped', 'I5', [inserted('t'), claimed('t', { attempt: 2 })]],
  [
    'a release without a word',
    'I5',
    [...whole.slice(0, 2), { ...left('t', 'queued'), ended: undefined } as never],
  ],
  [
    'an end of another attempt',
    'I5',
    [
      ...whole.slice(0, 2),
      left('t', 'completed', { ended: { attempt: 7, outcome: 'completed', ended_at: at(9) } }),
    ],
  ],
  [
    'a task taken from a worker that was heard of within its lease',
    'I5',
    [
      ...whole.slice(0, 2),
      { kind: 'updated', task_id: 't', set: { heartbeat_at: at(500) }, unset: [] },
      recovered,
    ],
  ],
  ['two holders of one slot', 'I1', [inserted('t'), inserted('u'), claimed('t'), claimed('u')]],
  [
    'three holders under a limit of two',
    'I1',
    ['t', 'u', 'v'].flatMap((id, slot) => [inserted(id), claimed(id, { slot })]),
  ],
  [
    'a limited task without a slot',
    'I8',
    [
      inserted('t'),
      {
        ...claimed('t'),
        set: { ...stored, status: 'processing', attempt: 1, heartbeat_at: at(0) },
      } as Change,
    ],
  ],
  ['a slot that is kept', 'I8', [...whole.slice(0, 2), left('t', 'completed', { unset: ['heartbeat_at'] })]],
  [
    'a worker without a heartbeat',
    'I8',
    [inserted('t'), { ...claimed('t'), unset: ['heartbeat_at'] } as Change],
  ],
  ['a revision that goes back', 'I9', [inserted('t', { rev: 9 }), claimed('t')]],
];

test.for(broken)('%s is found', ([, invariant, history]) => {
  expect(found(...history)).toContain(invariant);
});

test('a lowered limit lets run what runs, and nothing new beside it', () => {
  const three = { concurrency_limit: 3 };
  const running = ['t', 'u'].flatMap((id, slot) => [inserted(id), claimed(id, { ...three, slot: slot + 1 })]);
  const lowest = claimed('v', { concurrency_limit: 2, slot: 0 });
  expect(found(...running, inserted('v'), claimed('v', { ...three, slot: 0 }))).toEqual([]);
  expect(found(...running, left('t', 'completed'), inserted('v'), lowest)).toEqual([]);
  // Its slot is free and below the limit; two run already.
  expect(found(...running, inserted('v'), lowest)).toEqual(['I1']);
});

test('a claimer may be one round behind a change of the limit', () => {
  const violations = new Violations();
  const replay = new Replay(violations, lease_ms);
  replay.lanes.limits.set('a', 1);
  for (const [slot, id] of ['t', 'u'].entries()) {
    replay.apply(inserted(id));
    replay.apply(claimed(id, { slot }));
  }
  expect(violations.count).toBe(0);
  expect(replay.lanes.lateLimits).toBe(2);
});
