// A worker adds what it counted to the figures of all workers, every few seconds and once more when it stops.
import {
  addEnds,
  addFigures,
  addLaneRates,
  addMinutes,
  countEnds,
  endFigures,
  type Figure,
  type LaneCount,
  type Queue,
} from '../queue/index.ts';
import { type Loop, startLoop } from '../queue/pace/loop.ts';
import { pause, realTime } from '../queue/pace/time.ts';
import type { Counters, Histogram } from './counters.ts';

const everyMs = 5_000;
/** A database that is away keeps nobody from stopping. */
const lastMs = 1_000;

/** Starts adding; its stop adds the rest. */
export function startFigures(
  queue: Queue,
  read: () => Counters,
  takeLanes: () => LaneCount[],
): Pick<Loop, 'stop'> {
  countEnds(queue);
  let told = new Map<string, Figure>();
  const onTrouble = (error: unknown) =>
    void queue.events.emit('queue:trouble', { doing: 'adding up figures', error });
  async function round(): Promise<number> {
    await addLaneRates(queue, takeLanes());
    const now = new Map(figuresOf(read()).map(figure => [keyOf(figure), figure]));
    for (const name of endFigures) now.delete(name);
    const fresh = [...now].flatMap(([key, figure]) => grown(figure, told.get(key)));
    await addFigures(queue, fresh);
    told = now;
    await addMinutes(queue, fresh);
    await addEnds(queue);
    return everyMs;
  }
  const loop = startLoop({ round, onTrouble });
  return {
    async stop() {
      await loop.stop();
      const done = new AbortController();
      const last = round().catch(onTrouble);
      await Promise.race([last, pause(realTime, lastMs, done.signal)]);
      done.abort();
    },
  };
}

const keyOf = ({ count: _count, sum: _sum, counts: _counts, ...named }: Figure): string =>
  Object.values(named).join(' ');

/** Counters as figures that can be added up and shown. */
export function figuresOf({
  task_queue_delay_seconds,
  task_execution_seconds,
  ...totals
}: Counters): Figure[] {
  const shape = ({ count, sum, counts }: Histogram) => ({ count, sum, counts });
  return [
    ...task_queue_delay_seconds.map(({ actor, seconds }) => ({
      name: 'task_queue_delay_seconds' as const,
      actor,
      ...shape(seconds),
    })),
    ...task_execution_seconds.map(({ actor, outcome, seconds }) => ({
      name: 'task_execution_seconds' as const,
      actor,
      outcome,
      ...shape(seconds),
    })),
    ...totalNames(totals).map(name => ({ name, count: totals[name], sum: 0, counts: [] })),
  ];
}

const totalNames = <Totals extends Record<`${string}_total`, number>>(totals: Totals) =>
  Object.keys(totals) as (keyof Totals & `${string}_total`)[];

/** What came on top of an earlier reading; nothing when nothing did. */
function grown(now: Figure, before: Figure | undefined): Figure[] {
  if (!before) return now.count > 0 ? [now] : [];
  if (now.count === before.count) return [];
  const counts = now.counts.map((value, bucket) => value - (before.counts[bucket] ?? 0));
  return [{ ...now, count: now.count - before.count, sum: now.sum - before.sum, counts }];
}
