// A stretch of a long list that no index answers whole: a walk along the index that comes closest, bounded whatever the
// list holds. What a page is made of stands with each list.
import type { Filter } from 'mongodb';
import type { Queue } from './queue.ts';
import type { Task } from './task.ts';

type Order = Partial<Record<keyof Task, 1 | -1>>;

export interface Walk {
  /** What the index answers by itself. */
  along: Filter<Task>;
  hint: string;
  /** That of the index. */
  order: Order;
  /** What is looked for in each task on the way. */
  rest: Filter<Task>;
}

export interface Stretch {
  tasks: Task[];
  /** The last task that was looked at, where the walk ended before the list did and before it had found enough. */
  stopped: Task | null;
}

/** A page looks at no more tasks than this: 40 ms of a warm mongod. */
const maxLooked = 10_000;

const readMs = { maxTimeMS: 5_000 };

/** The first `count` tasks of a walk, of the first 10,000 on its way. */
export async function walk(queue: Queue, way: Walk, count: number): Promise<Stretch> {
  const { along, hint, order, rest } = way;
  if (Object.keys(rest).length === 0)
    return {
      tasks: await queue.tasks.find(along, readMs).sort(order).limit(count).hint(hint).toArray(),
      stopped: null,
    };
  const tasks = await queue.tasks
    .aggregate<Task>(
      [{ $match: along }, { $sort: order }, { $limit: maxLooked }, { $match: rest }, { $limit: count }],
      { hint, ...readMs },
    )
    .toArray();
  if (tasks.length === count) return { tasks, stopped: null };
  const stopped = await lastLooked(queue, way);
  // What came at the front in between has moved the end: what lies behind it now belongs to the next page.
  return { tasks: stopped ? tasks.filter(task => !isBehind(task, stopped, order)) : tasks, stopped };
}

async function lastLooked(queue: Queue, { along, hint, order }: Walk): Promise<Task | null> {
  const projection = Object.fromEntries(Object.keys(order).map(field => [field, 1]));
  const [last] = await queue.tasks
    .find(along, { projection, ...readMs })
    .sort(order)
    .skip(maxLooked - 1)
    .limit(1)
    .hint(hint)
    .toArray();
  return last ?? null;
}

function isBehind(task: Task, other: Task, order: Order): boolean {
  for (const [field, direction] of Object.entries(order)) {
    const [a, b] = [comparable(task, field), comparable(other, field)];
    if (a !== b) return a > b === direction > 0;
  }
  return false;
}

function comparable(task: Task, field: string): string | number {
  const value: unknown = Object.entries(task).find(([name]) => name === field)?.[1];
  return value instanceof Date ? value.getTime() : String(value);
}
