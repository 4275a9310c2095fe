/*
 * The workers outside, as this server serves them: streams that it holds, and what workers say over any server.
 *
 * Who a worker is stands in its row, what it holds in the tasks. A stream that opens, here or elsewhere, adopts what its worker
 * holds; the row says which stream is the newest, and every older one ends. While a stream is open its server sends heartbeats for
 * the worker's tasks; without one, the worker's own heartbeats keep what it has begun. When both are silent the lease ends, and
 * whoever recovers finds its tasks. Nothing runs before the first stream.
 */
import { randomUUID } from 'node:crypto';
import {
  type ClaimedTask,
  deregisterWorker,
  dropRemoteStream,
  findHeld,
  noteRemoteWorker,
  nudgeRemoteWorker,
  type Queue,
  type RemoteWorker,
  releaseTasks,
  type TaskStatus,
  takeRemoteStream,
  updateHeartbeat,
} from '../../queue/index.ts';
import { Problem } from '../problems.ts';
import { askToStop, limitTime } from './alarms.ts';
import { type Claimer, startClaimer } from './claimer.ts';
import { type EndingParts, settleReport } from './endings.ts';
import { type RemoteFigures, startRemoteFigures } from './figures.ts';
import { type Keeper, startKeeper } from './keeper.ts';
import { startMaintenance } from './maintenance.ts';
import type { Report } from './report.ts';
import { openReports } from './reports.ts';
import { type HeldTask, Session } from './session.ts';
import { Sessions } from './sessions.ts';
import { type RemoteSpans, startRemoteSpans } from './spans.ts';

export interface RemoteOptions {
  /** Between two heartbeats for the tasks of workers whose streams are open here; 5,000. */
  heartbeat_ms?: number;
  /** A task silent for longer is recovered; 30,000, the same for all of a queue. */
  lease_ms?: number;
  /** Streams at once in this process; 1,000. */
  maxStreams?: number;
}

interface Running {
  claimer: Claimer;
  keeper: Keeper;
  figures: RemoteFigures;
  spans: RemoteSpans;
}

export class RemoteWorkers {
  readonly #queue: Queue;
  readonly #options: Required<RemoteOptions>;
  readonly #server = `server-${randomUUID()}`;
  readonly #sessions = new Sessions((session, held) => this.#onTake(session, held));
  readonly #endings: EndingParts;
  #running: Running | undefined;
  #maintenance: { stop(): Promise<void> } | undefined;
  #closed = false;

  constructor(queue: Queue, options: RemoteOptions = {}) {
    this.#queue = queue;
    this.#options = { heartbeat_ms: 5_000, lease_ms: 30_000, maxStreams: 1_000, ...options };
    const onLeft: EndingParts['onLeft'] = (session, task, left) => this.#onLeft(session, task, left);
    this.#endings = { queue, sessions: this.#sessions, reports: openReports(queue), onLeft };
  }

  /** Open streams. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Looks after the queue while no worker of ours is alive; otherwise the first stream begins with it. */
  start(): void {
    this.#maintenance ??= startMaintenance(this.#queue, { server: this.#server, ...this.#options });
  }

  /** Opens a worker's stream in place of any other, with what it holds. Throws 404 when it has left, 503. */
  async open(row: RemoteWorker, base: string, destroy: () => void): Promise<Session> {
    this.#refuse();
    const session = new Session(row, {
      base,
      destroy,
      traceparentOf: task => (this.#running ? this.#running.spans.traceparentOf(task) : task.traceparent),
      onEnd: ended => this.#onEnd(ended),
    });
    this.#sessions.put(session)?.stream.end();
    try {
      const taken = await takeRemoteStream(this.#queue, row._id, {
        stream: session.id,
        server: this.#server,
      });
      if (!taken) throw workerGone(row._id);
      const held = await findHeld(this.#queue, row._id);
      const { kept } = await updateHeartbeat(this.#queue, row._id, held);
      if (this.#closed) session.stream.end();
      this.#adopt(
        session,
        held.filter(({ _id }) => kept.has(_id)),
      );
    } catch (error) {
      session.stream.end();
      throw error;
    }
    return session;
  }

  #refuse(): void {
    const headers = { 'Retry-After': '5' };
    if (this.#closed) throw new Problem('stopping', 'The server is stopping; connect again.', { headers });
    if (this.size >= this.#options.maxStreams)
      throw new Problem('too-many-streams', 'This server has as many streams open as it may; try again.', {
        headers,
      });
  }

  #adopt(session: Session, held: readonly ClaimedTask[]): void {
    if (session.ended) return;
    this.#sessions.give(session.worker_id, held);
    session.ready = true;
    const { claimer, keeper } = this.#run();
    keeper.wake();
    claimer.wake();
  }

  /** The loops, from the first stream on. */
  #run(): Running {
    if (this.#running) return this.#running;
    this.start();
    const figures = startRemoteFigures(this.#queue);
    const parts = { queue: this.#queue, sessions: this.#sessions, server: this.#server, ...this.#options };
    const keeper = startKeeper({
      ...parts,
      onCancelled: (session, task_id) => {
        const held = session.held.get(task_id);
        if (held) askToStop(this.#endings, session, held);
      },
      onGone: (session, task_id, look) => {
        session.drop(task_id);
        if (look) session.tell(task_id, look);
        this.#running?.claimer.freed(session);
      },
      onReplaced: session => session.stream.end(),
    });
    const spans = startRemoteSpans(this.#queue, ({ worker_id, _id, claim }) =>
      Boolean(this.#sessions.get(worker_id)?.holds(_id, claim)),
    );
    const onClaimed = (tasks: readonly ClaimedTask[]) => {
      for (const task of tasks) {
        figures.claimed(task.actor, task.started_at.getTime() - task.ready_at.getTime());
        spans.begin(task);
      }
    };
    const claimer = startClaimer({ ...parts, share: () => keeper.share(), onClaimed });
    this.#running = { claimer, keeper, figures, spans };
    return this.#running;
  }

  /** What a worker says of one of its tasks; resolves the task's status. */
  async report(worker_id: string, task_id: string, said: Report): Promise<TaskStatus> {
    try {
      return await settleReport(this.#endings, worker_id, task_id, said);
    } finally {
      // The server that holds its stream has to know that there is room again.
      if (said.status !== 'processing' && !this.#sessions.get(worker_id))
        await nudgeRemoteWorker(this.#queue, worker_id).catch(this.#report('telling another server'));
    }
  }

  /**
   * A worker's own sign of life: what it has begun stays its own, also while it has no stream. What it was only sent is kept by
   * its stream alone: it may never have heard of that. Resolves what is still its own.
   */
  async heartbeat(worker_id: string): Promise<ClaimedTask[]> {
    await noteRemoteWorker(this.#queue, worker_id);
    const held = await findHeld(this.#queue, worker_id);
    const begun = held.filter(task => task.begun);
    const { kept } = await updateHeartbeat(this.#queue, worker_id, begun);
    return held.filter(({ _id, begun: runs }) => !runs || kept.has(_id));
  }

  /** A worker leaves: what it holds is claimable at once, and costs no retry. */
  async leave(worker_id: string): Promise<void> {
    await deregisterWorker(this.#queue, worker_id);
    this.#sessions.get(worker_id)?.stream.end();
    await releaseTasks(this.#queue, await findHeld(this.#queue, worker_id));
  }

  /** Ends every stream; their workers go to another server and keep what they hold. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const session of this.#sessions.all()) session.stream.end();
    const parts = [...Object.values(this.#running ?? {}), this.#maintenance];
    await Promise.allSettled(parts.map(async part => part?.stop()));
  }

  #onTake(session: Session, held: HeldTask): void {
    void limitTime(this.#endings, session, held);
  }

  #onLeft(session: Session | undefined, task: ClaimedTask, left: Parameters<EndingParts['onLeft']>[2]): void {
    if (session) this.#running?.claimer.freed(session);
    if (left === null) return;
    this.#running?.spans.end(task, left.outcome, left.errorType ?? null);
    const count = (now: Date) =>
      this.#running?.figures.ended(task, left.outcome, now.getTime() - task.started_at.getTime());
    void this.#queue.clock.now().then(count, () => {});
  }

  #onEnd(session: Session): void {
    this.#sessions.remove(session);
    // A newer stream, here or elsewhere, has its name in the row already.
    void dropRemoteStream(this.#queue, session.worker_id, session.id).catch(this.#report('closing a stream'));
  }

  #report(doing: string): (error: unknown) => void {
    return error => void this.#queue.events.emit('queue:trouble', { doing, error });
  }
}

export function workerGone(worker_id: string): Problem {
  return new Problem('worker-not-found', `There is no worker ${worker_id.slice(0, 60)}: register again.`);
}
