// The maintenance lease, and worker rows.
import { expect, test } from 'vitest';
import { dropLease, holdLease } from '../../queue/index.ts';
import { testQueue } from '../helpers/queue.ts';

test('one holder at a time, whoever races; the holder renews; a dropped lease is free at once', async () => {
  const queue = await testQueue();
  for (let turn = 0; turn < 20; turn++) {
    const name = `lease${turn}`;
    const took = await Promise.all(
      Array.from({ length: 16 }, (_, n) => holdLease(queue, name, `$w${n}`, 60_000)),
    );
    expect(took.filter(Boolean)).toHaveLength(1);
    const holder = `$w${took.indexOf(true)}`;
    expect(await holdLease(queue, name, holder, 60_000)).toBe(true);
    expect(await holdLease(queue, name, 'other', 60_000)).toBe(false);
    await dropLease(queue, name, 'other');
    expect(await holdLease(queue, name, 'other', 60_000)).toBe(false);
    await dropLease(queue, name, holder);
    expect(await holdLease(queue, name, 'other', 60_000)).toBe(true);
  }
});

test('a holder whose statement began a moment later than that of the next who asks keeps it', async () => {
  const queue = await testQueue();
  expect(await holdLease(queue, 'z', 'first', 60_000)).toBe(true);
  await queue.leases.updateOne({ _id: 'z' }, [{ $set: { until: { $add: ['$$NOW', 60_500] } } }]);
  expect(await holdLease(queue, 'z', 'next', 60_000)).toBe(false);
});

test('a lease that lies further ahead than any could is from before the clock went back', async () => {
  const queue = await testQueue();
  expect(await holdLease(queue, 'y', 'dead', 60_000)).toBe(true);
  await queue.leases.updateOne({ _id: 'y' }, [{ $set: { until: { $add: ['$$NOW', 3_600_000] } } }]);
  expect(await holdLease(queue, 'y', 'next', 60_000)).toBe(true);
  expect(await holdLease(queue, 'y', 'dead', 60_000)).toBe(false);
});

test('a lease that ran out is taken by the next who asks', async () => {
  const queue = await testQueue();
  expect(await holdLease(queue, 'x', 'dead', 60_000)).toBe(true);
  await queue.leases.updateOne({ _id: 'x' }, [{ $set: { until: { $subtract: ['$$NOW', 1] } } }]);
  expect(await holdLease(queue, 'x', 'next', 60_000)).toBe(true);
  expect(await holdLease(queue, 'x', 'dead', 60_000)).toBe(false);
});
