// What the tests of idle lanes have in common: how lanes become idle, and how time passes.
import { enqueueTasks, pruneLanes, type Queue } from '../../queue/index.ts';
import { claimAll, finish } from '../helpers/queue.ts';

export const dayMs = 24 * 3_600_000;
export const of = (key: string) => ({ actor: 'draw', payload: { key } });
export const nobodyWaits = { open: false, waiting: [] };

/** One walk over all lanes; tells how many were removed. */
export async function prune(queue: Queue): Promise<number> {
  let total = 0;
  for (let after: string | null = ''; after !== null; ) {
    const { removed, next } = await pruneLanes(queue, after);
    total += removed;
    after = next;
  }
  return total;
}

/** As if all marks were older. */
export const age = (queue: Queue, ms: number) =>
  queue.lanes.updateMany({ idle_at: { $exists: true } }, [
    { $set: { idle_at: { $subtract: ['$$NOW', ms] } } },
  ]);

export const namesOf = async (queue: Queue) =>
  (await queue.lanes.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id);

export async function workOff(queue: Queue, ...keys: string[]): Promise<void> {
  await enqueueTasks(queue, keys.map(of));
  await finish(queue, await claimAll(queue));
  await claimAll(queue);
}
