/*
 * One open stream: one slot per task that waits to be sent (the latest state wins; never a queue), written when the
 * client takes it. What it watches and where states come from is the hub's business.
 *
 * Its own ReadableStream and not hono's streamSSE, because of three things: a pull tells exactly when the client took
 * the last chunk, so a slow client costs one slot per task; errors cannot become `error` events with their text; and
 * a response that nobody reads (HEAD, a client that went away before the answer) is found by the same clock.
 */
import { type CursorKind, hasSeen, type Seen, writeCursor } from './cursor.ts';
import { formatEvent, type TaskEvent } from './event.ts';
import type { Watcher } from './subscriptions.ts';

export interface OutletOptions {
  kind: CursorKind;
  /** Ends the connection of a client that does not read. */
  destroy(): void;
  /** Called once, when nothing more will be sent. */
  onEnd(): void;
  /** A client that takes nothing for this long is dropped, ms. */
  slowMs: number;
}

const commentMs = 15_000;
// Beyond this a client of a wide stream has missed too much to catch up by events; it reads again when it is back.
const maxPending = 2_000;
const maxRemembered = 1_000;
const chunkChars = 256 * 1024;
const encoder = new TextEncoder();

export class Outlet implements Watcher {
  /** The body of the response. Nothing is read ahead. */
  readonly readable: ReadableStream<Uint8Array>;
  readonly #options: OutletOptions;
  readonly #pending = new Map<string, TaskEvent>();
  /** The newest rev sent, or known to be seen, of each task; the latest last. */
  readonly #sent = new Map<string, number>();
  /** The turn of that rev, of tasks that were pending then. */
  readonly #turns = new Map<string, number>();
  readonly #opened = performance.now();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** What is not an event: the reconnect time, comments. */
  #note = `retry: ${1_500 + Math.floor(Math.random() * 1_000)}\n\n`;
  #wanted = false;
  #begun = false;
  #ended = false;
  #stuckSince: number | undefined;
  #beats = 0;

  constructor(options: OutletOptions) {
    this.#options = options;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: controller => {
          this.#controller = controller;
        },
        pull: () => this.#onPull(),
        cancel: () => this.#finish(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Sends the first states, without those that the client has seen; what was offered meanwhile counts too. */
  begin(first: readonly TaskEvent[], seen: Seen): void {
    const early = this.#options.kind === 'all' ? [] : [...this.#pending.values()];
    for (const event of [...first, ...early]) {
      if (!hasSeen(seen, event)) this.#hold(event);
      else this.#remember(event);
    }
    this.#begun = true;
    this.#flush();
  }

  /** Takes a state that may be new to the client. */
  offer(event: TaskEvent): void {
    this.#hold(event);
    if (this.#pending.size > maxPending) this.drop();
    else this.#flush();
  }

  /** Whether this state of the task is newer than what was sent. */
  isNew(task_id: string, rev: number): boolean {
    return rev > (this.#sent.get(task_id) ?? -1);
  }

  /** Called about every second: comments, and clients that stopped reading. */
  beat(now: number): void {
    if (this.#stuckSince !== undefined && now - this.#stuckSince >= this.#options.slowMs) this.drop();
    else if (now - this.#opened >= (this.#beats + 1) * commentMs) this.#comment();
  }

  /** Ends the response without a terminal event: the client comes back. */
  end(): void {
    if (this.#ended) return;
    this.#finish();
    this.#controller?.close();
  }

  /** Cuts the connection. */
  drop(): void {
    this.end();
    this.#options.destroy();
  }

  #comment(): void {
    this.#beats += 1;
    // A browser hides comments from its page; every second one brings an event that the page can see.
    this.#note = this.#beats % 2 === 0 ? ': ka\n\nevent: ping\ndata: {}\n\n' : ': ka\n\n';
    this.#flush();
  }

  #hold(event: TaskEvent): void {
    if (this.#ended) return;
    const { task_id, rev, turn } = event;
    const sent = { rev: this.#sent.get(task_id) ?? -1, turn: this.#turns.get(task_id) ?? Infinity };
    const waiting = this.#pending.get(task_id) ?? { rev: -1, turn: -1 };
    if (!isLater({ rev, turn }, sent)) this.#touch(task_id, sent.rev);
    else if (isLater({ rev, turn }, waiting)) this.#pending.set(task_id, event);
  }

  #remember({ task_id, rev, turn, pending }: TaskEvent): void {
    const waiting = this.#pending.get(task_id);
    if (waiting && !isLater(waiting, { rev, turn })) this.#pending.delete(task_id);
    if (rev >= (this.#sent.get(task_id) ?? -1)) {
      if (pending) this.#turns.set(task_id, turn);
      else this.#turns.delete(task_id);
    }
    this.#touch(task_id, Math.max(rev, this.#sent.get(task_id) ?? -1));
  }

  #touch(task_id: string, rev: number): void {
    this.#sent.delete(task_id);
    this.#sent.set(task_id, rev);
    const [oldest] = this.#sent.keys();
    if (this.#sent.size <= maxRemembered || oldest === undefined) return;
    this.#sent.delete(oldest);
    this.#turns.delete(oldest);
  }

  #onPull(): void {
    this.#wanted = true;
    this.#stuckSince = undefined;
    this.#flush();
  }

  #flush(): void {
    if (!this.#begun || this.#ended || (this.#pending.size === 0 && this.#note === '')) return;
    if (!this.#wanted) {
      this.#stuckSince ??= performance.now();
      return;
    }
    this.#wanted = false;
    const { chunk, over } = this.#takeChunk();
    this.#controller?.enqueue(encoder.encode(chunk));
    if (over) this.end();
  }

  #takeChunk(): { chunk: string; over: boolean } {
    let chunk = this.#note;
    let over = false;
    this.#note = '';
    for (const event of this.#pending.values()) {
      if (chunk.length > chunkChars) break;
      this.#remember(event);
      chunk += formatEvent(event, writeCursor(this.#options.kind, event.rev, this.#sent, event.read_at));
      over ||= event.terminal && this.#options.kind === 'task';
    }
    return { chunk, over };
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#pending.clear();
    this.#options.onEnd();
  }
}

type Reading = Pick<TaskEvent, 'rev' | 'turn'>;

const isLater = (a: Reading, b: Reading): boolean => a.rev > b.rev || (a.rev === b.rev && a.turn > b.turn);
