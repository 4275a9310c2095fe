// The one background loop.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startLoop } from '../../queue/pace/loop.ts';
import { waitFor } from '../helpers/wait.ts';
import { deferred } from '../worker/start.ts';

function loopOf(round: (count: number) => Promise<number>) {
  const seen = { rounds: 0, trouble: [] as unknown[] };
  const loop = startLoop({
    round: () => round(seen.rounds++),
    onTrouble: error => seen.trouble.push(error),
  });
  onTestFinished(() => loop.stop());
  return { seen, loop };
}

test('a round says how long to sleep, and a wake ends the sleep', async () => {
  const { seen, loop } = loopOf(async () => Infinity);
  await pause(20);
  expect(seen.rounds).toBe(1);
  loop.wake();
  await waitFor(() => seen.rounds === 2);
});

test('a wake during a round is not forgotten', async () => {
  const gate = deferred();
  const { seen, loop } = loopOf(async count => {
    if (count === 0) await gate.promise;
    return Infinity;
  });
  loop.wake();
  gate.resolve();
  await waitFor(() => seen.rounds === 2);
});

test('a round that throws is reported and tried again after a pause that wakes do not shorten', async () => {
  const failedAt: number[] = [];
  const { seen, loop } = loopOf(async count => {
    failedAt.push(performance.now());
    if (count < 3) throw new Error(`round ${count}`);
    return Infinity;
  });
  const waking = setInterval(() => loop.wake(), 1);
  await waitFor(() => seen.rounds >= 4);
  clearInterval(waking);
  expect(seen.trouble.map(String)).toEqual(['Error: round 0', 'Error: round 1', 'Error: round 2']);
  expect(failedAt[1]! - failedAt[0]!).toBeGreaterThan(45);
  expect(failedAt[3]! - failedAt[2]!).toBeGreaterThan(190);
});

test('stop waits for the round under way and lets no other begin', async () => {
  const gate = deferred();
  const { seen, loop } = loopOf(() => gate.promise.then(() => 0));
  let stopped = false;
  const stopping = loop.stop().then(() => {
    stopped = true;
  });
  await pause(20);
  expect(stopped).toBe(false);
  gate.resolve();
  await stopping;
  expect(seen.rounds).toBe(1);
});

test('stop ends a pause after trouble', async () => {
  const { seen, loop } = loopOf(() => Promise.reject(new Error('no')));
  await waitFor(() => seen.rounds === 4);
  const began = performance.now();
  await loop.stop();
  expect(performance.now() - began).toBeLessThan(100);
});
