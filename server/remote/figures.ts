// What workers outside have done, in the figures of all workers: counted where their streams and reports arrive.
import {
  addEnds,
  addFigures,
  addLaneRates,
  addMinutes,
  type ClaimedTask,
  countEnds,
  type Figure,
  type FigureName,
  figureBounds,
  newLaneTally,
  type Queue,
} from '../../queue/index.ts';
import { startLoop } from '../../queue/pace/loop.ts';

export interface RemoteFigures {
  /** A task was given to a worker, this long after it became claimable. */
  claimed(actor: string, delay_ms: number): void;
  ended(
    task: Pick<ClaimedTask, 'actor' | 'lane'>,
    outcome: 'completed' | 'failed' | 'retried' | 'cancelled' | 'timed_out',
    run_ms: number,
  ): void;
  stop(): Promise<void>;
}

const everyMs = 5_000;

export function startRemoteFigures(queue: Queue): RemoteFigures {
  countEnds(queue);
  let counted = new Map<string, Figure>();
  const lanes = newLaneTally();
  const loop = startLoop({
    async round() {
      await add();
      return everyMs;
    },
    onTrouble: error => queue.events.emit('queue:trouble', { doing: 'adding up figures', error }),
  });

  async function add(): Promise<void> {
    const figures = [...counted.values()];
    counted = new Map();
    await addFigures(queue, figures);
    await addMinutes(queue, figures);
    await addLaneRates(queue, lanes.take());
    await addEnds(queue);
  }

  function count(named: FigureName, ms: number, bounds: readonly number[]): void {
    const key = Object.values(named).join(' ');
    const figure = counted.get(key) ?? { ...named, count: 0, sum: 0, counts: bounds.map(() => 0).concat(0) };
    const seconds = Math.max(0, ms) / 1_000;
    const bucket = bounds.findIndex(bound => seconds <= bound);
    figure.count += 1;
    figure.sum += seconds;
    figure.counts[bucket === -1 ? bounds.length : bucket]! += 1;
    counted.set(key, figure);
  }

  return {
    claimed(actor, delay_ms) {
      const name = 'task_queue_delay_seconds';
      count({ name, actor }, delay_ms, figureBounds[name]);
      count({ name: 'tasks_claimed_total' }, 0, []);
    },
    ended({ actor, lane }, outcome, run_ms) {
      const name = 'task_execution_seconds';
      count({ name, actor, outcome }, run_ms, figureBounds[name]);
      lanes.add(lane, run_ms);
    },
    async stop() {
      await loop.stop();
      await add().catch(() => {});
    },
  };
}
