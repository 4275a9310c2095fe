// A wire between client and mongod that loses things: the answer to a command that was done, or a command that arrives when
// nobody waits for it any more.
import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';
import { BSON } from 'mongodb';

export interface Loss {
  command: string;
  collection: string;
  /** So many of these pass before. */
  skip?: number;
  /** So many of these are lost. */
  times: number;
  /** `answer`: mongod does it, and its answer never comes. `request`: it reaches mongod only when it is delivered. */
  what: 'answer' | 'request';
}

interface Line {
  client: Socket;
  server: Socket;
  /** Requests whose answers are to be lost. */
  unanswered: Set<number>;
}

export class Wire {
  /** Messages lost so far. */
  lost = 0;
  readonly #target: number;
  readonly #listener: Server;
  readonly #lines = new Set<Line>();
  readonly #held: { line: Line; message: Buffer }[] = [];
  #loss: Loss | undefined;

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

  /** From now on this is lost, and nothing else. */
  lose(loss: Loss): void {
    this.#loss = { ...loss };
  }

  /** Delivers the requests that were held back; resolves when mongod has answered them. */
  async deliver(): Promise<void> {
    this.#loss = undefined;
    for (const { line, message } of this.#held.splice(0)) {
      const answered = once(line.server, 'data');
      line.server.write(message);
      await answered;
      line.server.destroy();
    }
  }

  close(): void {
    this.#listener.close();
    for (const line of this.#lines) cut(line);
  }

  #connect(client: Socket): void {
    const line = { client, server: dial(this.#target, '127.0.0.1'), unanswered: new Set<number>() };
    this.#lines.add(line);
    for (const socket of [client, line.server]) socket.on('error', () => cut(line));
    client.on('close', () => this.#isHeld(line) || line.server.destroy());
    line.server.on('close', () => cut(line));
    onMessages(client, message => this.#fromClient(line, message));
    onMessages(line.server, message => {
      if (line.unanswered.has(message.readInt32LE(8))) cut(line);
      else client.write(message);
    });
  }

  #isHeld(line: Line): boolean {
    return this.#held.some(held => held.line === line);
  }

  #fromClient(line: Line, message: Buffer): void {
    if (!this.#strikes(message)) return void line.server.write(message);
    this.lost++;
    if (this.#loss?.what === 'answer') {
      line.unanswered.add(message.readInt32LE(4));
      line.server.write(message);
    } else {
      this.#held.push({ line, message });
      line.client.destroy();
    }
  }

  #strikes(message: Buffer): boolean {
    const [command, collection] = commandOf(message);
    if (!this.#loss || command !== this.#loss.command || collection !== this.#loss.collection) return false;
    if (!this.#loss.skip) return this.#loss.times-- > 0;
    this.#loss.skip--;
    return false;
  }
}

function cut({ client, server }: Line): void {
  client.destroy();
  server.destroy();
}

/** Calls back with each whole message of MongoDB's wire protocol. */
function onMessages(socket: Socket, take: (message: Buffer) => void): void {
  let waiting = Buffer.alloc(0);
  socket.on('data', chunk => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 4 && waiting.length >= waiting.readInt32LE(0)) {
      const length = waiting.readInt32LE(0);
      take(waiting.subarray(0, length));
      waiting = waiting.subarray(length);
    }
  });
}

const opMsg = 2013;
const bodyAt = 16 + 4 + 1;

/** The name of a command and its first argument, which is its collection where it has one. */
function commandOf(message: Buffer): [name: string, argument: unknown] {
  if (message.readInt32LE(12) !== opMsg) return ['', undefined];
  const length = message.readInt32LE(bodyAt);
  const body = BSON.deserialize(message.subarray(bodyAt, bodyAt + length));
  return Object.entries(body)[0] ?? ['', undefined];
}
