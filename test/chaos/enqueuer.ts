// The client of a run: enqueues tasks of all sorts at a steady rate, cancels some, and writes down what it was told.
import { setTimeout as pause } from 'node:timers/promises';
import {
  cancelTask,
  enqueueTasks,
  isTransient,
  type NewTask,
  type Queue,
  TaskConflict,
} from '../../queue/index.ts';
import { type Deed, type Entry, type Ledger, taskOf } from './ledger.ts';
import { keys } from './plan.ts';
import type { Random } from './random.ts';
import type { Violations } from './violations.ts';

export interface EnqueuerParts {
  queue: Queue;
  ledger: Ledger;
  random: Random;
  violations: Violations;
  /** Of the outside service. */
  url: string;
}

const deeds: [number, Deed][] = [
  [82, 'work'],
  [7, 'fail once'],
  [4, 'fail for good'],
  [4, 'run into the soft timeout'],
  [3, 'ignore timeouts'],
];
/** A batch every so often. */
const everyMs = 200;
const cancelShare = 0.03;
/** Tasks that nobody works on yet, at most: a run must end soon after the last blow. */
const maxLive = 250;

/** Enqueues `rate` tasks a second until `isOver`; fewer while `live` says that too many wait. */
export async function enqueueSteadily(
  parts: EnqueuerParts,
  { rate, live, isOver }: { rate: number; live: () => number; isOver: () => boolean },
): Promise<void> {
  const cancelling = new Set<Promise<void>>();
  for (let owed = 0; !isOver(); await pause(everyMs)) {
    owed = Math.min(owed + (rate * everyMs) / 1_000, rate);
    const count = Math.min(Math.floor(owed), maxLive - live());
    if (count <= 0) continue;
    owed -= count;
    const entries = await enqueue(parts, count, entry => newTask(parts, entry));
    for (const entry of entries.filter(() => parts.random.next() < cancelShare)) {
      const cancelled = cancelSoon(parts, entry).finally(() => cancelling.delete(cancelled));
      cancelling.add(cancelled);
    }
  }
  await Promise.all(cancelling);
}

/** Enqueues tasks in one call; returns those that were acknowledged. */
export async function enqueue(
  { queue, ledger, random, violations }: Omit<EnqueuerParts, 'url'>,
  count: number,
  make: (entry: Entry) => NewTask,
  does?: Deed,
): Promise<Entry[]> {
  const entries = ledger.open(count, () => does ?? random.pick(deeds));
  try {
    const answers = await enqueueTasks(queue, entries.map(make));
    for (const [n, entry] of entries.entries()) ledger.acknowledge(entry, answers[n]!.task_id);
    return entries;
  } catch (error) {
    if (!isTransient(error)) violations.add('client', `an enqueue was answered with ${String(error)}`);
    return [];
  }
}

function newTask({ random, url }: EnqueuerParts, entry: Entry): NewTask {
  const key = random.pick([...keys.map((key): [number, string] => [3, key]), [4, '']]);
  // Long work only where it delays no others.
  const long = entry.does === 'work' && random.next() < (key ? 0.03 : 0.2);
  const [low, high] = long ? [1_500, 5_000] : [2, 100];
  const priority = random.between(0, 2);
  const delayed = random.next() < 0.1;
  entry.urgent = !key && !delayed && priority === 2;
  const more: Partial<NewTask> = {
    priority,
    ...(delayed && { delay_ms: random.between(1, 1_500) }),
    ...timeouts[entry.does],
  };
  return taskOf(entry, { url, key, work_ms: random.between(low, high), more });
}

/** Far more than the work takes, and less than the first attempt lets its call last. */
const timeouts: Partial<Record<Deed, Partial<NewTask>>> = {
  'run into the soft timeout': { timeouts: { soft_ms: 1_000, hard_ms: 10_000 } },
  'ignore timeouts': { timeouts: { soft_ms: 800, hard_ms: 1_000 } },
};

/** Cancels a task somewhere in its life, and notes what was promised. */
async function cancelSoon({ queue, random }: EnqueuerParts, entry: Entry): Promise<void> {
  await pause(random.between(0, 800));
  try {
    await cancelTask(queue, entry.task_id!);
    entry.cancel = 'granted';
  } catch (error) {
    entry.cancel = error instanceof TaskConflict ? 'refused' : 'unknown';
  }
}
