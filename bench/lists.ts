// Pages of lists over many finished tasks beside pages over few: how long each takes, and what mongod says it looked at. Ends
// with an error if a page of the long history looks at more than its own tasks.
// Usage: tsx bench/lists.ts [many=1000000] [few=1000] [rounds=30]
import { MongoClient } from 'mongodb';
import { type ListFilter, listTasks, openQueue, type Queue } from '../queue/index.ts';
import type { Task } from '../queue/task.ts';
import { type Cost, explainCost } from '../test/helpers/cost.ts';
import { finishedTask } from '../test/queue/verify-history.ts';
import { type Bench, timed, withMongod } from './mongod.ts';

const [many = 1_000_000, few = 1_000, rounds = 30] = process.argv.slice(2).map(Number);
const limit = 50;

const filters: [string, ListFilter][] = [
  ['everything', {}],
  ['a run', { workflow_run_id: 'run7' }],
  ['a key', { concurrency_identifier: 'key3' }],
  ['an actor', { actor: 'actor2' }],
  ['a worker', { worker_id: 'w5' }],
  ['a tag', { tags: ['of1'] }],
  ['completed ones', { status: ['completed'] }],
  ['all ends', { status: ['completed', 'failed', 'cancelled'] }],
];

await withMongod(async bench => {
  const [short, long] = [await fill(bench, 'short', few), await fill(bench, 'long', many)];
  let wasteful = 0;
  for (const [name, filter] of filters) {
    // The long one between two of the short one: a machine that slows down slows both.
    const before = await pace(short, filter);
    const took = await pace(long, filter);
    const after = await pace(short, filter);
    const cost = await costOf(bench, filter);
    const isCheap = !cost.sorts && cost.keys <= limit + 7 && cost.documents <= limit + 1;
    if (!isCheap) wasteful++;
    console.log(
      `${name}: ${took.toFixed(1)} ms beside ${((before + after) / 2).toFixed(1)} ms, ` +
        `ratio ${((2 * took) / (before + after)).toFixed(2)}; ${cost.keys} keys, ${cost.documents} documents${cost.sorts ? ', SORTED' : ''}`,
    );
  }
  if (wasteful > 0) throw new Error(`${wasteful} pages looked at more than they show.`);
});

/** A history in which every filter finds at least a page, in the long one and in the short one. */
function taskOf(n: number): Task {
  const status = (['completed', 'completed', 'completed', 'failed', 'cancelled'] as const)[n % 5]!;
  return finishedTask(`key${n % 4}`, [{ from: n, to: n + 1, slot: 0, limit: 3 }], {
    status,
    actor: `actor${n % 7}`,
    worker_id: `w${n % 6}`,
    workflow_run_id: `run${n % 10}`,
    tags: [`of${n % 5}`],
  });
}

async function fill(bench: Bench, name: string, count: number): Promise<Queue> {
  const queue = await bench.openQueue(name);
  const { seconds } = await timed(async () => {
    for (let n = 0; n < count; n += 2_000) {
      const batch = Array.from({ length: Math.min(2_000, count - n) }, (_, index) => taskOf(n + index));
      await queue.tasks.insertMany(batch, { ordered: false, writeConcern: { w: 1, journal: false } });
    }
  });
  console.log(`${count} finished tasks stored in ${seconds.toFixed(0)} s`);
  return queue;
}

/** The median of a page's milliseconds, over pages that each begin where the last one ended. */
async function pace(queue: Queue, filter: ListFilter): Promise<number> {
  const took: number[] = [];
  let cursor: string | undefined;
  for (let round = 0; round < rounds; round++) {
    const { seconds, value } = await timed(() => listTasks(queue, { ...filter, limit, cursor }));
    took.push(seconds * 1_000);
    cursor = value.next_cursor ?? undefined;
  }
  return took.toSorted((a, b) => a - b)[rounds >> 1]!;
}

/** Of the second page of the long history. */
async function costOf(bench: Bench, filter: ListFilter): Promise<Cost> {
  const client = await MongoClient.connect(bench.uri, { monitorCommands: true });
  try {
    const queue = await openQueue(client.db('long'), { ensureSchema: false });
    const first = await listTasks(queue, { ...filter, limit });
    const commands: Parameters<typeof explainCost>[1][number][] = [];
    client.on('commandStarted', event => commands.push(event));
    await listTasks(queue, { ...filter, limit, cursor: first.next_cursor! });
    return await explainCost(queue, [...commands]);
  } finally {
    await client.close();
  }
}
