// Violations planted into stored history: each is found and named, by the library and by the command.
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { ClaimedTask, Queue } from '../../queue/index.ts';
import type { Task } from '../../queue/task.ts';
import { verifyHistory } from '../../queue/verify/verify.ts';
import { testUri } from '../helpers/mongo.ts';
import { spawnNode } from '../helpers/processes.ts';
import { claimRound, enqueueMany, finish, testQueue } from '../helpers/queue.ts';
import { finishedTask, queuedTask, type Run, runningTask, without } from './verify-history.ts';

/** Stores what the validator would refuse. */
async function plant(queue: Queue, ...tasks: Task[]): Promise<string[]> {
  await queue.tasks.insertMany(tasks, { bypassDocumentValidation: true });
  return tasks.map(task => task._id);
}

/** A queue whose `slot` index keeps nothing out any more. */
async function brokenQueue(): Promise<Queue> {
  const queue = await testQueue();
  await queue.tasks.dropIndex('slot');
  const partialFilterExpression = { slot: { $gte: 0 } };
  await queue.tasks.createIndex({ lane: 1, slot: 1 }, { name: 'slot', partialFilterExpression });
  return queue;
}

const one = (from: number, to: number, slot: number, limit = 3): Run[] => [{ from, to, slot, limit }];
const clean = [
  finishedTask('a', one(0, 5_000, 0)),
  finishedTask('a', one(0, 5_000, 1)),
  finishedTask('a', [
    { from: 1_000, to: 2_000, slot: 2, limit: 3, outcome: 'lost' },
    ...one(5_000, 9_000, 0),
  ]),
  finishedTask('echo#0', [{ from: 0, to: 9_000 }]),
  finishedTask('echo#0', [{ from: 0, to: 9_000 }]),
];

test('clean history is clean, and the report says what was looked at', async () => {
  const queue = await testQueue();
  await plant(queue, ...clean, runningTask('a', { from: 8_000, slot: 1, limit: 3 }), queuedTask('a'));
  const { until, ...report } = await verifyHistory(queue);
  expect(until.getTime()).toBeLessThanOrEqual(Date.now() + 1_000);
  expect(report).toEqual({
    checked: { tasks: 7, attempts: 7, limited_attempts: 5, limited_lanes: 1 },
    violations: 0,
    violations_by_kind: {},
    findings: [],
    unchecked: [expect.objectContaining({ reason: 'still_running', count: 1 })],
  });
});

test('an empty database is clean, and stays empty', async () => {
  const queue = await testQueue();
  await queue.db.dropDatabase();
  expect(await verifyHistory(queue)).toMatchObject({ violations: 0, checked: { tasks: 0 } });
  expect(await queue.db.listCollections().toArray()).toEqual([]);
});

let planted: Promise<Queue>;
beforeAll(() => {
  planted = brokenQueue();
});

const [left, right] = [finishedTask('a', one(1_000, 5_000, 0)), finishedTask('a', one(2_000, 9_000, 0))];
const crowd = [0, 1, 2].map(slot => finishedTask('b', one(10_000, 20_000 + slot, slot, 4)));
crowd.push(finishedTask('b', one(15_000, 18_000, 3)));
const held = runningTask('a', { from: 0, slot: 2, limit: 3 });
const beside = finishedTask('a', one(60_000, 70_000, 2));
const twice = finishedTask('a', [{ from: 0, to: 1, slot: 0, limit: 3 }, ...one(5, 9, 0)]);
const late = { ...finishedTask('echo#1', [{ from: 5_000, to: 9_000 }]), created_at: new Date() };
const slotted = { ...finishedTask('a', one(0, 9, 0)), slot: 0 };
const strayed = queuedTask('nowhere');
const unknown = { ...queuedTask('a'), actor: 'stranger' };
const lost = without(finishedTask('a', one(0, 9, 0)), 'result');

test.each<[kind: string, says: string, tasks: Task[], concerned: Task[]]>([
  ['slot_shared', 'Slot 0 was held by two attempts at once', [left, right], [left, right]],
  [
    'limit_exceeded',
    '4 ran at once where 3 may',
    [...crowd, finishedTask('b', one(30_000, 40_000, 0, 3))],
    crowd,
  ],
  ['slot_shared', 'still running', [held, beside], [held, beside]],
  ['slot_invalid', 'attempt 1 was in slot 3 of a limit of 3', crowd, [crowd[3]!]],
  ['slot_invalid', 'is completed and holds slot 0', [slotted], [slotted]],
  ['completed_twice', 'was completed 2 times', [twice], [twice]],
  ['times_out_of_order', 'was created after it started', [late], [late]],
  ['attempts_out_of_order', 'was claimed 7 times', [{ ...twice, attempt: 7 }], [twice]],
  ['retries_miscounted', 'counts 9 retries', [{ ...twice, retry_count: 9 }], [twice]],
  ['status_disagrees', 'is completed and has no result', [lost], [lost]],
  ['lane_missing', 'a lane that does not exist', [strayed], [strayed]],
  ['lane_missing', 'does not know its actor "stranger"', [unknown], [unknown]],
])('%s is found: %s', async (kind, says, tasks, concerned) => {
  const queue = await planted;
  await queue.tasks.deleteMany();
  await plant(queue, ...tasks);
  const { findings, violations } = await verifyHistory(queue);
  expect(violations).toBe(findings.length);
  const found = findings.find(finding => finding.kind === kind && finding.detail.includes(says));
  expect(found).toMatchObject({ lane: concerned[0]!.lane });
  expect(new Set(found?.task_ids)).toEqual(new Set(concerned.map(task => task._id)));
});

test('a document that is no task is told, and does not end the look', async () => {
  const queue = await testQueue();
  const strange = {
    _id: 'x',
    lane: 'a',
    concurrency_identifier: 'a',
    attempt: 1,
    attempts: 'none',
    status: 'gone',
  };
  await queue.db.collection<typeof strange>('task_queue').insertOne(strange);
  const [, id] = await plant(queue, left, finishedTask('a', one(0, 1, 0)));
  await queue.tasks.updateOne({ _id: id! }, [{ $set: { attempts: { ended_at: 'soon' } } }]);
  const { checked, findings } = await verifyHistory(queue);
  expect(checked).toMatchObject({ tasks: 3, limited_attempts: 1 });
  expect(findings.map(({ kind, detail }) => `${kind}: ${detail}`)).toEqual([
    expect.stringMatching(/^malformed: x is not a task: .*actor: .*status: /),
    expect.stringMatching(/^malformed: tq_\S+ is not a task: .*ended_at: /),
  ]);
});

test('of many findings the first are kept and all are counted and told', async () => {
  const queue = await testQueue();
  await plant(
    queue,
    ...Array.from({ length: 30 }, (_, n) => ({ ...finishedTask('a', one(n, n + 1, 0)), retry_count: 1 })),
  );
  let told = 0;
  const options = { maxFindings: 10, onFinding: () => told++ };
  const { findings, violations, violations_by_kind } = await verifyHistory(queue, options);
  expect({ kept: findings.length, violations, told }).toEqual({ kept: 10, violations: 30, told: 30 });
  expect(violations_by_kind).toEqual({ retries_miscounted: 30 });
});

test('a queue that really lost its unique index is found out', async () => {
  const queue = await brokenQueue();
  let tasks: ClaimedTask[] = [];
  // Until two have met in the one slot.
  for (let turn = 0; turn < 20 && tasks.length < 2; turn++) {
    await finish(queue, tasks);
    await enqueueMany(queue, 8, { actor: 'draw', payload: { key: 'b' } });
    const rounds = Array.from({ length: 8 }, (_, index) =>
      claimRound(queue, { worker_id: `w${index}`, want: 1, share: { index, of: 8 } }),
    );
    tasks = (await Promise.all(rounds)).flatMap(round => round.tasks);
  }
  expect(tasks.length).toBeGreaterThan(1);
  // Longer than what could be a slow statement.
  await pause(200);
  await finish(queue, tasks);
  const { violations_by_kind } = await verifyHistory(queue);
  expect(violations_by_kind).toEqual({ slot_shared: tasks.length - 1 });
});

async function callsheet(args: string[], uri: string | undefined) {
  const child = spawnNode(
    ['--import', import.meta.resolve('tsx'), resolve('cli/main.ts'), 'verify', ...args],
    {
      cwd: tmpdir(),
      env: { MONGODB_URI: uri },
    },
  );
  const { code } = await child.exited;
  return { code, said: child.lines.join('\n') };
}

// Takes its ten seconds beside the other tests.
const unanswered = callsheet([], 'mongodb://user:secret@127.0.0.1:9/x');

const uriOf = (queue: Queue) => testUri().replace('/?', `/${queue.db.databaseName}?`);

test('the command ends with 0 on clean history, and says what it checked', async () => {
  const queue = await testQueue();
  await plant(queue, ...clean, runningTask('a', { from: 8_000, slot: 1, limit: 3 }));
  const { code, said } = await callsheet([], uriOf(queue));
  expect(said).toMatch(/^Checked 6 tasks up to .*\n.* 7 attempts.*\n {2}1 limited lane with 5 attempts/);
  expect(said).toMatch(/Could not decide:\n {2}1 tasks were running .*\nNo violation\.$/);
  expect(code).toBe(0);
});

test('the command ends with 1 on a violation, and names its lane, tasks and times', async () => {
  const queue = await testQueue();
  const [first, second] = [
    finishedTask('\u001b[2Jkey', one(1_000, 5_000, 0)),
    finishedTask('\u001b[2Jkey', one(2_000, 9_000, 0)),
  ];
  await plant(queue, first, second);
  const { code, said } = await callsheet([], uriOf(queue));
  expect(said).toContain('1 violation:\n  slot_shared in lane " [2Jkey": Slot 0 was held by two attempts');
  for (const task of [first, second])
    expect(said).toContain(`${task._id} #1 (${task.started_at?.toISOString()} to`);
  expect(said).not.toContain('\u001b');
  expect(code).toBe(1);
});

const reportShape = z.object({
  checked: z.object({ tasks: z.literal(2) }),
  violations: z.literal(1),
  findings: z.tuple([
    z.object({ kind: z.literal('slot_shared'), lane: z.literal('a'), started_at: z.iso.datetime() }),
  ]),
});

test('the command prints the report as JSON with --json', async () => {
  const queue = await testQueue();
  await plant(queue, left, right);
  const { code, said } = await callsheet(['--json'], uriOf(queue));
  expect(reportShape.safeParse(JSON.parse(said)).error).toBeUndefined();
  expect(code).toBe(1);
});

test('the command ends with 2 where no database answers, and names the address', async () => {
  const { code, said } = await unanswered;
  expect(said).toMatch(/^MongoDB does not answer at mongodb:\/\/127\.0\.0\.1:9:/);
  expect(said).not.toContain('secret');
  expect(code).toBe(2);
});

test('the command ends with 2 where nobody said which database, and says how to get one', async () => {
  const { code, said } = await callsheet([], undefined);
  expect(said).toMatch(/^No database: set MONGODB_URI, or run `npm start`/);
  expect(code).toBe(2);
});
