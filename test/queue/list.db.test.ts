// Lists of tasks: what each filter holds, that pages miss nothing and repeat nothing, and that what a page costs does not
// depend on how many tasks there are.
import { beforeAll, expect, test } from 'vitest';
import { type ListFilter, listDeadTasks, listTasks, type Queue, type Task } from '../../queue/index.ts';
import { explainCost } from '../helpers/cost.ts';
import { observedQueue, testQueue } from '../helpers/queue.ts';

let queue: Queue;
let all: Task[];
const finished = 60_000;
const live = 2_000;
const statuses = ['completed', 'completed', 'failed', 'cancelled'] as const;

const idOf = (n: number) => `tq_01a2071a-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

/** Old live tasks of a rare kind below, then history, with live tasks of all kinds strewn in. */
function taskOf(n: number): Task {
  const lives = n < 40 || n % 31 === 0;
  const status = lives ? (['queued', 'scheduled', 'processing'] as const)[n % 3]! : statuses[n % 4]!;
  const at = new Date(1_700_000_000_000 + n);
  return {
    _id: idOf(n),
    actor: `actor${n % 7}`,
    lane: `lane${n % 11}`,
    concurrency_identifier: n % 2 ? `key${n % 11}` : null,
    concurrency_limit: n % 2 ? 3 : null,
    status,
    priority: 0,
    payload: { n },
    created_at: at,
    ready_at: at,
    attempt: 1,
    retry_count: 0,
    max_retries: 3,
    rev: 1,
    attempts: [],
    tags: [`of${n % 5}`, ...(n % 9_000 === 1 ? ['rare'] : [])],
    ...(n % 3 && { workflow_run_id: `run${n % 400}` }),
    ...(status !== 'queued' && { worker_id: `w${n % 13}` }),
    ...(status === 'failed' && {
      dead: true,
      completed_at: new Date(at.getTime() - (at.getTime() % 50)),
      error: { type: n > 50_000 ? 'Common' : 'Old', message: '', details: {}, stack_trace: '' },
    }),
  };
}

beforeAll(async () => {
  queue = await testQueue();
  all = Array.from({ length: finished + live }, (_, n) => taskOf(n));
  for (let at = 0; at < all.length; at += 10_000)
    await queue.tasks.insertMany(all.slice(at, at + 10_000), {
      bypassDocumentValidation: true,
      writeConcern: { w: 1 },
    });
}, 120_000);

function matches(task: Task, { status, tags, ...fields }: ListFilter): boolean {
  const same = Object.entries(fields).every(([name, value]) => task[name as keyof Task] === value);
  return (
    same &&
    (!status?.length || status.includes(task.status)) &&
    (tags ?? []).every(tag => task.tags?.includes(tag))
  );
}

const filters: [string, ListFilter][] = [
  ['everything', {}],
  ['a run', { workflow_run_id: 'run7' }],
  ['a key', { concurrency_identifier: 'key3' }],
  ['an actor', { actor: 'actor2' }],
  ['a worker', { worker_id: 'w5' }],
  ['a rare tag beside a common one', { tags: ['of1', 'rare'] }],
  ['one end', { status: ['failed'] }],
  ['all ends', { status: ['completed', 'failed', 'cancelled'] }],
  ['live ones', { status: ['queued', 'processing', 'scheduled'] }],
  ['live and dead ones', { status: ['queued', 'failed'] }],
  ['an actor and a status', { actor: 'actor4', status: ['cancelled'] }],
  ['a live status of a key', { concurrency_identifier: 'key5', status: ['processing'] }],
  ['what nothing has', { actor: 'nobody' }],
  ['what nothing has together', { actor: 'actor1', worker_id: 'w1', tags: ['of1', 'of2'] }],
  [
    'all fields at once',
    { actor: 'actor2', tags: ['of3'], status: ['completed', 'failed', 'queued'], worker_id: 'w3' },
  ],
];

test.each(filters)('pages of %s miss nothing and repeat nothing', async (_, filter) => {
  const wanted = all
    .filter(task => matches(task, filter))
    .map(task => task._id)
    .toReversed();
  const seen: string[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < 20; pages++) {
    const page: Awaited<ReturnType<typeof listTasks>> = await listTasks(queue, {
      ...filter,
      limit: 150,
      ...(cursor && { cursor }),
    });
    seen.push(...page.items.map(task => task._id));
    cursor = page.next_cursor;
    if (!cursor) break;
  }
  expect(seen).toEqual(cursor ? wanted.slice(0, seen.length) : wanted);
  expect(seen.length).toBeGreaterThanOrEqual(Math.min(wanted.length, 1_000));
});

async function costOf(work: (observed: Queue) => Promise<unknown>) {
  const { queue: observed, commands } = await observedQueue(queue);
  await work(observed);
  return explainCost(queue, commands);
}

const limit = 50;

test.each([
  ['everything', {}],
  ['a run', { workflow_run_id: 'run7' }],
  ['a key', { concurrency_identifier: 'key3' }],
  ['an actor', { actor: 'actor2' }],
  ['a worker', { worker_id: 'w5' }],
  ['a tag', { tags: ['of1'] }],
  ['an end', { status: ['completed'] }],
  ['all ends', { status: ['completed', 'failed', 'cancelled'] }],
] as [string, ListFilter][])(
  'a page of %s reads what it shows, however many there are',
  async (_, filter) => {
    let cursor: string | undefined;
    for (let page = 0; page < 3; page++) {
      const cost = await costOf(async observed => {
        const { next_cursor } = await listTasks(observed, { ...filter, limit, cursor });
        cursor = next_cursor ?? undefined;
      });
      expect(cost.sorts).toBe(false);
      expect(cost.keys).toBeLessThanOrEqual(limit + 1 + 6);
      expect(cost.documents).toBeLessThanOrEqual(limit + 1);
    }
  },
);

test('a page of what is rare together looks at no more than it may, and goes on from there', async () => {
  const filter: ListFilter = { actor: 'actor1', tags: ['of1'], worker_id: 'w1', status: ['queued'] };
  const { keys, documents } = await costOf(observed => listTasks(observed, { ...filter, limit }));
  expect(documents).toBeLessThanOrEqual(10_000);
  expect(keys).toBeLessThanOrEqual(25_000);
});

test('one old live task is found at once behind all of history', async () => {
  await queue.tasks.insertOne({ ...taskOf(3), _id: idOf(0xfff_fff), status: 'queued', actor: 'lonely' });
  const cost = await costOf(async observed => {
    const page = await listTasks(observed, { status: ['queued'], actor: 'lonely', limit });
    expect(page.items).toHaveLength(1);
    expect(page.next_cursor).toBeNull();
  });
  expect(cost.keys).toBeLessThanOrEqual(1_100);
  await queue.tasks.deleteOne({ actor: 'lonely' });
});

test('dead letters: pages of those that died in one moment, and of a rare error, are whole and cheap', async () => {
  const died = (task: Task) => `${task.completed_at!.toISOString()} ${task._id}`;
  const newestDeath = (a: Task, b: Task) => (died(a) < died(b) ? 1 : -1);
  for (const filter of [{}, { error_type: 'Old' }, { actor: 'actor3', error_type: 'Common' }]) {
    const wanted = all
      .filter(
        task =>
          task.dead &&
          (!filter.error_type || task.error?.type === filter.error_type) &&
          (!filter.actor || task.actor === filter.actor),
      )
      .toSorted(newestDeath)
      .map(task => task._id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listDeadTasks>> = await listDeadTasks(queue, {
        ...filter,
        limit: 200,
        ...(cursor && { cursor }),
      });
      seen.push(...page.items.map(task => task._id));
      cursor = page.next_cursor;
    } while (cursor && seen.length < 1_000);
    expect(seen).toEqual(cursor ? wanted.slice(0, seen.length) : wanted);
    const cost = await costOf(observed => listDeadTasks(observed, { ...filter, limit }));
    expect(cost.sorts).toBe(false);
    expect(cost.documents).toBeLessThanOrEqual(10_000);
  }
});
