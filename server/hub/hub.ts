/*
 * The hub: one doorbell for the whole process, one batched read of what rang, handed to every stream that watches it.
 *
 * Nothing can fall between: a stream is registered before its first state is read, the doorbell is open before it
 * says `onGap` and everything watched is then read once, and what is watched is read again every 5 s in any case.
 * Where there are no change streams the same read runs every 300 ms. Without subscribers nothing runs at all.
 */
import { type Doorbell, type Queue, watchTasks } from '../../queue/index.ts';
import type { CursorKind } from './cursor.ts';
import { type Look, openLook } from './look.ts';
import { Outlet } from './outlet.ts';
import { Places } from './places.ts';
import { Reader } from './reader.ts';
import { type Subscription, Subscriptions, type Wants } from './subscriptions.ts';
import { Waiter } from './waiter.ts';

export interface HubOptions {
  /** Streams at once in this process. */
  maxStreams?: number;
  /** How the hub learns of changes. */
  watch?: typeof watchTasks;
  /** How long a client may take nothing before it is dropped, ms. */
  slowMs?: number;
}

const defaults = { maxStreams: 5_000, watch: watchTasks, slowMs: 20_000 };

const beatMs = 1_000;
const sweepMs = 5_000;
const pollMs = 300;

export class Hub {
  /** Reads the states that a stream begins with. */
  readonly look: Look;
  readonly #queue: Queue;
  readonly #options: Required<HubOptions>;
  readonly #subscriptions = new Subscriptions();
  readonly #reader: Reader;
  readonly #places: Places;
  #doorbell: Doorbell | undefined;
  /** One timer for all streams: comments, slow clients, the sweep. */
  #beat: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;
  #sweptAt = 0;
  #closed = false;

  constructor(queue: Queue, options: HubOptions = {}) {
    this.#queue = queue;
    this.#options = { ...defaults, ...options };
    this.#places = new Places(queue, this.#subscriptions);
    this.look = openLook(queue, event => this.#places.note(event));
    this.#reader = new Reader(this.look, this.#subscriptions, error =>
      this.#report('reading tasks for streams', error),
    );
  }

  /** Open streams and waiting requests. */
  get size(): number {
    return this.#subscriptions.size;
  }

  /** Why no further stream may be opened, or null. */
  get refusal(): 'too-many-streams' | 'stopping' | null {
    if (this.#closed) return 'stopping';
    return this.size >= this.#options.maxStreams ? 'too-many-streams' : null;
  }

  /** Registers a stream: from here on it gets every change. `destroy` ends its connection the hard way. */
  subscribe(wants: Wants, kind: CursorKind, destroy: () => void): Outlet {
    const { slowMs } = this.#options;
    const onEnd = () => this.#remove(subscription);
    const watcher = new Outlet({ kind, destroy, slowMs, onEnd });
    const subscription = { wants, watcher };
    this.#add(subscription);
    return watcher;
  }

  /** Whether a task ends within `ms`; does not wait for one that is not there, nor beyond `signal`. */
  async ends(task_id: string, ms: number, signal: AbortSignal): Promise<boolean> {
    if (this.refusal) return false;
    const watcher = new Waiter();
    const subscription = { wants: { ids: [task_id] }, watcher };
    const giveUp = () => watcher.end();
    const timer = setTimeout(giveUp, ms);
    signal.addEventListener('abort', giveUp);
    this.#add(subscription);
    try {
      const [now] = await this.look.firstOf([task_id]);
      if (now) watcher.offer(now);
      else watcher.end();
      return await watcher.ended;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      this.#remove(subscription);
    }
  }

  /** Ends every stream without a terminal event; none can be opened any more. */
  close(): void {
    this.#closed = true;
    for (const watcher of this.#subscriptions.watchers()) watcher.end();
  }

  #add(subscription: Subscription): void {
    this.#subscriptions.add(subscription);
    if (this.#subscriptions.size === 1) this.#start();
    // A stream of everything reads what it begins with before it is registered: what changed in between is read now.
    else if ('all' in subscription.wants) this.#reader.markAll();
  }

  #remove(subscription: Subscription): void {
    this.#subscriptions.remove(subscription);
    if (this.#subscriptions.size === 0) this.#stop();
  }

  #start(): void {
    this.#beat = setInterval(() => this.#onBeat(), beatMs);
    this.#sweptAt = performance.now();
    this.#doorbell = this.#options.watch(this.#queue, {
      onChange: task_id => this.#reader.mark(task_id),
      onGap: () => this.#onGap(),
    });
    this.#pollIfNeeded();
  }

  #stop(): void {
    clearInterval(this.#beat);
    clearInterval(this.#poll);
    this.#poll = undefined;
    this.#reader.clear();
    this.#places.clear();
    const doorbell = this.#doorbell;
    this.#doorbell = undefined;
    doorbell?.close().catch(error => this.#report('closing the doorbell', error));
  }

  #onGap(): void {
    if (this.size === 0) return;
    this.#pollIfNeeded();
    this.#reader.markAll();
  }

  #pollIfNeeded(): void {
    if (this.#doorbell?.mode() === 'polling')
      this.#poll ??= setInterval(() => this.#reader.markAll(), pollMs);
  }

  #onBeat(): void {
    const now = performance.now();
    for (const watcher of this.#subscriptions.watchers()) watcher.beat(now);
    this.#places.refresh().catch(error => this.#report('reading places for streams', error));
    if (now - this.#sweptAt < sweepMs || this.size === 0) return;
    this.#sweptAt = now;
    this.#reader.markAll();
  }

  #report(doing: string, error: unknown): void {
    this.#queue.events.emit('queue:trouble', { doing, error });
  }
}
