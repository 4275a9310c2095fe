// The stream of one worker outside: every event in its order, none left out. What is sent is bounded by what the worker may
// hold; a client that does not read is given nothing more, and dropped after a while.

export interface WorkerStreamOptions {
  /** Called once, when nothing more will be sent. */
  onEnd(): void;
  /** Ends the connection of a client that does not read. */
  destroy(): void;
}

const commentMs = 15_000;
const slowMs = 20_000;
/** With more than this unread, the worker has room for nothing. */
const maxUnread = 1024 ** 2;
const encoder = new TextEncoder();

export class WorkerStream {
  /** The body of the response. */
  readonly readable: ReadableStream<Uint8Array>;
  readonly #options: WorkerStreamOptions;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #commentedAt = performance.now();
  #stuckSince: number | undefined;
  #ended = false;

  constructor(options: WorkerStreamOptions) {
    this.#options = options;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: controller => {
          this.#controller = controller;
        },
        cancel: () => this.#finish(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: maxUnread }),
    );
    this.#write('retry: 1000\n: connected\n\n');
  }

  /** Whether the client reads what it is sent. */
  get hasRoom(): boolean {
    return !this.#ended && (this.#controller?.desiredSize ?? 0) > 0;
  }

  send(event: string, said: object): void {
    this.#write(`event: ${event}\ndata: ${JSON.stringify(said)}\n\n`);
  }

  /** Called about every second: comments, and clients that stopped reading. */
  beat(now: number): void {
    if (this.hasRoom) this.#stuckSince = undefined;
    else this.#stuckSince ??= now;
    if (this.#stuckSince !== undefined && now - this.#stuckSince >= slowMs) this.drop();
    else if (now - this.#commentedAt >= commentMs) {
      this.#commentedAt = now;
      this.#write(': ka\n\n');
    }
  }

  /** Ends the response: the client comes back, here or elsewhere. */
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

  #write(text: string): void {
    if (!this.#ended) this.#controller?.enqueue(encoder.encode(text));
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onEnd();
  }
}
