// What the leading worker does for the whole queue: what every leader does, and the sweep.
import { type ChoreSettings, queueChores } from '../queue/index.ts';
import type { Chore } from '../queue/pace/lead.ts';
import type { WorkerEvents } from './events.ts';
import type { Store } from './store.ts';

export interface ChoreParts extends ChoreSettings {
  store: Store;
  events: WorkerEvents;
  /** Ends the generations that ended tasks left open; resolves how many. */
  failOrphans: () => Promise<number>;
  /** Removes bytes that no record will ever name; resolves how many. */
  sweepContents: () => Promise<number>;
}

export function newChores(parts: ChoreParts): Chore[] {
  return [
    ...queueChores(parts.store, parts),
    { doing: 'sweeping up what the dead left', run: () => sweep(parts) },
  ];
}

const sweepMs = 300_000;

/** Whatever nobody would miss for minutes and nobody else would ever remove. */
async function sweep({ store, events, lease_ms, failOrphans, sweepContents }: ChoreParts): Promise<number> {
  const workers = await store.forgetDeadWorkers(Math.max(sweepMs, 10 * lease_ms));
  const generations = await failOrphans();
  const contents = await sweepContents();
  if (workers + generations + contents > 0) events.emit('queue:swept', { workers, generations, contents });
  return sweepMs;
}
