// Who does the chores: whoever holds their lease, and nobody else.
import { setTimeout as pause } from 'node:timers/promises';
import { MongoNetworkError } from 'mongodb';
import { expect, onTestFinished, test } from 'vitest';
import { OutageGrace } from '../../queue/pace/grace.ts';
import { type Chore, type LeadLease, startLead } from '../../queue/pace/lead.ts';
import { waitFor } from '../helpers/wait.ts';

function leadOf(chores: Chore[], lease: Partial<LeadLease> = {}) {
  const seen = { asked: 0, dropped: 0, trouble: [] as string[] };
  const loop = startLead({
    chores,
    grace: new OutageGrace(1_000, () => Date.now()),
    lease: {
      ttlMs: 200,
      askMs: 20,
      ...lease,
      hold: async () => {
        seen.asked++;
        return lease.hold ? lease.hold() : true;
      },
      drop: async () => void seen.dropped++,
    },
    onTrouble: doing => seen.trouble.push(doing),
  });
  onTestFinished(() => loop.stop());
  return { seen, loop };
}

function newChore(doing: string, run: () => number): Chore & { runs: number } {
  const chore = {
    doing,
    runs: 0,
    run: async () => {
      chore.runs++;
      return run();
    },
  };
  return chore;
}

test('the holder of the lease does every chore in its own rhythm, and gives the lease back at its stop', async () => {
  const [often, seldom] = [newChore('often', () => 10), newChore('seldom', () => 60_000)];
  const { seen, loop } = leadOf([often, seldom]);
  await waitFor(() => often.runs >= 5 && seen.asked >= 3);
  expect(seldom.runs).toBe(1);
  expect(seen.dropped).toBe(0);
  await loop.stop();
  expect(seen.dropped).toBe(1);
});

test('who does not get the lease does nothing but ask again, and has nothing to give back', async () => {
  const chore = newChore('never', () => 0);
  const { seen, loop } = leadOf([chore], { hold: async () => false });
  await waitFor(() => seen.asked >= 4);
  await loop.stop();
  expect([chore.runs, seen.dropped]).toEqual([0, 0]);
});

test('what nobody renews is held no longer than its time', async () => {
  const chore = newChore('early', () => 5);
  const began = performance.now();
  leadOf([chore], { ttlMs: 50, askMs: 60_000 });
  let lastRun = 0;
  for (let runs = 0; performance.now() - began < 250; await pause(5)) {
    if (chore.runs > runs) lastRun = performance.now() - began;
    runs = chore.runs;
  }
  expect(chore.runs).toBeGreaterThan(1);
  expect(lastRun).toBeLessThan(200);
});

test('a lease whose holder never heard the answer is given back as well', async () => {
  const { seen, loop } = leadOf([], { hold: () => Promise.reject(new Error('the database is away')) });
  await waitFor(() => seen.trouble.length >= 2);
  await loop.stop();
  expect(new Set(seen.trouble)).toEqual(new Set(['holding the maintenance lease']));
  expect(seen.dropped).toBe(1);
});

test('only an answer about the lease shows that the database is well: neither a round without chores nor one whose chores fail', async () => {
  const seen: string[] = [];
  const grace = new OutageGrace(1_000, () => Date.now());
  grace.noteSuccess = () => void seen.push('success');
  grace.noteTrouble = () => void seen.push('trouble');
  const away = newChore('recovering', () => {
    throw new MongoNetworkError('the database is away');
  });
  const local = newChore('local', () => 5);
  let asks = 0;
  const loop = startLead({
    chores: [away, local],
    grace,
    lease: { ttlMs: 60_000, askMs: 60_000, hold: async () => ++asks > 0, drop: async () => {} },
    onTrouble: () => {},
  });
  onTestFinished(() => loop.stop());
  await waitFor(() => local.runs >= 20 && away.runs >= 2);
  expect(asks).toBe(1);
  expect(seen).toEqual(['success', 'trouble', 'trouble']);
});

test("one chore's trouble is told by its name, and keeps no other from being done", async () => {
  const broken = newChore('mending', () => {
    throw new Error('no');
  });
  const sound = newChore('sound', () => 10);
  const { seen } = leadOf([broken, sound]);
  await waitFor(() => sound.runs >= 3);
  expect(seen.trouble).toEqual(['mending']);
});
