// The one claimer of this server: claims for all workers outside that have room here, woken by one doorbell.
import {
  type Claimable,
  type ClaimedTask,
  claimTasks,
  peekClaimable,
  type Queue,
  releaseTasks,
  type WorkerShare,
  watchLanes,
} from '../../queue/index.ts';
import { startLoop } from '../../queue/pace/loop.ts';
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
  const hungry = parts.sessions.all().filter(session => session.room() > 0);
  if (hungry.length === 0) return Infinity;
  const turns = hungry.length === 1 ? [wanting(hungry[0]!)] : await divide(parts.queue, hungry);
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

async function claimFor(
  { queue, sessions, share, onClaimed }: ClaimerParts,
  { session, want }: Turn,
  part: WorkerShare,
): Promise<{ won: number; again: boolean }> {
  const { worker_id, actors } = session;
  const { index, of } = share();
  const own = { index: index * part.of + part.index, of: of * part.of };
  const { tasks, again } = await claimTasks(queue, { worker_id, actors, want, share: own });
  onClaimed(tasks);
  // Its stream ended meanwhile: what it never heard of costs nobody a retry.
  if (tasks.length > 0 && !sessions.give(worker_id, tasks)) await releaseTasks(queue, tasks);
  return { won: tasks.length, again };
}

interface Turn {
  session: Session;
  want: number;
}

const wanting = (session: Session): Turn => ({ session, want: session.room() });

/** More than this is never looked for at once. */
const maxPeeked = 1_000;

/** Which of several workers claim, and how much each: what waits is divided by the room they have. */
async function divide(queue: Queue, hungry: readonly Session[]): Promise<Turn[]> {
  const actors = [...new Set(hungry.flatMap(session => [...session.actors]))];
  const room = hungry.reduce((sum, session) => sum + session.room(), 0);
  return divideBy(await peekClaimable(queue, actors, Math.min(room, maxPeeked)), hungry);
}

/** The turns of those for whom something is open, the one with the most room first. Pure. */
export function divideBy<Worker extends Pick<Session, 'actors' | 'room' | 'turn'>>(
  { lanes, waiting }: Claimable,
  hungry: readonly Worker[],
): { session: Worker; want: number }[] {
  const open = new Set(lanes.flat());
  const served = hungry
    .filter(({ actors }) => [...actors].some(actor => open.has(actor)))
    .map(session => ({ session, room: session.room() }))
    // It may have left, or stopped reading, since it was seen to have room.
    .filter(({ room }) => room > 0)
    .toSorted((a, b) => b.room - a.room || a.session.turn - b.session.turn);
  const total = served.reduce((sum, { room }) => sum + room, 0);
  // At least one: an open lane in which nothing waits is closed by whoever looks.
  const shareOf = (room: number) => Math.max(1, Math.ceil((Math.min(waiting, total) * room) / total));
  return served.map(({ session, room }) => ({ session, want: Math.min(room, shareOf(room)) }));
}
