// What this process makes of tasks besides running them: that they end as failed, are tried again, taken back, promoted. Counted
// where it happens, whatever the last attempt came to, and added to the figures of all (figures.ts, minutes.ts).
import type { EventEmitter } from 'node:events';
import type { QueueEvents } from './events.ts';
import { addFigures, type Figure } from './figures.ts';
import { addMinutes } from './minutes.ts';
import type { Queue } from './queue.ts';

interface Tally {
  /** Tasks that ended as failed, and attempts after which a task is tried again, by actor. */
  dead: Map<string, number>;
  again: Map<string, number>;
  recovered: number;
  promoted: number;
}

const newTally = (): Tally => ({ dead: new Map(), again: new Map(), recovered: 0, promoted: 0 });

// A worker and a server of one process may share a queue: what happens there is counted once.
const tallies = new WeakMap<EventEmitter<QueueEvents>, Tally>();

/** Begins to count what happens to the queue by this process; does nothing where that is done already. */
export function countEnds({ events }: Pick<Queue, 'events'>): void {
  if (tallies.has(events)) return;
  const tally = newTally();
  tallies.set(events, tally);
  const one = (counts: Map<string, number>, actor: string) => counts.set(actor, (counts.get(actor) ?? 0) + 1);
  events.on('task:dead', ({ actor }) => one(tally.dead, actor));
  events.on('task:retried', ({ actor }) => one(tally.again, actor));
  events.on('task:recovered', ({ actor, outcome }) => {
    tally.recovered += 1;
    if (outcome === 'queued') one(tally.again, actor);
  });
  events.on('task:promoted', ({ count }) => {
    tally.promoted += count;
  });
}

/** Adds what was counted since the last time. What cannot be added is lost: nothing is decided by a figure. */
export async function addEnds(queue: Queue): Promise<void> {
  const tally = tallies.get(queue.events);
  if (!tally) return;
  const { dead, again, recovered, promoted } = { ...tally };
  Object.assign(tally, newTally());
  const deaths = [...dead].map(([actor, count]) => total('tasks_dead_total', count, actor));
  const retries = [...again].map(([actor, count]) => total('tasks_tried_again_total', count, actor));
  const others = [total('tasks_recovered_total', recovered), total('tasks_promoted_total', promoted)];
  await addFigures(queue, [...deaths, ...retries, ...others.filter(({ count }) => count > 0)]);
  await addMinutes(queue, [...deaths, ...retries]);
}

/** What addEnds adds; a process that has counted the same adds it by this alone. */
export const endFigures: readonly string[] = [
  'tasks_dead_total',
  'tasks_recovered_total',
  'tasks_promoted_total',
];

const total = (name: `${string}_total`, count: number, actor?: string): Figure => ({
  name,
  ...(actor !== undefined && { actor }),
  count,
  sum: 0,
  counts: [],
});
