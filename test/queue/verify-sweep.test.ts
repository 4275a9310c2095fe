// The sweep over lanes by itself: what it finds, what it forgives, and that it stays small.
import { expect, test } from 'vitest';
import type { LimitedAttempt } from '../../queue/verify/history.ts';
import { Notebook, type VerifyReport } from '../../queue/verify/report.ts';
import { sweepLanes } from '../../queue/verify/verify.ts';

interface Held {
  from: number;
  to: number;
  slot: number;
  limit?: number;
  lane?: string;
  running?: true;
}

let made = 0;
function attemptOf({ from, to, slot, limit = 3, lane = 'k', running }: Held): LimitedAttempt {
  const times = { started_at: new Date(from), ended_at: new Date(to) };
  return { task_id: `t${++made}`, lane, attempt: 1, ...times, slot, limit, ...(running && { running }) };
}

async function sweep(...attempts: Held[]): Promise<VerifyReport> {
  const notebook = new Notebook({ maxFindings: 10 });
  const order = (a: Held, b: Held) => a.from - b.from || a.to - b.to;
  await sweepLanes(attempts.toSorted(order).map(attemptOf), notebook);
  return notebook.report(new Date(0));
}

const kinds = ({ violations_by_kind, unchecked }: VerifyReport) => [
  violations_by_kind,
  Object.fromEntries(unchecked.map(({ reason, count }) => [reason, count])),
];

test('slots that are held one after the other are clean, also when one ends in the millisecond of the next', async () => {
  const report = await sweep(
    { from: 0, to: 5_000, slot: 0, limit: 2 },
    { from: 0, to: 3_000, slot: 1, limit: 2 },
    { from: 3_000, to: 3_000, slot: 1, limit: 2 },
    { from: 3_000, to: 9_000, slot: 1, limit: 2 },
    { from: 5_000, to: 9_000, slot: 0, limit: 2 },
    { from: 0, to: 9_000, slot: 0, limit: 1, lane: 'other' },
  );
  expect(kinds(report)).toEqual([{}, {}]);
});

test('two holders of one slot are found, whichever way they overlap', async () => {
  const first = { from: 0, to: 10_000, slot: 0 };
  for (const second of [
    { from: 2_000, to: 4_000, slot: 0 },
    { from: 9_000, to: 20_000, slot: 0 },
    { from: 0, to: 10_000, slot: 0 },
    { from: 9_899, to: 20_000, slot: 0 },
  ])
    expect(kinds(await sweep(first, second))).toEqual([{ slot_shared: 1 }, {}]);
});

test('two holders that meet for no longer than a claim statement may take are a doubt', async () => {
  const first = { from: 0, to: 10_000, slot: 0 };
  for (const second of [
    { from: 9_900, to: 20_000, slot: 0 },
    { from: 10, to: 100, slot: 0 },
  ])
    expect(kinds(await sweep(first, second))).toEqual([{}, { close_slots: 1 }]);
});

test('one that followed another in a moment of doubt holds the slot until its own end', async () => {
  const handed = [
    { from: 0, to: 5_000, slot: 0 },
    { from: 4_950, to: 20_000, slot: 0 },
  ];
  const report = await sweep(...handed, { from: 10_000, to: 12_000, slot: 0 });
  expect(kinds(report)).toEqual([{ slot_shared: 1 }, { close_slots: 1 }]);
});

test('a running attempt makes room for nobody', async () => {
  const running = { from: 0, to: 10_000, slot: 0, running: true } as const;
  expect(kinds(await sweep(running, { from: 5_000, to: 6_000, slot: 0 }))).toEqual([{ slot_shared: 1 }, {}]);
  expect(kinds(await sweep(running, { ...running, from: 5_000 }))).toEqual([{ slot_shared: 1 }, {}]);
  // This one may have been claimed after the other was read.
  expect(kinds(await sweep(running, { ...running, from: 9_950 }))).toEqual([{}, { close_slots: 1 }]);
});

test('a claim above its limit while a lowered limit drains is found, with everybody who ran', async () => {
  const old = [0, 1, 2, 5].map(slot => ({ from: slot, to: 60_000 + slot, slot, limit: 6 }));
  const above = { from: 30_000, to: 50_000, slot: 3, limit: 4 };
  const report = await sweep(...old, above, { from: 61_000, to: 62_000, slot: 0, limit: 4 });
  expect(kinds(report)).toEqual([{ limit_exceeded: 1 }, {}]);
  expect(report.findings[0]).toMatchObject({ started_at: new Date(30_000), ended_at: new Date(50_000) });
  expect(report.findings[0]?.task_ids).toHaveLength(5);
  expect(report.findings[0]?.detail).toMatch(/^5 ran at once where 4 may/);
});

test('draining by the rule is clean: nobody starts until there is room below the new limit', async () => {
  const old = [0, 1, 2, 5].map(slot => ({ from: slot, to: 10_000 * (slot + 1), slot, limit: 6 }));
  const report = await sweep(
    ...old,
    { from: 20_500, to: 90_000, slot: 0, limit: 3 },
    { from: 30_500, to: 90_000, slot: 1, limit: 3 },
    { from: 60_500, to: 90_000, slot: 2, limit: 3 },
  );
  expect(kinds(report)).toEqual([{}, {}]);
});

test('claims of rounds that overlap a change of the limit are a doubt, up to the other limit', async () => {
  // Lowered from 6 to 2: one round had read 6, the others 2.
  const late = { from: 20_000, to: 60_000, slot: 5, limit: 6 };
  const lowered = [0, 1].map(slot => ({ from: 20_010, to: 60_000, slot, limit: 2 }));
  const after = { from: 70_000, to: 71_000, slot: 0, limit: 2 };
  expect(kinds(await sweep(late, ...lowered, after))).toEqual([{}, { changing_limit: 1 }]);
  // Raised from 1 to 3 long ago: one worker stood still in its round, and claims under 1.
  const raised = [1, 2].map(slot => ({ from: 20_000, to: 60_000, slot, limit: 3 }));
  const still = { from: 50_000, to: 60_000, slot: 0, limit: 1 };
  const next = { from: 70_000, to: 71_000, slot: 0, limit: 3 };
  expect(kinds(await sweep(...raised, still, next))).toEqual([{}, { changing_limit: 1 }]);
  expect(kinds(await sweep(...raised, still, { ...next, limit: 1 }))).toEqual([{ limit_exceeded: 1 }, {}]);
});

/** A lane that obeys all rules: at each step something ends, starts, or the limit changes. */
function* obey(random: (below: number) => number, steps: number): Generator<Held> {
  const held = new Map<number, Held>();
  let [limit, now] = [1 + random(6), 0];
  for (let step = 0; step < steps; step++) {
    now += random(3) * 700;
    const free = Array.from({ length: limit }, (_, slot) => slot).filter(slot => !held.has(slot));
    const draining = [...held.keys()].some(slot => slot >= limit);
    const room = draining ? free.slice(0, Math.max(0, limit - held.size)) : free;
    const action = random(10);
    if (action === 0) {
      // Longer than a round apart: closer changes are a doubt, not a finding.
      limit = 1 + random(6);
      now += 2_500;
    } else if (action < 6 && room.length > 0) {
      const slot = room[random(room.length)]!;
      held.set(slot, { from: now, to: now, slot, limit });
    } else if (held.size > 0) {
      const [slot, attempt] = [...held][random(held.size)]!;
      held.delete(slot);
      yield { ...attempt, to: now };
    }
  }
  for (const attempt of held.values()) yield { ...attempt, to: now + 1 };
}

function seeded(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('three hundred random lanes that obey the rules are clean; one attempt that stays too long in each is found', async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seeded(seed);
    const lane = [...obey(random, 200)];
    expect({ seed, kinds: kinds(await sweep(...lane)) }).toEqual({ seed, kinds: [{}, {}] });
    const inSlot0 = lane.filter(({ slot }) => slot === 0).toSorted((a, b) => a.from - b.from);
    const followed = inSlot0[random(inSlot0.length - 1)]!;
    const next = inSlot0.find(({ from }) => from >= followed.to && from > followed.from);
    if (!next || next.to - next.from <= 200) continue;
    followed.to = next.from + 150;
    const { violations_by_kind } = await sweep(...lane);
    expect({ seed, found: violations_by_kind.slot_shared }).toEqual({ seed, found: expect.any(Number) });
  }
});

test('a lane in which everything overlaps is told without keeping it all', async () => {
  const notebook = new Notebook({ maxFindings: 5 });
  function* crowd(): Generator<LimitedAttempt> {
    for (let n = 0; n < 100_000; n++)
      yield attemptOf({ from: n * 10, to: 10_000_000 + n, slot: n % 7, limit: 2 });
  }
  await sweepLanes(crowd(), notebook);
  const report = notebook.report(new Date(0));
  expect(report.findings).toHaveLength(5);
  expect(report.violations_by_kind).toEqual({ slot_shared: 99_993, limit_exceeded: 99_998 });
});
