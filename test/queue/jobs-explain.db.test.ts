// The cost of lists of spawned tasks and of walks down their trees, asserted on the very commands they send.
import type { Document } from 'mongodb';
import { beforeAll, expect, test } from 'vitest';
import { cancelTree, getJob, listJobs, type Queue, type Task } from '../../queue/index.ts';
import { enqueueMany, observedQueue, testQueue } from '../helpers/queue.ts';

let queue: Queue;
const roots = 200;
const perRoot = 100;
const rootOf = (n: number) => `tq_00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const childOf = (root: number, n: number) => rootOf(1_000_000 + root * perRoot + n);

beforeAll(async () => {
  queue = await testQueue();
  const [id] = await enqueueMany(queue, 1);
  const model = (await queue.tasks.findOne({ _id: id! }))!;
  const history: Task[] = Array.from({ length: roots }, (_, root) => ({
    ...model,
    _id: rootOf(root),
    status: 'completed',
  }));
  for (let root = 0; root < roots; root++)
    for (let n = 0; n < perRoot; n++)
      history.push({
        ...model,
        _id: childOf(root, n),
        parent_id: rootOf(root),
        ancestors: [rootOf(root)],
        depth: 1,
        status: n === 0 ? 'failed' : 'completed',
        created_at: new Date(root * 1_000 + n),
      });
  await queue.tasks.insertMany(history);
}, 60_000);

async function costOf(work: (observed: Queue) => Promise<unknown>) {
  const { queue: observed, commands } = await observedQueue(queue);
  await work(observed);
  const { command } = commands.find(({ command }) => command.find === 'task_queue')!;
  const { $db: _db, lsid: _lsid, $clusterTime: _time, ...find } = command as Document;
  const plan = await queue.db.command({ explain: find, verbosity: 'executionStats' });
  const { totalKeysExamined: keys, totalDocsExamined: documents } = plan.executionStats;
  const text = JSON.stringify(plan.queryPlanner.winningPlan);
  return { keys: Number(keys), documents: Number(documents), sorts: /"stage":"SORT"/.test(text) };
}

const limit = 20;

test.each([
  ['of all parents', {}],
  ['of one parent', { parent_id: rootOf(7) }],
  ['of some statuses', { status: ['failed', 'cancelled'] as const }],
])('a page of jobs reads what it shows: %s', async (_, filter) => {
  let cursor: string | undefined;
  for (let page = 0; page < 3; page++) {
    const { keys, documents, sorts } = await costOf(async observed => {
      const { next_cursor } = await listJobs(observed, { ...filter, limit, cursor });
      cursor = next_cursor ?? undefined;
    });
    expect(sorts).toBe(false);
    expect(keys).toBeLessThanOrEqual(limit + 1 + 12);
    expect(documents).toBeLessThanOrEqual(limit + 1 + 1);
  }
});

test('a job is read by its id', async () => {
  expect((await costOf(observed => getJob(observed, childOf(3, 3)))).keys).toBe(1);
});

test('a walk down a tree reads that tree alone', async () => {
  const { queue: observed, commands } = await observedQueue(queue);
  await cancelTree(observed, rootOf(5));
  const walk = commands.find(({ command }) => command.hint === 'tree')!.command as Document;
  const { $db: _db, lsid: _lsid, $clusterTime: _time, ...find } = walk;
  const { executionStats } = await queue.db.command({ explain: find, verbosity: 'executionStats' });
  expect(executionStats.totalKeysExamined).toBeLessThanOrEqual(perRoot + 1);
});
