// The one claimer of this server: claims for all workers outside that have room here, woken by one doorbell.
import {
  type ClaimedTask,
  claimForAll,
  peekClaimable,
  type Queue,
  releaseTasks,
  type WorkerShare,
  watchLanes,
} from '../../queue/index.ts';
import { startLoop } from '../../queue/pace/loop.ts';
import { type Crew, crewsOf, divideBy, roomOf, type Turn } from './crews.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';

export interface ClaimerParts {
  queue: Queue;
  sessions: Sessions;
  share: () => WorkerShare;
  onClaimed: (tasks: readonly ClaimedTask[]) => void;
}

export interface Claimer {
  /** Somebody new has room. */
  wake(): void;
  /** There is room again with this worker. */
  freed(session: Session): void;
  stop(): Promise<void>;
}

/** Room for less than a quarter of a worker's capacity waits this long for more, so that claims come in batches. */
const refillAfterMs = 5;
/** The longest sleep of a claimer that nothing wakes, and where no change stream rings. */
const idleMs = 1_000;
const pollingMs = 150;

export function startClaimer(parts: ClaimerParts): Claimer {
  const { queue } = parts;
  let refill: NodeJS.Timeout | undefined;
  const loop = startLoop({
    round: () => round(parts, () => (doorbell.mode() === 'polling' ? pollingMs : idleMs)),
    onTrouble: error => queue.events.emit('queue:trouble', { doing: 'claiming for workers outside', error }),
  });
  const doorbell = watchLanes(queue, { onOpen: () => loop.wake(), onGap: () => loop.wake() });
  return {
    wake: () => loop.wake(),
    freed(session) {
      if (session.room() >= session.capacity / 4) return loop.wake();
      refill ??= setTimeout(() => {
        refill = undefined;
        loop.wake();
      }, refillAfterMs);
    },
    async stop() {
      clearTimeout(refill);
      await Promise.all([loop.stop(), doorbell.close()]);
    },
  };
}

async function round(parts: ClaimerParts, idle: () => number): Promise<number> {
  const crews = crewsOf(parts.sessions.all());
  if (crews.length === 0) return Infinity;
  const turns =
    crews.length === 1 ? [{ crew: crews[0]!, want: maxWanted }] : await divide(parts.queue, crews);
  let won = 0;
  let again = false;
  for (let at = 0; at < turns.length; at += atOnce) {
    const group = turns.slice(at, at + atOnce);
    const claims = group.map((turn, index) => claimFor(parts, turn, { index, of: group.length }));
    for (const claimed of await Promise.all(claims)) {
      won += claimed.won;
      again ||= claimed.again;
    }
  }
  if (!again) return idle();
  // Nothing won and yet more to do: another claimer is at it, and the two must not march in step.
  return won > 0 ? 0 : 1 + Math.random() * 9;
}

/** Claims under way at once; each takes candidates of its own, as those of several workers do. */
const atOnce = 4;

/** Claims for a whole crew in one round, and gives each worker what was claimed in its name. */
async function claimFor(
  { queue, sessions, share, onClaimed }: ClaimerParts,
  { crew, want }: Turn<Session>,
  part: WorkerShare,
): Promise<{ won: number; again: boolean }> {
  const { index, of } = share();
  const own = { index: index * part.of + part.index, of: of * part.of };
  const takers = crew.map(session => ({ worker_id: session.worker_id, room: session.room() }));
  const { tasks, again } = await claimForAll(queue, { takers, actors: crew[0].actors, want, share: own });
  onClaimed(tasks);
  const byWorker = new Map<string, ClaimedTask[]>(tasks.map(({ worker_id }) => [worker_id, []]));
  for (const task of tasks) byWorker.get(task.worker_id)?.push(task);
  const refused = [...byWorker].filter(([worker_id, given]) => !sessions.give(worker_id, given));
  // Their streams ended meanwhile: what they never heard of costs nobody a retry.
  if (refused.length > 0)
    await releaseTasks(
      queue,
      refused.flatMap(([, given]) => given),
    );
  return { won: tasks.length, again };
}

/** More than this is never claimed in one round, nor looked for. */
const maxWanted = 1_000;

/** Which of several crews claim, and how much each: what waits is divided by the room they have. */
async function divide(queue: Queue, crews: readonly Crew<Session>[]): Promise<Turn<Session>[]> {
  const actors = [...new Set(crews.flatMap(crew => [...crew[0].actors]))];
  const room = crews.reduce((sum, crew) => sum + roomOf(crew), 0);
  return divideBy(await peekClaimable(queue, actors, Math.min(room, maxWanted)), crews);
}
