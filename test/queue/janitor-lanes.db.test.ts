// The janitor's look at all that waits: of many actors a few commands, whatever has ended and however deep it waits.
import { expect, test } from 'vitest';
import { enqueueTasks, reopenStrandedLanes } from '../../queue/index.ts';
import { claimAll, describeActor, observedQueue, testQueue } from '../helpers/queue.ts';

test('a hundred and thirty actors are looked for by three commands, and each finds its lane opened', async () => {
  const rule = { key: '/key', limits: {}, default: 2 };
  const actors = Array.from({ length: 130 }, (_, n) => `many${n}`);
  const queue = await testQueue(...actors.map(name => describeActor(name, rule)));
  await enqueueTasks(
    queue,
    actors.flatMap((actor, n) => [
      { actor, payload: { key: `k${n}` } },
      { actor, payload: { key: `k${(n + 1) % actors.length}` }, priority: 3 },
    ]),
  );
  await queue.lanes.updateMany({}, { $set: { open: false } });
  // A few have lost more than that.
  await queue.lanes.updateMany({ _id: { $in: ['k7', 'k8'] } }, { $set: { waiting: ['many7'], head: -5 } });
  await queue.lanes.deleteOne({ _id: 'k9' });
  const { queue: observed, commands } = await observedQueue(queue);
  const names = actors.map((_, n) => `k${n}`);
  expect(new Set(await reopenStrandedLanes(observed))).toEqual(new Set(names));
  const heads = commands.filter(
    ({ command }) => command.aggregate === 'task_queue' && command.hint === 'queued',
  );
  expect(heads).toHaveLength(1 + 3);
  for (const [n, actor] of actors.entries()) {
    const lane = await queue.lanes.findOne({ _id: `k${n}` });
    const before = actors.at(n - 1)!;
    expect(lane).toMatchObject({ open: true, head: 3 });
    expect(new Set(lane!.waiting)).toEqual(new Set([actor, before]));
  }
  expect(await reopenStrandedLanes(queue)).toEqual([]);
  expect(await claimAll(queue, { actors, want: 1_000 })).toHaveLength(2 * actors.length);
});
