// Every interleaving of small crowds around one limited lane: limits hold, no slot is held twice, no wake-up is lost.
import { expect, test } from 'vitest';
import { explore } from './explore.ts';
import { laneModel } from './lane.ts';
import type { LaneOptions, Mutant } from './lane-state.ts';

const slow = { timeout: 60_000 };

test.each<[string, LaneOptions, atLeast: number]>([
  ['five tasks, two claimers, limit 1', { tasks: 5, claimers: 2, limits: [1] }, 20_000],
  ['three tasks, three claimers, limit 1', { tasks: 3, claimers: 3, limits: [1] }, 25_000],
  ['three tasks, two claimers, limit 3', { tasks: 3, claimers: 2, limits: [3] }, 25_000],
  [
    'claims of two and a release, limit 2',
    { tasks: 3, claimers: 2, limits: [2], want: 2, releases: 1 },
    80_000,
  ],
  [
    'a limit lowered from 3 to 2',
    { tasks: 3, claimers: 2, limits: [3, 2], calmChanges: true, strict: true },
    80_000,
  ],
  [
    'a limit lowered to 1 and raised again',
    { tasks: 3, claimers: 2, limits: [2, 1, 2], calmChanges: true, strict: true },
    50_000,
  ],
  [
    'two actors, a claimer of each, limit 1',
    { tasks: 4, actors: [0, 1, 0, 1], claimers: 2, serves: [1, 2], limits: [1] },
    50_000,
  ],
  [
    'two actors, a claimer of both and one of one, limit 1',
    { tasks: 3, actors: [0, 1, 1], claimers: 2, serves: [2, 3], limits: [1] },
    10_000,
  ],
  [
    'two actors, and a limit that is raised',
    { tasks: 2, actors: [0, 1], claimers: 2, serves: [1, 3], limits: [1, 2] },
    3_000,
  ],
  [
    'three actors, of which one claimer serves two',
    { tasks: 3, actors: [0, 1, 2], claimers: 2, serves: [3, 4], limits: [2] },
    45_000,
  ],
  [
    'three tasks and a lane that is removed twice',
    { tasks: 3, claimers: 2, limits: [1], removals: 2 },
    70_000,
  ],
  [
    'a lane that is removed under tasks that are given back',
    { tasks: 2, claimers: 2, limits: [2], releases: 1, removals: 2 },
    150_000,
  ],
  [
    'a lane that is removed under two actors, a claimer of each',
    { tasks: 3, actors: [0, 1, 0], claimers: 2, serves: [1, 2], limits: [1], removals: 1 },
    40_000,
  ],
])('all is well with %s', slow, (_, options, atLeast) => {
  const { states, wrong } = explore(laneModel(options));
  expect(wrong).toBeNull();
  expect(states).toBeGreaterThan(atLeast);
});

test.each([
  { tasks: 3, claimers: 2, limits: [2, 1] },
  { tasks: 2, claimers: 2, limits: [1, 2, 1], want: 2 },
])(
  'a limit that changes within rounds is never exceeded beyond the limits of those rounds: $limits',
  slow,
  options => {
    expect(explore(laneModel(options)).wrong).toBeNull();
  },
);

// What `verify` must forgive (queue/verify/limit-trail.ts): the promise is one about rounds, not about moments.
test.each([{ limits: [2, 1] }, { limits: [1, 2] }])(
  'a round that began before a change may leave a claim above its own limit: $limits',
  ({ limits }) => {
    const { wrong } = explore(laneModel({ tasks: 2, claimers: 2, limits, strict: true }));
    expect(wrong?.what).toBe('2 run after a claim under 1');
  },
);

test('a crash between insert and poke strands a task, and the janitor finds it', slow, () => {
  const crash = { tasks: 3, claimers: 2, limits: [1], crashes: 1 };
  const { wrong } = explore(laneModel(crash));
  expect(wrong?.what).toMatch(/^stuck/);
  expect(wrong?.steps.at(-1)).toMatch(/its enqueuer dies$/);
  expect(explore(laneModel({ ...crash, janitor: true })).wrong).toBeNull();
});

test('so it does where the flag of one of two actors was never set', slow, () => {
  const crash = { tasks: 2, actors: [0, 1], claimers: 2, serves: [1, 2], limits: [1], crashes: 1 };
  expect(explore(laneModel(crash)).wrong?.what).toMatch(/^stuck/);
  expect(explore(laneModel({ ...crash, janitor: true })).wrong).toBeNull();
});

test(
  'nothing is stranded in a lane that was removed under an enqueuer that died, once the janitor has looked',
  slow,
  () => {
    const crash = { tasks: 2, claimers: 2, limits: [1], crashes: 1, removals: 1 };
    expect(explore(laneModel(crash)).wrong?.what).toMatch(/^stuck/);
    expect(explore(laneModel({ ...crash, janitor: true })).wrong).toBeNull();
  },
);

const removed = { tasks: 2, claimers: 1, limits: [1], removals: 1 };
const shared = { tasks: 3, actors: [0, 1, 1], claimers: 2, serves: [3, 2], limits: [1] };

test.each<[Mutant, what: string, LaneOptions]>([
  ['no second look for slots', 'lost wake-up', { tasks: 3, claimers: 2, limits: [1] }],
  ['no second look for tasks', 'lost wake-up', { tasks: 3, claimers: 2, limits: [1] }],
  ['says of everybody that nobody waits', 'lost wake-up', shared],
  ['says of its actors what it did not look for', 'lost wake-up', shared],
  ['takes back without opening', 'lost wake-up', shared],
  ['takes back by room', 'lost wake-up', shared],
  ['removes what it saw without looking again', 'lost wake-up', removed],
  ['pokes what is gone and leaves it gone', 'lost wake-up', removed],
  [
    'leaves it to whoever made the lane anew',
    'lost wake-up',
    { tasks: 2, actors: [0, 1], claimers: 1, limits: [1], removals: 1 },
  ],
  [
    'random slot while draining',
    '3 run after a claim under 2',
    { tasks: 3, claimers: 2, limits: [3, 2], calmChanges: true, strict: true },
  ],
  [
    'no count while draining',
    '3 run after a claim under 2',
    { tasks: 3, claimers: 2, limits: [3, 2], calmChanges: true, strict: true },
  ],
])('the mutant fails: %s', slow, (mutant, what, options) => {
  expect(explore(laneModel({ ...options, mutant })).wrong?.what).toBe(what);
});
