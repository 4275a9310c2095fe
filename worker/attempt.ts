// One attempt of a task while this worker holds it: its abort signal, its fence, and what was asked of it.
import { setMaxListeners } from 'node:events';
import { type ClaimedTask, LostClaim } from '../queue/index.ts';
import type { Time } from '../queue/pace/time.ts';
import { Cancelled, type HardTimeout, Shutdown, SoftTimeout } from './actors/errors.ts';

/** Ends the wait for the actor, whatever the actor does. */
export type Cut = HardTimeout | LostClaim | Shutdown | Cancelled;

export class Attempt {
  readonly task: ClaimedTask;
  /** Resolves when the attempt must end without waiting for its actor. */
  readonly cut: Promise<Cut>;
  cancelled = false;
  /** Called once, when it is first asked to cancel. */
  onCancel: (() => void) | undefined;
  shutDown = false;
  softTimedOut = false;
  /** The actor is done with and the outcome is being written: the task may leave `processing` at any moment. */
  settling = false;
  readonly #controller = new AbortController();
  #over: AbortController | undefined;
  readonly #time: Time;
  #fence: number;
  #resolveCut!: (cut: Cut) => void;

  /** `fence`: the moment of `time` from which the claim may be somebody else's. */
  constructor(task: ClaimedTask, fence: number, time: Time) {
    this.task = task;
    this.#time = time;
    this.#fence = fence;
    // How many things an actor hangs on its signal is its own business: node warns from eleven on.
    setMaxListeners(0, this.#controller.signal);
    this.cut = new Promise(resolve => {
      this.#resolveCut = resolve;
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts when the actor is done with, however it ended. Made when it is asked for: most attempts need none. */
  get over(): AbortSignal {
    this.#over ??= new AbortController();
    if (this.settling) this.#over.abort(new Error('The attempt is over.'));
    return this.#over.signal;
  }

  /** The actor is done with. */
  finish(): void {
    this.settling = true;
    this.#over?.abort(new Error('The attempt is over.'));
  }

  /** The lease may have ended without our knowing: nothing may be written in its name. */
  get fenced(): boolean {
    return this.#time.now() >= this.#fence;
  }

  /** A heartbeat sent before `fence - lease` was acknowledged. */
  extend(fence: number): void {
    this.#fence = fence;
  }

  timeOutSoftly(ms: number): void {
    this.softTimedOut = true;
    this.#controller.abort(new SoftTimeout(ms));
  }

  cancel(): void {
    if (!this.cancelled) this.onCancel?.();
    this.cancelled = true;
    this.#controller.abort(new Cancelled());
  }

  /** Asks the actor to stop, since the worker does. */
  shut(): void {
    this.shutDown = true;
    this.#controller.abort(new Shutdown());
  }

  lose(): void {
    this.end(new LostClaim(this.task._id));
  }

  /** Aborts, and ends the attempt without waiting for the actor. */
  end(cut: Cut): void {
    this.#controller.abort(cut);
    this.#resolveCut(cut);
  }
}
