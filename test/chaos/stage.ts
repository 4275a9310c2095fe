// Everything that a run needs, started and stopped together: mongods, provider, workers, observers, a client.
import { copyFile, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findMongod, nextFreePort } from '../../embedded/index.ts';
import { type Connection, connect, openQueue, type Queue } from '../../queue/index.ts';
import { waitFor } from '../helpers/wait.ts';
import { Audit } from './audit.ts';
import { type Child, Children, readTail } from './children.ts';
import { Fleet, type Place } from './fleet.ts';
import { Line } from './line.ts';
import { Mongods } from './mongods.ts';
import type { Topology } from './options.ts';
import { Sampler } from './sampler.ts';
import { Violations } from './violations.ts';

const database = 'callsheet';
const root = resolve(import.meta.dirname, '../..');
// Below the ports that the system gives to clients: one of those might take the port of a mongod that is down for a moment.
const firstPort = 21_000;

export interface StageOptions {
  topology: Topology;
  workers: number;
  lease_ms: number;
  /** Logs and data stay also when nothing was wrong. */
  keep: boolean;
  /** Settings of the workers beside the usual ones. */
  env?: Record<string, string>;
}

export interface Stage {
  children: Children;
  mongods: Mongods;
  fleet: Fleet;
  connection: Connection;
  queue: Queue;
  audit: Audit;
  sampler: Sampler;
  violations: Violations;
  /** Of the outside service. */
  url: string;
  lease_ms: number;
  /** Starts a worker beside the fleet, with these settings beside the usual ones. */
  startWorker(name: string, env: Record<string, string>): Child;
  /** Ends every process; logs and data stay when something was wrong. */
  close(): Promise<void>;
}

/** Starts it all. What was started so far is ended when something does not start. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const children = new Children(await mkdtemp(join(tmpdir(), 'callsheet-chaos-')));
  try {
    return await build(children, options);
  } catch (error) {
    await children.endAll({ keepFolder: false });
    throw error;
  }
}

async function build(children: Children, options: StageOptions): Promise<Stage> {
  const { topology, workers, lease_ms, keep, env = {} } = options;
  const violations = new Violations();
  const [binary, main] = await Promise.all([findMongod({ directory: root }), compile(children)]);
  const mongods = new Mongods(children, binary, await findPorts(topology === 'replica' ? 3 : 1), database);
  await mongods.start();
  const url = await startProvider(children);
  const connection = await connect(mongods.uri);
  const queue = await openQueue(connection.db);
  const audit = new Audit(mongods.uri, database, violations, lease_ms);
  await audit.start();
  const sampler = new Sampler(mongods.uri, database, violations);
  sampler.start();
  const settings = { ...workerSettings(lease_ms), ...env };
  const places = await Promise.all(Array.from({ length: workers }, () => newPlace(mongods)));
  const fleet = new Fleet({ children, violations, main, env: settings, places });
  fleet.start();
  return {
    children,
    mongods,
    fleet,
    connection,
    queue,
    audit,
    sampler,
    violations,
    url,
    lease_ms,
    startWorker(name, more) {
      const own = { MONGODB_URI: mongods.uri, WORKER_ID: name, ...more };
      return children.start(name, process.execPath, [main], { ...settings, ...own });
    },
    async close() {
      await Promise.all([sampler.close(), audit.close(), connection.close()]);
      await children.endAll({ keepFolder: keep || violations.count > 0 });
    },
  };
}

/** A worker's way to MongoDB: a line of its own to the only mongod, or the set. */
async function newPlace({ uri, onlyPort }: Mongods): Promise<Place> {
  if (onlyPort === undefined) return { uri };
  const line = new Line(onlyPort);
  return { uri: `mongodb://127.0.0.1:${await line.open()}/${database}?directConnection=true`, line };
}

function workerSettings(lease_ms: number): Record<string, string> {
  return {
    CALLSHEET_ACTORS: join(import.meta.dirname, 'actors.mjs'),
    WORKER_CAPACITY: '8',
    LEASE_MS: String(lease_ms),
    HEARTBEAT_MS: String(Math.round(lease_ms / 6)),
    DRAIN_MS: '500',
    LOG_LEVEL: 'info',
  };
}

/** Builds the workers into the run's own folder: `dist` may change under a long run. Resolves the worker's entry. */
async function compile(children: Children): Promise<string> {
  const out = join(children.folder, 'built');
  await symlink(join(root, 'node_modules'), join(children.folder, 'node_modules'));
  await copyFile(join(root, 'package.json'), join(children.folder, 'package.json'));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = join(children.folder, 'tsconfig.json');
  const rooms = ['worker', 'queue', 'content', 'providers'].map(room => join(root, room));
  await writeFile(project, JSON.stringify({ extends: join(root, 'tsconfig.build.json'), include: rooms }));
  const build = children.start('tsc', process.execPath, [tsc, '-p', project, '--outDir', out]);
  if ((await build.ended).code !== 0)
    throw new Error(`The workers cannot be built:\n${await readTail(build)}`);
  return join(out, 'worker', 'main.js');
}

async function findPorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let from = firstPort + (process.pid % 900) * 10; ports.length < count; from = ports.at(-1)! + 1)
    ports.push(await nextFreePort(from, '127.0.0.1'));
  return ports;
}

async function startProvider(children: Children): Promise<string> {
  const script = join(import.meta.dirname, 'provider.ts');
  const provider = children.start('provider', process.execPath, [
    '--import',
    import.meta.resolve('tsx'),
    script,
  ]);
  const port = await waitFor(() => readPort(provider), { timeoutMs: 30_000, description: 'the provider' });
  return `http://127.0.0.1:${port}/`;
}

async function readPort(provider: Child): Promise<string | undefined> {
  if (provider.isOver()) throw new Error(`The provider ended: ${await readTail(provider)}`);
  return /"port":(\d+)/.exec(await readTail(provider))?.[1];
}
