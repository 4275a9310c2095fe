// Lanes that nobody needs are removed, and whoever needs one after all makes it anew: none is missed, nothing is stranded.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  cancelTask,
  changeLane,
  enqueueTasks,
  failTask,
  limitJobs,
  listLanes,
  openQueue,
  promoteDueTasks,
  pruneLanes,
  releaseTasks,
  reopenStrandedLanes,
  retryTask,
  verifyHistory,
} from '../../queue/index.ts';
import { anyone, maxNamed } from '../../queue/lanes/lane.ts';
import { lanePruner } from '../../queue/lanes/prune.ts';
import { startMaintenance } from '../../server/remote/maintenance.ts';
import { defineActor } from '../../worker/actors/actor.ts';
import { claimAll, describeActor, enqueueMany, finish, observedQueue, testQueue } from '../helpers/queue.ts';
import { waitFor } from '../helpers/wait.ts';
import { startTestWorker } from '../worker/start.ts';
import { age, dayMs, namesOf, nobodyWaits, of, prune, workOff } from './idle-lanes.ts';

test('a lane that was idle for a day is removed, and its history stays right', async () => {
  const queue = await testQueue();
  await workOff(queue, 'one', 'two');
  expect(await prune(queue)).toBe(0);
  await age(queue, dayMs - 60_000);
  expect(await prune(queue)).toBe(0);
  await age(queue, dayMs + 1_000);
  expect(await prune(queue)).toBe(2);
  expect(await namesOf(queue)).toEqual(['a', 'b']);
  expect(await verifyHistory(queue)).toMatchObject({
    violations: 0,
    unchecked: [],
    checked: { limited_attempts: 2, limited_lanes: 2 },
  });
  expect((await listLanes(queue, { limit: 10 })).items.map(({ key }) => key)).toEqual(['a', 'b']);
  await enqueueMany(queue, 5, of('one'));
  expect(await queue.lanes.findOne({ _id: 'one' })).toMatchObject({ limit: 2, waiting: ['draw'] });
  expect(await claimAll(queue)).toHaveLength(2);
});

test('the day begins anew with every task, also a scheduled one, and with every change by hand', async () => {
  const queue = await testQueue();
  const [poked, prepared, changed, left] = ['poked', 'prepared', 'changed', 'left'];
  await workOff(queue, poked!, prepared!, changed!, left!);
  await prune(queue);
  await age(queue, 2 * dayMs);
  await workOff(queue, poked!);
  const other = await openQueue(queue.db, { ensureSchema: false });
  const [id] = await enqueueMany(other, 1, { ...of(prepared!), delay_ms: 3_600_000 });
  await cancelTask(queue, id!);
  await changeLane(queue, changed!, { limit: 7 });
  await changeLane(queue, changed!, { limit: 'default' });
  expect(await prune(queue)).toBe(1);
  expect(await namesOf(queue)).toEqual(['a', 'b', 'changed', 'poked', 'prepared']);
  await age(queue, 2 * dayMs);
  expect(await prune(queue)).toBe(3);
});

test('what somebody changed by hand stays, and what rests, is declared, or is not done', async () => {
  const queue = await testQueue(describeActor('code', { code: true }), describeActor('whole', { limit: 2 }));
  await limitJobs(queue, 3);
  await enqueueMany(queue, 40);
  await enqueueMany(queue, 1, { actor: 'code' });
  await cancelTask(queue, (await queue.tasks.findOne({ actor: 'code' }))!._id);
  const busy = ['queued', 'running', 'later', 'retried'];
  await workOff(queue, 'gone', 'paused', 'limited', 'resting', 'rested', ...busy);
  await changeLane(queue, 'paused', { paused: true });
  await changeLane(queue, 'limited', { limit: 9 });
  const now = (await queue.clock.now()).getTime();
  await changeLane(queue, 'resting', { cooldown_until: new Date(now + 60_000) });
  await changeLane(queue, 'rested', { cooldown_until: new Date(now - 1) });
  await enqueueTasks(queue, [of('running'), of('retried'), { ...of('later'), delay_ms: 3_600_000 }]);
  const [failing] = (await claimAll(queue)).filter(({ lane }) => lane === 'retried');
  const error = { type: 'Odd', message: 'no', details: {}, stack_trace: '' };
  await failTask(queue, failing!, { error, retry: { delay_ms: 3_600_000 } });
  await enqueueMany(queue, 1, of('queued'));
  await queue.lanes.updateMany({}, [
    { $set: { ...nobodyWaits, idle_at: { $subtract: ['$$NOW', 2 * dayMs] } } },
  ]);
  await reopenStrandedLanes(queue);
  await prune(queue);
  const declared = ['@jobs', 'a', 'b', 'echo#0', 'echo#1', 'echo#2', 'echo#3', 'route:code', 'whole'];
  expect(await namesOf(queue)).toEqual([...declared, ...busy, 'limited', 'paused', 'resting'].toSorted());
  // What was declared may be declared no more.
  await queue.actors.updateMany({ _id: { $in: ['code', 'whole'] } }, { $set: { deleted: true } });
  await prune(queue);
  expect(await namesOf(queue)).not.toContain('route:code');
  expect(await namesOf(queue)).not.toContain('whole');
});

test('a lane that was removed is made anew by whatever brings a task back into it', async () => {
  const queue = await testQueue();
  const keys = ['late', 'dead', 'held'];
  await enqueueTasks(queue, [{ ...of('late'), delay_ms: 50 }, of('dead'), of('held')]);
  const tasks = await claimAll(queue);
  const by = (key: string) => tasks.find(({ lane }) => lane === key)!;
  const error = { type: 'Odd', message: 'no', details: {}, stack_trace: '' };
  await failTask(queue, by('dead'), { error, retry: null });
  // As if the walk had not seen those that live there.
  await queue.lanes.deleteMany({ _id: { $in: keys } });
  expect(await verifyHistory(queue)).toMatchObject({ violations: 1, findings: [{ kind: 'lane_missing' }] });
  await pause(60);
  await promoteDueTasks(queue);
  await retryTask(queue, by('dead')._id);
  await releaseTasks(queue, [by('held')]);
  expect(new Set((await claimAll(queue)).map(({ lane }) => lane))).toEqual(new Set(keys));
  expect(await verifyHistory(queue)).toMatchObject({ violations: 0 });
});

test('what a process remembers of lanes is no older than an hour, so that none of it is gone', async () => {
  const queue = await testQueue();
  const later = { ...of('k'), delay_ms: 3_600_000 };
  await enqueueMany(queue, 1, later);
  await queue.lanes.deleteOne({ _id: 'k' });
  await enqueueMany(queue, 1, later);
  expect(await queue.lanes.findOne({ _id: 'k' })).toBeNull();
  const inAnHour = performance.now() + 3_600_000;
  const clock = vi.spyOn(performance, 'now').mockReturnValue(inAnHour);
  await enqueueMany(queue, 1, later).finally(() => clock.mockRestore());
  expect(await queue.lanes.findOne({ _id: 'k' })).toMatchObject({ limit: 2, actors: ['draw'] });
});

test('the worker that does the chores removes them', async () => {
  const queue = await testQueue();
  await workOff(queue, 'k');
  await queue.lanes.updateOne({ _id: 'k' }, { $set: { ...nobodyWaits, idle_at: new Date(0) } });
  await startTestWorker(queue, [defineActor({ name: 'kept', execute: () => 'done' })]);
  await waitFor(async () => !(await namesOf(queue)).includes('k'));
});

test('an enqueuer that died before its poke leaves a removed lane to the janitor', async () => {
  const queue = await testQueue();
  await enqueueMany(queue, 1, of('k'));
  await queue.lanes.updateOne({ _id: 'k' }, { $set: { ...nobodyWaits, idle_at: new Date(0) } });
  expect(await prune(queue)).toBe(1);
  expect(await reopenStrandedLanes(queue)).toEqual(['k']);
  expect(await claimAll(queue)).toHaveLength(1);
});

test('lanes where tasks of unserved actors were cancelled say so no more, and go', async () => {
  const queue = await testQueue(describeActor('lone', { key: '/key', limits: {}, default: 1 }));
  const [id] = await enqueueMany(queue, 1, { ...of('k'), actor: 'lone' });
  await enqueueMany(queue, 1, { ...of('kept'), actor: 'lone' });
  await cancelTask(queue, id!);
  await prune(queue);
  expect(await queue.lanes.findOne({ _id: 'k' })).toMatchObject({ open: false, waiting: [] });
  expect(await queue.lanes.findOne({ _id: 'kept' })).toMatchObject({ open: true, waiting: ['lone'] });
  // One of the version before says of nobody that he waits.
  await queue.lanes.updateOne(
    { _id: 'k' },
    { $unset: { waiting: 1, rings: 1, idle_at: 1 }, $set: { open: true } },
  );
  await prune(queue);
  await age(queue, dayMs + 1_000);
  expect(await prune(queue)).toBe(1);
});

test('as a chore the walk goes on where it was, part by part, and begins anew after a longer rest', async () => {
  const asked: string[] = [];
  const run = lanePruner(async after => {
    asked.push(after);
    return { removed: 0, next: asked.length % 3 === 0 ? null : `lane${asked.length}` };
  });
  const rests = [await run(), await run(), await run(), await run()];
  expect(asked).toEqual(['', 'lane1', 'lane2', '']);
  expect(rests).toEqual([30_000, 30_000, 300_000, 30_000]);
});

test('a server removes them too, while no worker of ours is there', async () => {
  const queue = await testQueue();
  await workOff(queue, 'one');
  await prune(queue);
  await age(queue, 2 * dayMs);
  const maintenance = startMaintenance(queue, { server: 's1', lease_ms: 1_000 });
  onTestFinished(() => maintenance.stop());
  await waitFor(async () => !(await namesOf(queue)).includes('one'));
});

test('a walk over many lanes is made of parts, each of pages that cost no more than they show', async () => {
  const queue = await testQueue();
  const names = Array.from({ length: 5_700 }, (_, n) => `many${String(n).padStart(4, '0')}`);
  await enqueueTasks(queue, names.slice(-1).map(of));
  const { _id: _, idle_at: __, ...lane } = (await queue.lanes.findOne({ _id: names.at(-1)! }))!;
  await queue.lanes.insertMany(names.slice(0, -1).map(_id => ({ ...lane, _id, ...nobodyWaits })));
  const { queue: observed, commands } = await observedQueue(queue);
  const { next } = await pruneLanes(observed);
  expect(next).toBe('many4997');
  expect(await pruneLanes(observed, next!)).toEqual({ removed: 0, next: null });
  const pages = commands.filter(({ command }) => command.find === 'lanes' && command.limit === 500);
  expect(pages).toHaveLength(10 + 2);
  const { $db: _db, lsid: _lsid, $clusterTime: _time, ...command } = pages[3]!.command;
  const plan = await queue.db.command({ explain: command, verbosity: 'executionStats' });
  expect(plan.executionStats).toMatchObject({ totalKeysExamined: 500, totalDocsExamined: 500 });
  // Nothing was to be removed, so nobody looked for what is live.
  expect(commands.filter(({ command: { aggregate } }) => aggregate === 'task_queue')).toHaveLength(1);
  await age(queue, 2 * dayMs);
  const told: number[] = [];
  queue.events.on('lanes:removed', ({ count }) => told.push(count));
  expect(await prune(queue)).toBe(5_699);
  expect(told.reduce((sum, count) => sum + count, 0)).toBe(5_699);
  expect(await namesOf(queue)).toEqual(['a', 'b', names.at(-1)]);
});

test('a lane remembers a hundred actors, and all that have something there', async () => {
  const rule = { key: '/key', limits: {}, default: 500 };
  const crowd = Array.from({ length: maxNamed + 60 }, (_, n) => `crowd${String(n).padStart(3, '0')}`);
  const queue = await testQueue(...crowd.map(name => describeActor(name, rule)));
  const lane = async () => (await queue.lanes.findOne({ _id: 'k' }))!;
  await enqueueTasks(
    queue,
    crowd.map((actor, n) => ({ actor, payload: { key: 'k' }, ...(n === 0 && { delay_ms: 3_600_000 }) })),
  );
  await prune(queue);
  expect((await lane()).actors).toEqual(crowd);
  expect(queue.preparedLanes.get('k')!.size).toBeLessThanOrEqual(maxNamed);
  const some = new Set(['crowd001', 'crowd002']);
  await queue.tasks.deleteMany({ status: 'queued', actor: { $nin: [...some] } });
  const [running] = await claimAll(queue, { actors: ['crowd002'], want: 1 });
  expect((await lane()).waiting).toContain(anyone);
  await prune(queue);
  const left = (await lane()).actors;
  expect(left).toHaveLength(maxNamed);
  for (const actor of ['crowd000', 'crowd001', 'crowd002', crowd.at(-1)]) expect(left).toContain(actor);
  expect(left).not.toContain('crowd003');
  expect(await verifyHistory(queue)).toMatchObject({ violations: 0 });
  // One that comes back is known again.
  await enqueueMany(queue, 1, { actor: 'crowd003', payload: { key: 'k' } });
  expect((await lane()).actors).toContain('crowd003');
  await finish(queue, [running!]);
  expect(await claimAll(queue, { actors: crowd })).toHaveLength(2);
});

test('the janitor says of an actor that its lane has forgotten that it waits, also where everybody is looked for', async () => {
  const queue = await testQueue();
  const [id] = await enqueueMany(queue, 1, of('k'));
  await queue.lanes.updateOne({ _id: 'k' }, { $set: { waiting: [anyone], actors: ['other'] } });
  expect(await reopenStrandedLanes(queue)).toEqual(['k']);
  expect((await claimAll(queue)).map(({ _id }) => _id)).toEqual([id]);
});
