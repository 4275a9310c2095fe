// The workers outside whose streams this server holds, by id.
import type { ClaimedTask } from '../../queue/index.ts';
import type { HeldTask, Session } from './session.ts';

export class Sessions {
  readonly #byWorker = new Map<string, Session>();
  /** Called for each task that a session takes. */
  readonly #onTake: (session: Session, held: HeldTask) => void;
  #turns = 0;

  constructor(onTake: (session: Session, held: HeldTask) => void) {
    this.#onTake = onTake;
  }

  get size(): number {
    return this.#byWorker.size;
  }

  all(): Session[] {
    return [...this.#byWorker.values()];
  }

  get(worker_id: string): Session | undefined {
    return this.#byWorker.get(worker_id);
  }

  /** Makes it the worker's session; the one it had before, if any, is returned. */
  put(session: Session): Session | undefined {
    const former = this.#byWorker.get(session.worker_id);
    this.#byWorker.set(session.worker_id, session);
    return former;
  }

  /** Forgets a session, unless a newer one has taken its place. */
  remove(session: Session): void {
    if (this.#byWorker.get(session.worker_id) === session) this.#byWorker.delete(session.worker_id);
  }

  /** Gives tasks to their worker's session of now; false when it has none, or has just gone. */
  give(worker_id: string, tasks: readonly ClaimedTask[]): boolean {
    const session = this.#byWorker.get(worker_id);
    if (!session || session.ended) return false;
    session.turn = ++this.#turns;
    for (const task of tasks) {
      const held = session.take(task);
      if (held) this.#onTake(session, held);
    }
    return true;
  }

  /** The held task of a worker, if a session here has it under this claim and nobody is ending it. */
  find(worker_id: string, task_id: string, claim: string): HeldTask | undefined {
    const held = this.#byWorker.get(worker_id)?.held.get(task_id);
    return held?.task.claim === claim && !held.settling ? held : undefined;
  }
}
