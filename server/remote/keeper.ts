// Keeping what this server's workers outside hold: heartbeats for their tasks while their streams are open, and a look every
// second at what others did to them.
import {
  beatRemoteWorker,
  findHeld,
  findHeldClaims,
  type HeldLook,
  listLiveWorkers,
  lookAtHeld,
  type Queue,
  readRemoteStreams,
  shareOf,
  updateHeartbeat,
  type WorkerShare,
  watchRemoteWorkers,
} from '../../queue/index.ts';
import { startLoop } from '../../queue/pace/loop.ts';
import { fewAtOnce } from '../few-at-once.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';

export interface KeeperParts {
  queue: Queue;
  sessions: Sessions;
  /** Names this server among the claimers. */
  server: string;
  heartbeat_ms: number;
  lease_ms: number;
  /** Somebody asked to cancel what it holds. */
  onCancelled: (session: Session, task_id: string) => void;
  /** It holds this no more: ended, or taken, by another hand. */
  onGone: (session: Session, task_id: string, look: HeldLook | undefined) => void;
  /** Another stream is its stream now, or it has left. */
  onReplaced: (session: Session) => void;
}

export interface Keeper {
  share(): WorkerShare;
  wake(): void;
  stop(): Promise<void>;
}

const lookMs = 1_000;
/** What other servers ring for within this time is looked at together. */
const gatherMs = 15;

export function startKeeper(parts: KeeperParts): Keeper {
  const { queue, sessions, heartbeat_ms } = parts;
  let share: WorkerShare = { index: 0, of: 1 };
  let beatAt = 0;
  // Before the loop, whose first round begins at once.
  const rung = new Set<string>();

  const loop = startLoop({
    async round() {
      for (const { stream } of sessions.all()) stream.beat(performance.now());
      if (sessions.size === 0) return Infinity;
      await Promise.all([lookAtAll(parts), checkStreams(parts, rung)]);
      if (performance.now() < beatAt) return Math.max(0, Math.min(lookMs, beatAt - performance.now()));
      beatAt = performance.now() + heartbeat_ms;
      // One that is being opened is not in its worker's row yet.
      const open = sessions.all().filter(session => session.ready);
      await fewAtOnce(open, session => beat(parts, session));
      share = await findShare(parts);
      return Math.min(lookMs, heartbeat_ms);
    },
    onTrouble: error => queue.events.emit('queue:trouble', { doing: 'keeping workers outside', error }),
  });
  let alarm: NodeJS.Timeout | undefined;
  function ring(worker_id: string): void {
    if (!sessions.get(worker_id)) return;
    rung.add(worker_id);
    alarm ??= setTimeout(() => {
      alarm = undefined;
      loop.wake();
    }, gatherMs);
  }
  const doorbell = watchRemoteWorkers(queue, { onChange: ring, onGap: () => loop.wake() });
  return {
    share: () => share,
    wake: () => loop.wake(),
    async stop() {
      clearTimeout(alarm);
      await Promise.all([loop.stop(), doorbell.close()]);
    },
  };
}

/** Ends the sessions among those rung for whose worker has another stream now, or has left. */
async function checkStreams({ queue, sessions, onReplaced }: KeeperParts, rung: Set<string>): Promise<void> {
  const ids = [...rung];
  rung.clear();
  const streams = await readRemoteStreams(queue, ids);
  for (const worker_id of ids) {
    const session = sessions.get(worker_id);
    if (session?.ready && streams.get(worker_id) !== session.id) onReplaced(session);
  }
}

const chunk = 1_000;

/** Sees what was cancelled, ended or taken since the last look. */
async function lookAtAll({ queue, sessions, onCancelled, onGone }: KeeperParts): Promise<void> {
  const held = sessions.all().flatMap(session => session.tasks().map(task => ({ session, task })));
  for (let at = 0; at < held.length; at += chunk) {
    const part = held.slice(at, at + chunk);
    const ids = part.map(({ task }) => task._id);
    const looks = new Map((await lookAtHeld(queue, ids)).map(look => [look._id, look]));
    for (const { session, task } of part) {
      const now = session.held.get(task._id);
      // What its worker has said meanwhile is known better.
      if (now?.task !== task || now.settling) continue;
      const look = looks.get(task._id);
      if (look?.claim !== task.claim || look.status !== 'processing') onGone(session, task._id, look);
      else if (look.cancel_requested) onCancelled(session, task._id);
      else now.begun ||= look.begun ?? false;
    }
  }
}

/** A sign of life for a worker and what it holds. One that used to give signs of its own, and no longer does, is gone. */
async function beat(parts: KeeperParts, session: Session): Promise<void> {
  const { queue, lease_ms, onReplaced } = parts;
  const { worker_id, id: stream, held } = session;
  const row = await beatRemoteWorker(queue, worker_id, { stream, running: held.size });
  if (session.ended) return;
  if (!row) return onReplaced(session);
  const silent_ms = row.heard_at ? row.heartbeat_at.getTime() - row.heard_at.getTime() : 0;
  if (silent_ms > lease_ms) return session.stream.drop();
  await adoptStrays(parts, session);
  await updateHeartbeat(queue, worker_id, session.tasks());
}

/**
 * Takes in what is its worker's by the tasks and in nobody's hands: another server may have claimed it just as the stream came
 * here. Only what two looks found: the first may be older than what was said and claimed here meanwhile.
 */
async function adoptStrays({ queue, sessions }: KeeperParts, session: Session): Promise<void> {
  const { worker_id, strays } = session;
  const claims = await findHeldClaims(queue, worker_id);
  const unknown = new Set(claims.filter(({ _id, claim }) => !session.holds(_id, claim)).map(nameOf));
  session.strays = unknown;
  const still = [...unknown].filter(name => strays.has(name));
  if (still.length === 0) return;
  const found = (await findHeld(queue, worker_id)).filter(task => still.includes(nameOf(task)));
  if (!session.ended) sessions.give(worker_id, found);
}

const nameOf = ({ _id, claim }: Pick<HeldLook, '_id' | 'claim'>): string => `${_id} ${claim}`;

async function findShare({ queue, sessions, server, lease_ms }: KeeperParts): Promise<WorkerShare> {
  const actors = new Set(sessions.all().flatMap(session => [...session.actors]));
  return shareOf(await listLiveWorkers(queue, lease_ms), server, actors);
}
