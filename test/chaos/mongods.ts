// The MongoDB of a run: one mongod, or three as a replica set, each a process that can be killed, frozen and started again
// on its port with its data.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Document, MongoClient } from 'mongodb';
import { waitFor } from '../helpers/wait.ts';
import { type Child, type Children, readTail } from './children.ts';

const setName = 'chaos';
// Elections in seconds, so that a short run sees several.
const settings = { electionTimeoutMillis: 2_000, heartbeatIntervalMillis: 500 };
const startMs = 60_000;

interface Node {
  port: number;
  dbPath: string;
  process: Child | undefined;
}

export class Mongods {
  readonly uri: string;
  /** The port of a mongod that is alone. */
  readonly onlyPort: number | undefined;
  readonly #children: Children;
  readonly #binary: string;
  readonly #nodes: Node[];
  /** What is being done to a node ends before the next begins. */
  #doing: Promise<void> = Promise.resolve();

  constructor(children: Children, binary: string, ports: readonly number[], database: string) {
    this.#children = children;
    this.#binary = binary;
    this.#nodes = ports.map(port => ({
      port,
      dbPath: join(children.folder, `mongod-${port}`),
      process: undefined,
    }));
    this.onlyPort = ports.length === 1 ? ports[0] : undefined;
    const hosts = ports.map(port => `127.0.0.1:${port}`).join(',');
    this.uri = `mongodb://${hosts}/${database}?replicaSet=${setName}`;
  }

  async start(): Promise<void> {
    await Promise.all(this.#nodes.map(node => this.#startNode(node)));
    const members = this.#nodes.map(({ port }, _id) => ({ _id, host: `127.0.0.1:${port}` }));
    await ask(this.#nodes[0]!, { replSetInitiate: { _id: setName, members, settings } });
    await this.whole();
  }

  /** Resolves when every node runs and one of them is primary. */
  async whole(): Promise<void> {
    await this.#doing;
    await waitFor(() => this.#findPrimary(), { timeoutMs: startMs, everyMs: 100, description: 'a primary' });
  }

  async version(): Promise<string> {
    return (await ask(this.#nodes[0]!, { buildInfo: 1 })).version;
  }

  /** `kill -9` of the primary; it starts again after `ms`. False when there is none to kill just now. */
  kill(ms: number): Promise<boolean> {
    return this.#doTo(async node => {
      node.process?.signal('SIGKILL');
      await node.process?.ended;
      await pause(ms);
      await this.#startNode(node);
    });
  }

  /** SIGSTOP of the primary for `ms`. False when there is none. */
  freeze(ms: number): Promise<boolean> {
    return this.#doTo(async node => {
      node.process?.signal('SIGSTOP');
      await pause(ms);
      node.process?.signal('SIGCONT');
    });
  }

  /**
   * SIGSTOP of all but the primary for `ms`, at whose end the primary is killed and starts again: what only it had is
   * rolled back. False when there is no primary.
   */
  loseMajority(ms: number): Promise<boolean> {
    return this.#doTo(async node => {
      const others = this.#nodes.filter(other => other !== node);
      for (const other of others) other.process?.signal('SIGSTOP');
      await pause(ms);
      node.process?.signal('SIGKILL');
      await node.process?.ended;
      for (const other of others) other.process?.signal('SIGCONT');
      await waitFor(() => this.#findPrimary(), {
        timeoutMs: startMs,
        everyMs: 100,
        description: 'a new primary',
      });
      await this.#startNode(node);
    });
  }

  /** Makes the primary give up its office. False when there is none, or nobody to follow it. */
  stepDown(): Promise<boolean> {
    const order = { replSetStepDown: 5, secondaryCatchUpPeriodSecs: 2 };
    return this.#doTo(async node => {
      await ask(node, order).catch(() => {});
    });
  }

  /** Begins to do something to the primary; resolves once it has begun. */
  async #doTo(act: (node: Node) => Promise<void>): Promise<boolean> {
    await this.#doing;
    const primary = await this.#findPrimary();
    if (!primary) return false;
    this.#doing = act(primary);
    // Told by whoever waits for the whole.
    this.#doing.catch(() => {});
    return true;
  }

  async #startNode(node: Node): Promise<void> {
    await mkdir(node.dbPath, { recursive: true });
    const child = this.#children.start(`mongod-${node.port}`, this.#binary, mongodArguments(node));
    node.process = child;
    await waitFor(async () => child.isOver() || (await ask(node, { ping: 1 })).ok === 1, {
      timeoutMs: startMs,
      everyMs: 50,
    });
    if (child.isOver()) throw new Error(`mongod ended while it started:\n${await readTail(child)}`);
  }

  async #findPrimary(): Promise<Node | undefined> {
    const answers = await Promise.all(this.#nodes.map(node => ask(node, { hello: 1 }).catch(() => null)));
    return this.#nodes.find((_, n) => answers[n]?.isWritablePrimary);
  }
}

function mongodArguments({ port, dbPath }: Node): string[] {
  const fixed =
    '--bind_ip 127.0.0.1 --nounixsocket --wiredTigerCacheSizeGB 0.3 --oplogSize 512 --quiet ' +
    '--setParameter minSnapshotHistoryWindowInSeconds=10 --setParameter diagnosticDataCollectionEnabled=false';
  return ['--port', String(port), '--dbpath', dbPath, '--replSet', setName, ...fixed.split(' ')];
}

/** Asks one node by itself, whatever its office. */
async function ask({ port }: Node, command: Document): Promise<Document> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/`, {
    directConnection: true,
    serverSelectionTimeoutMS: 1_000,
    connectTimeoutMS: 1_000,
    socketTimeoutMS: 10_000,
  });
  try {
    return await client.db('admin').command(command);
  } finally {
    await client.close();
  }
}
