// The cost of a claim round, asserted on the very commands it sends: 100,000 tasks over 5,000 lanes.
import type { Document } from 'mongodb';
import { beforeAll, expect, test } from 'vitest';
import { claimTasks, promoteDueTasks, type Queue, reopenStrandedLanes } from '../../queue/index.ts';
import { observedQueue, publish, testQueue } from '../helpers/queue.ts';

const lanes = 5_000;
const perLane = 20;
let queue: Queue;

beforeAll(async () => {
  queue = await testQueue();
  await publish(queue);
  const ready_at = new Date(0);
  for (let at = 0; at < lanes; at += 500) {
    const names = Array.from({ length: 500 }, (_, index) => laneName(at + index));
    await queue.tasks.insertMany(
      names.flatMap(lane => Array.from({ length: perLane }, (_, n) => stored(lane, n, ready_at))),
    );
    await queue.lanes.insertMany(
      names.map(lane => ({ ...storedLane(lane), open: true, limit: isUnlimited(lane) ? null : 3, head: 0 })),
    );
  }
}, 120_000);

function laneName(index: number): string {
  return index % 10 === 0 ? `echo${index}#0` : `key${index}`;
}

function isUnlimited(lane: string): boolean {
  return lane.includes('#');
}

function storedLane(lane: string) {
  const actors = [isUnlimited(lane) ? 'echo' : 'draw'];
  return { _id: lane, paused: false, turn: new Date(0), actors, waiting: actors, rings: 0 };
}

function stored(lane: string, n: number, ready_at: Date) {
  const limit = isUnlimited(lane) ? null : 3;
  return {
    _id: `tq_${lane}_${n}_${(n * 7_919).toString(16).padStart(4, '0')}`,
    actor: isUnlimited(lane) ? 'echo' : 'draw',
    lane,
    concurrency_identifier: limit === null ? null : lane,
    concurrency_limit: limit,
    status: 'queued' as const,
    priority: 0,
    payload: { prompt: 'x'.repeat(200) },
    created_at: ready_at,
    ready_at,
    attempt: 0,
    retry_count: 0,
    max_retries: 3,
    rev: 1,
    attempts: [],
  };
}

interface Cost {
  keys: number;
  documents: number;
  stages: string[];
}

/** What mongod says that a find or aggregate costs, over all its parts. */
async function explain(command: Document): Promise<Cost[]> {
  const { $db: _db, lsid: _lsid, $clusterTime: _time, ...clean } = command;
  const { cursor: _cursor, ...aggregate } = clean;
  const asked = 'aggregate' in clean ? { ...aggregate, cursor: {} } : clean;
  const plan = await queue.db.command({ explain: asked, verbosity: 'executionStats' });
  const costs: Cost[] = [];
  collect(plan, costs);
  return costs;
}

function collect(node: unknown, costs: Cost[]): void {
  if (typeof node !== 'object' || node === null) return;
  if ('totalKeysExamined' in node && 'executionStages' in node) {
    const stages = [...JSON.stringify(node.executionStages).matchAll(/"stage":"(\w+)"/g)].map(
      ([, stage]) => stage!,
    );
    costs.push({
      keys: Number(node.totalKeysExamined),
      documents: Number('totalDocsExamined' in node ? node.totalDocsExamined : Number.NaN),
      stages,
    });
  } else for (const child of Object.values(node)) collect(child, costs);
}

async function commandsOf(work: (observed: Queue) => Promise<unknown>): Promise<Document[]> {
  const { queue: observed, commands } = await observedQueue(queue);
  await work(observed);
  return commands.map(({ command }) => command);
}

test('a claim round stays inside its budget: every read covered, no sort, no backlog scanned', async () => {
  const share = { index: 0, of: 4 };
  const claim = (observed: Queue) =>
    claimTasks(observed, { worker_id: 'w1', actors: new Set(['echo', 'draw']), want: 50, share });
  const commands = await commandsOf(claim);
  const finds = commands.filter(command => command.find === 'task_queue');
  const occupancy = finds.find(command => command.hint === 'slot')!;
  const merged = finds.find(command => command.hint === 'queued')!;
  const single = commands.find(command => command.aggregate === 'task_queue')!;
  const page = commands.find(command => command.find === 'lanes')!;

  const [pageCost] = await explain(page);
  expect(pageCost!.keys).toBeLessThanOrEqual(65);
  expect(pageCost!.documents).toBeLessThanOrEqual(64);
  expect(pageCost!.stages).not.toContain('SORT');

  const inPage = merged.filter.$or.flatMap((part: Document) => part.lane.$in).length;
  const [mergedCost] = await explain(merged);
  expect(mergedCost!.keys).toBeLessThanOrEqual(merged.limit + inPage + 1);
  expect(mergedCost).toMatchObject({ documents: 0 });
  expect(mergedCost!.stages).not.toContain('SORT');

  const singleCosts = await explain(single);
  expect(singleCosts.length).toBeGreaterThan(30);
  for (const cost of singleCosts) {
    expect(cost.keys).toBeLessThanOrEqual(3 * share.of + 1);
    expect(cost.documents).toBe(0);
    expect(cost.stages).not.toContain('SORT');
  }

  const held = await queue.tasks.countDocuments({
    slot: { $gte: 0 },
    lane: { $in: occupancy.filter.lane.$in },
  });
  const [occupancyCost] = await explain(occupancy);
  // One key per holder, and one seek per lane and its end.
  expect(occupancyCost!.keys).toBeLessThanOrEqual(held + 2 * occupancy.filter.lane.$in.length + 2);
  expect(occupancyCost!.documents).toBe(0);
});

test('a deep backlog of an actor that a worker does not serve costs it nothing', async () => {
  const backlog = Array.from({ length: 20_000 }, (_, n) => ({
    ...stored('shared', n, new Date(0)),
    _id: `tq_shared_${n}`,
    actor: 'other',
    priority: 9,
  }));
  const mine = Array.from({ length: 5 }, (_, n) => ({
    ...stored('shared', n, new Date(1)),
    _id: `tq_mine_${n}`,
    actor: 'mine',
  }));
  await queue.tasks.insertMany([...backlog, ...mine]);
  const actors = ['other', 'mine'];
  const lane = { ...storedLane('shared'), actors, waiting: actors, open: true, limit: 3, head: 9 };
  await queue.lanes.insertOne(lane);
  const share = { index: 0, of: 4 };
  const request = { worker_id: 'w1', actors: new Set(['mine', 'mine2', 'mine3']), want: 2, share };
  const commands = await commandsOf(async observed => {
    expect((await claimTasks(observed, request)).tasks).toHaveLength(2);
  });
  const reads = commands.filter(command => command.aggregate === 'task_queue');
  const costs = (await Promise.all(reads.map(explain))).flat();
  expect(costs.length).toBeGreaterThan(0);
  for (const { keys, documents, stages } of costs) {
    expect(keys).toBeLessThanOrEqual(12);
    expect(documents).toBe(0);
    expect(stages).not.toContain('SORT');
  }
  await queue.tasks.deleteMany({ lane: 'shared' });
  await queue.lanes.deleteOne({ _id: 'shared' });
});

test('the janitor reads one key per actor and lane, not per task', async () => {
  // What has ended must not tempt it to another index.
  const ended = Array.from({ length: 20_000 }, (_, n) => ({
    ...stored('key1', n, new Date(0)),
    _id: `tq_ended_${n}`,
    status: 'completed' as const,
  }));
  await queue.tasks.insertMany(ended);
  const commands = await commandsOf(reopenStrandedLanes);
  const reads = commands.filter(command => command.aggregate === 'task_queue');
  // The actors, then the lanes of all of them.
  expect(reads).toHaveLength(1 + 1);
  const costs = (await Promise.all(reads.map(explain))).flat();
  await queue.tasks.deleteMany({ status: 'completed' });
  expect(costs).toHaveLength(1 + 2);
  for (const cost of costs) {
    expect(cost.stages).toContain('DISTINCT_SCAN');
    expect(cost.documents).toBe(0);
  }
  expect(costs.reduce((sum, { keys }) => sum + keys, 0)).toBeLessThanOrEqual(lanes + 2 * 3);
});

test('the promoter asks for one key when nothing is due', async () => {
  const far = new Date(Date.now() + 3_600_000);
  const waiting = Array.from({ length: 1_000 }, (_, n) => ({
    ...stored('later#0', n, far),
    _id: `tq_later_${n}`,
    status: 'scheduled' as const,
    run_at: far,
  }));
  await queue.tasks.insertMany(waiting);
  const commands = await commandsOf(promoteDueTasks);
  expect(commands).toHaveLength(1);
  const [cost] = await explain(commands[0]!);
  expect(cost!.keys).toBe(1);
});
