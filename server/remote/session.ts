// One worker outside while this server holds its stream: which tasks it has, how many more it may have, and the alarms of
// each. Nothing here is the truth: the tasks say whose they are, and another server may take all of it over at any moment.
import { randomUUID } from 'node:crypto';
import { type ClaimedTask, type RemoteWorker, stateOf, type Task, viewTask } from '../../queue/index.ts';
import { WorkerStream } from './worker-stream.ts';

export interface HeldTask {
  task: ClaimedTask;
  /** The worker has said that it runs. */
  begun: boolean;
  /** Somebody asked to cancel it, and the worker was told. */
  cancelled: boolean;
  /** Its outcome is being written: it may leave `processing` at any moment. */
  settling: boolean;
  /** Its time limits, and the patience with one that was cancelled. */
  alarms: NodeJS.Timeout[];
}

export interface SessionOptions {
  /** Base of the URLs in tasks. */
  base: string;
  /** The trace that the worker's own spans belong to. */
  traceparentOf: (task: ClaimedTask) => string | undefined;
  destroy: () => void;
  onEnd: (session: Session) => void;
}

export class Session {
  /** Names this stream among all that the worker ever opens. */
  readonly id = randomUUID();
  readonly worker_id: string;
  readonly actors: ReadonlySet<string>;
  /** The same for all that execute the same. */
  readonly jobs: string;
  readonly capacity: number;
  readonly stream: WorkerStream;
  readonly held = new Map<string, HeldTask>();
  /** What it held before is known: it may be given more. */
  ready = false;
  ended = false;
  /** What was its own by the tasks, at the last look, and not known here. */
  strays: ReadonlySet<string> = new Set();
  /** Rises when it is served: of several with equal room the one served longest ago comes first. */
  turn = 0;
  readonly #base: string;
  readonly #traceparentOf: SessionOptions['traceparentOf'];

  constructor(
    { _id, actors, capacity }: RemoteWorker,
    { base, traceparentOf, destroy, onEnd }: SessionOptions,
  ) {
    this.worker_id = _id;
    this.actors = new Set(actors);
    this.jobs = JSON.stringify(actors.toSorted());
    this.capacity = capacity;
    this.#base = base;
    this.#traceparentOf = traceparentOf;
    this.stream = new WorkerStream({ destroy, onEnd: () => this.#end(onEnd) });
  }

  /** How many tasks may be claimed for it. While outcomes are written, as many as run may come on top. */
  room(): number {
    if (!this.ready || !this.stream.hasRoom) return 0;
    let working = 0;
    for (const { settling } of this.held.values()) if (!settling) working += 1;
    return Math.max(0, Math.min(this.capacity - working, 2 * this.capacity - this.held.size));
  }

  /** Tasks that are its own, as far as is known here. */
  tasks(): ClaimedTask[] {
    return [...this.held.values()].flatMap(({ task, settling }) => (settling ? [] : [task]));
  }

  /** Whether it has this task under this claim. */
  holds(task_id: string, claim: string | undefined): boolean {
    return this.held.get(task_id)?.task.claim === claim;
  }

  /**
   * Notes a task that is this worker's. One that has not begun is sent to it, also when it may have been sent before: what
   * the last stream carried may be lost. Null when it is held already.
   */
  take(task: ClaimedTask): HeldTask | null {
    if (this.holds(task._id, task.claim)) return null;
    this.drop(task._id);
    const begun = task.begun ?? false;
    const held = { task, begun, cancelled: false, settling: false, alarms: [] };
    this.held.set(task._id, held);
    if (!begun) this.#assign(task);
    return held;
  }

  #assign(task: ClaimedTask): void {
    const traceparent = this.#traceparentOf(task);
    this.stream.send('job:assigned', {
      task: viewTask(task, null, this.#base),
      claim: task.claim,
      ...(traceparent !== undefined && { traceparent }),
    });
  }

  /** Forgets a task; its slot is free for another. */
  drop(task_id: string): void {
    for (const alarm of this.held.get(task_id)?.alarms ?? []) clearTimeout(alarm);
    this.held.delete(task_id);
  }

  /** Tells the worker what became of one of its tasks by another hand than its own. */
  tell(task_id: string, { status, begun }: Pick<Task, 'status' | 'begun'>, cancel_requested = false): void {
    const state = stateOf({ status, ...(begun && { begun }) });
    this.stream.send('job:state_changed', {
      task_id,
      status,
      state,
      ...(cancel_requested && { cancel_requested }),
    });
  }

  /** Tells the worker that a task has reached its soft time limit. */
  warn({ _id: task_id, claim }: ClaimedTask, limits: { soft_ms: number; hard_ms: number }): void {
    this.stream.send('job:soft_timeout', { task_id, claim, ...limits });
  }

  #end(onEnd: SessionOptions['onEnd']): void {
    this.ended = true;
    this.ready = false;
    onEnd(this);
    for (const task_id of this.held.keys()) this.drop(task_id);
  }
}
