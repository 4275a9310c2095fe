// The line between one worker and MongoDB, which may stand still for a while: what was sent then arrives late, when its
// sender has long gone on, and what was done is answered late.
import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';

export type Way = 'requests' | 'answers';

/** One way of one connection. */
interface Flow {
  way: Way;
  to: Socket;
  /** What came while it stood still; as much as a worker sends in that time. */
  waiting: Buffer[];
  /** Its sender has gone. */
  over: boolean;
}

export class Line {
  readonly #target: number;
  readonly #listener: Server;
  readonly #flows = new Set<Flow>();
  readonly #sockets = new Set<Socket>();
  readonly #still = new Set<Way>();

  /** To the mongod on port `target` of this machine. */
  constructor(target: number) {
    this.#target = target;
    this.#listener = createServer(client => this.#connect(client));
  }

  /** Resolves the port to connect to. */
  async open(): Promise<number> {
    this.#listener.listen(0, '127.0.0.1');
    await once(this.#listener, 'listening');
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Nothing more goes this way; what is sent waits. */
  hold(way: Way): void {
    this.#still.add(way);
  }

  /** What waited goes on, in its order. */
  release(way: Way): void {
    this.#still.delete(way);
    for (const flow of this.#flows) if (flow.way === way) this.#goOn(flow);
  }

  /** Packets that wait. */
  get waiting(): number {
    return [...this.#flows].reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  close(): void {
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(client: Socket): void {
    const server = dial(this.#target, '127.0.0.1');
    this.#pass('requests', client, server);
    this.#pass('answers', server, client);
  }

  #pass(way: Way, from: Socket, to: Socket): void {
    const flow: Flow = { way, to, waiting: [], over: false };
    this.#flows.add(flow);
    this.#sockets.add(from);
    from.on('data', bytes => {
      flow.waiting.push(bytes);
      this.#goOn(flow);
    });
    from.on('error', () => from.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      flow.over = true;
      this.#goOn(flow);
    });
  }

  #goOn(flow: Flow): void {
    if (this.#still.has(flow.way)) return;
    for (const bytes of flow.waiting.splice(0)) flow.to.write(bytes);
    if (!flow.over) return;
    flow.to.end();
    this.#flows.delete(flow);
  }
}
