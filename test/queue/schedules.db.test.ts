// Tasks by the clock: one per tick, whoever ticks and crashes; missed ticks; time zones; refusals.
import { expect, test } from 'vitest';
import {
  createSchedule,
  deleteSchedule,
  getSchedule,
  InvalidInput,
  listSchedules,
  type Queue,
  runScheduleNow,
  tickSchedules,
  updateSchedule,
} from '../../queue/index.ts';
import { observedQueue, testQueue } from '../helpers/queue.ts';

const hourly = { cron: '0 * * * *', actor: 'echo', payload: { $n: '$payload' } };

/** Makes a schedule due: its next tick lay this many ticks of an hour in the past. */
async function makeDue(queue: Queue, id: string, hours: number): Promise<void> {
  const now = await queue.clock.now();
  const tick = Math.floor(now.getTime() / 3_600_000 - hours + 1) * 3_600_000;
  await queue.schedules.updateOne({ _id: id }, { $set: { next_run_at: new Date(tick) } });
}

test('a tick makes one task, however many schedulers tick at once', async () => {
  const queue = await testQueue();
  const others = await Promise.all(Array.from({ length: 3 }, () => observedQueue(queue)));
  const { _id } = await createSchedule(queue, hourly);
  for (let turn = 1; turn <= 25; turn++) {
    await makeDue(queue, _id, turn);
    const ticking = [queue, ...others.map(other => other.queue)].flatMap(one => [
      tickSchedules(one),
      tickSchedules(one),
    ]);
    await Promise.all(ticking);
    // The latest tick is the same in every turn, since this hour has one: still one task.
    expect(await queue.tasks.countDocuments()).toBe(1);
  }
  const { next_run_at, last_task_id } = await getSchedule(queue, _id);
  const [task] = await queue.tasks.find().toArray();
  expect(task).toMatchObject({ _id: last_task_id, payload: { $n: '$payload' }, status: 'queued' });
  expect(next_run_at.getTime()).toBeGreaterThan(Date.now());
  expect(next_run_at.getTime()).toBeLessThanOrEqual(Date.now() + 3_600_000);
});

test('a crash between the task and the move to the next tick makes no second task', async () => {
  const queue = await testQueue();
  const { _id } = await createSchedule(queue, hourly);
  await makeDue(queue, _id, 1);
  const before = await getSchedule(queue, _id);
  await tickSchedules(queue);
  await queue.schedules.updateOne({ _id }, { $set: { next_run_at: before.next_run_at } });
  expect(await tickSchedules(queue)).toMatchObject({ ticked: 1 });
  expect(await queue.tasks.countDocuments()).toBe(1);
});

test('of a hundred missed ticks the latest runs', async () => {
  const queue = await testQueue();
  const { _id } = await createSchedule(queue, hourly);
  await makeDue(queue, _id, 100);
  expect(await tickSchedules(queue)).toMatchObject({ ticked: 1 });
  expect(await tickSchedules(queue)).toMatchObject({ ticked: 0 });
  expect(await queue.tasks.countDocuments()).toBe(1);
});

test('a paused schedule makes nothing; resumed, it begins with its next tick', async () => {
  const queue = await testQueue();
  const { _id } = await createSchedule(queue, { ...hourly, paused: true });
  await makeDue(queue, _id, 5);
  expect(await tickSchedules(queue)).toEqual({ ticked: 0, next_in_ms: null });
  const resumed = await updateSchedule(queue, _id, { paused: false });
  expect(resumed.next_run_at.getTime()).toBeGreaterThan(Date.now());
  const { next_in_ms } = await tickSchedules(queue);
  expect(next_in_ms).toBeGreaterThan(0);
  expect(await queue.tasks.countDocuments()).toBe(0);
  const { task_id } = await runScheduleNow(queue, _id);
  expect((await getSchedule(queue, _id)).last_task_id).toBe(task_id);
});

test('local time is that of the time zone, over the change of clocks too', async () => {
  const queue = await testQueue();
  const { next_run_at } = await createSchedule(queue, {
    ...hourly,
    cron: '30 2 * * *',
    time_zone: 'Asia/Kolkata',
  });
  expect(next_run_at.toISOString()).toMatch(/T21:00:00/);
});

test('an actor that is gone is told in the schedule, which goes on', async () => {
  const queue = await testQueue();
  const { _id } = await createSchedule(queue, { ...hourly, actor: 'gone' });
  await makeDue(queue, _id, 1);
  await tickSchedules(queue);
  const told = await getSchedule(queue, _id);
  expect(told.last_error).toContain('No actor is called "gone"');
  expect(told.next_run_at.getTime()).toBeGreaterThan(Date.now());
  await updateSchedule(queue, _id, { actor: 'echo' });
  await makeDue(queue, _id, 1);
  await tickSchedules(queue);
  expect(await getSchedule(queue, _id)).toMatchObject({ last_error: null });
});

const refused: [string, object, string][] = [
  ['a cron of four fields', { cron: '* * * *' }, '/cron'],
  ['a cron of seven fields', { cron: '* * * * * * *' }, '/cron'],
  ['a cron that is none', { cron: 'a b c d e' }, '/cron'],
  ['the 30th of February', { cron: '0 0 30 2 *' }, '/cron'],
  ['an unknown time zone', { time_zone: 'Mars/Olympus' }, '/time_zone'],
  ['a payload that is no object', { payload: [] }, '/payload'],
  ['an unknown field', { chron: 'x' }, '/chron'],
];

test.each(refused)('%s is refused and named', async (_, fields, pointer) => {
  const queue = await testQueue();
  const created = createSchedule(queue, { ...hourly, ...fields });
  await expect(created).rejects.toThrow(InvalidInput);
  await expect(created).rejects.toMatchObject({ problems: [{ pointer }] });
  const { _id } = await createSchedule(queue, hourly);
  await expect(updateSchedule(queue, _id, fields)).rejects.toMatchObject({ problems: [{ pointer }] });
});

test('schedules are listed page by page, and gone when deleted', async () => {
  const queue = await testQueue();
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push((await createSchedule(queue, hourly))._id);
  const first = await listSchedules(queue, { limit: 3 });
  const second = await listSchedules(queue, { limit: 3, cursor: first.next_cursor! });
  expect([...first.items, ...second.items].map(({ _id }) => _id)).toEqual(ids);
  expect(second.next_cursor).toBeNull();
  await deleteSchedule(queue, ids[0]!);
  for (const gone of [getSchedule, deleteSchedule, runScheduleNow])
    await expect(gone(queue, ids[0]!)).rejects.toThrow('There is no schedule');
});
