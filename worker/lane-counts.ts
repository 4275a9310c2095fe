// Which attempts have ended in which lane since the last time: for estimates of when waiting tasks begin.
import { type LaneCount, newLaneTally } from '../queue/index.ts';
import { listen, type WorkerEvents } from './events.ts';

export interface LaneCounts {
  /** What came since the last call. */
  take(): LaneCount[];
  stop(): void;
}

/** These have ended nothing: the task comes back. */
const comesBack: readonly string[] = ['released', 'lost'];

export function countLanes(worker: WorkerEvents): LaneCounts {
  const tally = newLaneTally();
  const stop = listen(worker, {
    'attempt:ended'({ lane, outcome, run_ms }) {
      if (!comesBack.includes(outcome)) tally.add(lane, run_ms);
    },
  });
  return { take: () => tally.take(), stop };
}
