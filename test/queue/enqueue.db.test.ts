// Storing tasks: what is kept, what is refused, and that lanes are woken.
import { expect, test } from 'vitest';
import {
  claimTasks,
  enqueueTask,
  enqueueTasks,
  getTask,
  InvalidInput,
  UnknownActor,
  viewTask,
} from '../../queue/index.ts';
import { withFailPoint } from '../helpers/faults.ts';
import { claimAll, describeActor, enqueueMany, testQueue } from '../helpers/queue.ts';

test('a payload of any shape comes back exactly as it was given', async () => {
  const queue = await testQueue();
  const text =
    '{"$set":{"a":"$payload"},"toString":[{"a":1}],"constructor":[[{"b":[{}]}]],"__proto__":[{"c":1}],"$where":"1","a.b.c":{"":null},"hasOwnProperty":{"valueOf":[{"d":1}]},' +
    '"n":[0,1.5,-2147483649,9007199254740991,1e308],"s":"a\\u0000b\\ud83d\\ude00","deep":' +
    `${'['.repeat(80)}1${']'.repeat(80)}}`;
  const payload = JSON.parse(text);
  const { task_id } = await enqueueTask(queue, { actor: 'echo', payload });
  const stored = await getTask(queue, task_id);
  expect(JSON.stringify(stored!.payload)).toBe(JSON.stringify(payload));
  expect(Object.hasOwn(stored!.payload, '__proto__')).toBe(true);
});

const unstorable: [string, unknown, string][] = [
  ['a lone surrogate', { a: ['\ud800'] }, '/payload/a/0'],
  ['a lone surrogate in a key', { '\ud800': 1 }, '/payload'],
  ['a NUL in a key', { 'a\0b': 1 }, '/payload'],
  ['NaN', { n: Number.NaN }, '/payload/n'],
  ['Infinity', { 'a/b~c': Infinity }, '/payload/a~1b~0c'],
  ['what the driver takes for a BSON type', { x: { _bsontype: 'ObjectId', id: '1' } }, '/payload/x'],
  ['what the driver takes for a reference', { x: { $ref: 'a', $id: 1 } }, '/payload/x'],
  ['a Date', { x: new Date() }, '/payload/x'],
  ['a function', { x: () => 1 }, '/payload/x'],
  ['undefined', { x: undefined }, '/payload/x'],
  ['a hundred levels', JSON.parse(`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`), `/payload${'/a'.repeat(90)}`],
  ['an array', [], '/payload'],
  ['null', null, '/payload'],
];

test.each(unstorable)('%s in a payload is refused and named', async (_, payload, pointer) => {
  const queue = await testQueue();
  const refused = enqueueTask(queue, { actor: 'echo', payload: payload as Record<string, never> });
  await expect(refused).rejects.toThrow(InvalidInput);
  await expect(refused).rejects.toMatchObject({ problems: [{ pointer }] });
  expect(await queue.tasks.countDocuments()).toBe(0);
});

const badFields: [string, object, string][] = [
  ['priority', { priority: 0.5 }, '/priority'],
  ['max_retries', { max_retries: -1 }, '/max_retries'],
  ['run_at', { run_at: 'soon' }, '/run_at'],
  ['run_at far ahead', { run_at: '2099-01-01T00:00:00Z' }, '/run_at'],
  ['delay_ms', { delay_ms: -5 }, '/delay_ms'],
  ['run_at and delay_ms', { run_at: new Date(), delay_ms: 5 }, '/delay_ms'],
  ['tags', { tags: [''] }, '/tags/0'],
  ['workflow_run_id', { workflow_run_id: '' }, '/workflow_run_id'],
  ['timeouts', { timeouts: { hard_ms: 0 } }, '/timeouts/hard_ms'],
  ['an unknown field', { priorty: 1 }, '/priorty'],
];

test.each(badFields)('a bad %s is refused and named', async (_, fields, pointer) => {
  const queue = await testQueue();
  const refused = enqueueTask(queue, { actor: 'echo', payload: {}, ...fields });
  await expect(refused).rejects.toMatchObject({ problems: [{ pointer }] });
});

test('an unknown actor is refused by name, and of a batch nothing is stored', async () => {
  const queue = await testQueue();
  const batch = [
    { actor: 'echo', payload: {} },
    { actor: 'ecko', payload: {} },
  ];
  await expect(enqueueTasks(queue, batch)).rejects.toThrow(UnknownActor);
  await expect(
    enqueueTasks(queue, [batch[0]!, { actor: 'echo', payload: {}, priority: 1e9 }]),
  ).rejects.toMatchObject({
    problems: [{ pointer: '/1/priority' }],
  });
  expect(await queue.tasks.countDocuments()).toBe(0);
});

test('the lane comes from the payload; a key that cannot be one is refused and named', async () => {
  const queue = await testQueue();
  const { lane } = await enqueueTask(queue, { actor: 'draw', payload: { key: '$a.b' } });
  expect(lane).toBe('$a.b');
  for (const key of [undefined, null, {}, '', 'x#1', 'route:x', 'y'.repeat(201)])
    await expect(
      enqueueTask(queue, { actor: 'draw', payload: key === undefined ? {} : { key } }),
    ).rejects.toMatchObject({ problems: [{ pointer: '/payload/key' }] });
  expect(await claimAll(queue)).toHaveLength(1);
});

test('a delayed task waits, and shows when it may run', async () => {
  const queue = await testQueue();
  const { task_id, status } = await enqueueTask(queue, { actor: 'echo', payload: {}, delay_ms: 60_000 });
  expect(status).toBe('scheduled');
  const task = await getTask(queue, task_id);
  expect(task!.run_at!.getTime() - task!.created_at.getTime()).toBe(60_000);
  expect(viewTask(task!)).toMatchObject({ status: 'scheduled', state: 'pending', rev: 1 });
  expect(await claimAll(queue)).toEqual([]);
});

test('a dedupe key gives the live task that has it, and is free again when that ends', async () => {
  const queue = await testQueue();
  const task = { actor: 'echo', payload: {}, dedupe_key: 'once' };
  const both = await Promise.all(Array.from({ length: 20 }, () => enqueueTask(queue, task)));
  expect(new Set(both.map(({ task_id }) => task_id)).size).toBe(1);
  expect(both.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
  const [held] = await claimAll(queue);
  const { completeTasks } = await import('../../queue/index.ts');
  await completeTasks(queue, [{ task: held!, result: null }]);
  expect(await enqueueTask(queue, task)).toMatchObject({ deduplicated: false });
});

test('an insert whose answer was lost stores the task once', async () => {
  const queue = await testQueue();
  for (const fault of [
    { errorCode: 91 },
    { closeConnection: true },
    { writeConcernError: { code: 64, errmsg: 'slow' } },
  ]) {
    const { task_id } = await withFailPoint(queue.db, { failCommands: ['insert'], times: 2, ...fault }, () =>
      enqueueTask(queue, { actor: 'echo', payload: {} }),
    );
    expect(await queue.tasks.countDocuments({ _id: task_id })).toBe(1);
  }
  expect(await queue.tasks.countDocuments()).toBe(3);
});

test('stored times are the database clock, whatever this machine believes', async () => {
  const queue = await testQueue();
  const before = await queue.clock.now();
  const { task_id } = await enqueueTask(queue, { actor: 'echo', payload: {} });
  const task = await getTask(queue, task_id);
  const { localTime } = await queue.db.command({ hello: 1 });
  expect(task!.created_at.getTime()).toBeGreaterThanOrEqual(before.getTime());
  expect(task!.created_at.getTime()).toBeLessThanOrEqual(localTime.getTime() + 50);
});

test('ids rise strictly in the order of a batch', async () => {
  const queue = await testQueue();
  const ids = await enqueueMany(queue, 1_000);
  expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)));
});

test('tasks whose rule only code knows wait for a worker that has the code', async () => {
  const { rerouteTasks } = await import('../../queue/index.ts');
  const queue = await testQueue(describeActor('coded', { code: true }));
  const ids = await enqueueMany(queue, 3, { actor: 'coded', payload: { by: 'x' } });
  await enqueueMany(queue, 1, { actor: 'coded', payload: { by: 'free' } });
  const [bad] = await enqueueMany(queue, 1, { actor: 'coded', payload: { by: 'bad' } });
  const request = { worker_id: 'w1', actors: new Set(['coded']), want: 10, share: { index: 0, of: 1 } };
  expect(await claimTasks(queue, request)).toMatchObject({ tasks: [], unrouted: ['coded'] });
  const routed = await rerouteTasks(queue, 'coded', ({ by }) => {
    if (by === 'bad') throw new Error('no such key');
    return by === 'free' ? [null, null] : [by as string, 2];
  });
  expect(routed).toBe(5);
  const held = await claimAll(queue, { actors: ['coded'] });
  expect(held.filter(task => task.lane === 'x')).toHaveLength(2);
  expect(held).toHaveLength(3);
  expect(ids).toEqual(expect.arrayContaining(held.filter(task => task.lane === 'x').map(task => task._id)));
  expect(await getTask(queue, bad!)).toMatchObject({
    status: 'failed',
    dead: true,
    error: { type: 'ConcurrencyError' },
  });
});
