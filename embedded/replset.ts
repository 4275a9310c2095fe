// Starts one mongod as a one-node replica set and stops it again. Where its binary comes from is mongod.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { becomePrimary } from './initiate.ts';
import { freePort } from './ports.ts';
import { PortTaken, startError } from './start-error.ts';

const SET_NAME = 'rs0';
const START_MS = 60_000;
const STOP_MS = 20_000;
const PORT_ATTEMPTS = 3;
const TAIL_CHARACTERS = 8_000;

export interface MongodOptions {
  binary: string;
  dbPath: string;
  /** Tried first; a free one is taken when it is busy or not given. */
  port?: number;
  /** The data is removed when the process stops, however it stops; test commands are allowed. */
  throwAway?: boolean;
}

export interface RunningMongod {
  uri: string;
  pid: number;
  port: number;
  stop(): Promise<void>;
  /** Resolves when mongod has ended, for whatever reason. */
  ended: Promise<void>;
}

/** Starts mongod on 127.0.0.1 and resolves once it takes writes as the primary of its own set; data in `dbPath` is kept. */
export async function startMongod(options: MongodOptions): Promise<RunningMongod> {
  for (let attempt = 1; ; attempt++) {
    await mkdir(options.dbPath, { recursive: true });
    const port = await freePort(options.port);
    try {
      return await startOnPort(options, port);
    } catch (error) {
      // Somebody else may take the port between our look at it and mongod's.
      if (!(error instanceof PortTaken) || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function startOnPort(options: MongodOptions, port: number): Promise<RunningMongod> {
  const child = spawn(options.binary, mongodArguments(options, port), {
    // Its own process group: Ctrl-C reaches the whole group of a terminal, and mongod has to outlive the drain.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  guard(child, options);
  try {
    await listening(child);
    await becomePrimary(port, SET_NAME);
  } catch (error) {
    await stop(child, options);
    throw error;
  }
  const uri = `mongodb://127.0.0.1:${port}/?replicaSet=${SET_NAME}`;
  return { uri, pid: child.pid!, port, stop: () => stop(child, options), ended };
}

function mongodArguments({ dbPath, throwAway }: MongodOptions, port: number): string[] {
  const parameters = [
    'minSnapshotHistoryWindowInSeconds=10',
    // A signal otherwise waits 15 s for a secondary that does not exist.
    'shutdownTimeoutMillisForSignaledShutdown=0',
    'diagnosticDataCollectionEnabled=false',
    ...(throwAway ? ['enableTestCommands=1'] : []),
  ];
  const fixed =
    '--storageEngine wiredTiger --wiredTigerCacheSizeGB 0.5 --oplogSize 512 --journalCommitInterval 20 --quiet';
  return [
    '--dbpath',
    dbPath,
    ...`--port ${port} --bind_ip 127.0.0.1 --replSet ${SET_NAME} ${fixed}`.split(' '),
    ...(process.platform === 'win32' ? [] : ['--nounixsocket']),
    ...parameters.flatMap(parameter => ['--setParameter', parameter]),
  ];
}

/**
 * Ends mongod when this process dies without a chance to do so (SIGKILL): a shell waits on a pipe that only we hold open.
 */
function guard(child: ChildProcess, { dbPath, throwAway }: MongodOptions): void {
  if (process.platform === 'win32' || child.pid === undefined) return;
  const end = throwAway ? 'kill -KILL "$1"; sleep 0.2; rm -rf "$2"' : 'kill -TERM "$1"';
  const watcher = spawn('sh', ['-c', `read -r word || { ${end}; }`, 'guard', String(child.pid), dbPath], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.stdin.on('error', () => {});
  watcher.unref();
  // Told as soon as mongod has ended: its pid may be another program's later.
  child.once('close', () => watcher.stdin.end('done\n'));
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let tail = '';
    const timer = setTimeout(
      () => reject(new Error(`mongod did not start within ${START_MS / 1000} s`)),
      START_MS,
    );
    // Read for as long as it runs: a full pipe would stop mongod.
    const read = (chunk: Buffer) => {
      tail = (tail + chunk.toString()).slice(-TAIL_CHARACTERS);
      if (tail.includes('Waiting for connections')) resolve(clearTimeout(timer));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('close', code => reject(startError(code, tail)));
  });
}

async function stop(child: ChildProcess, options: MongodOptions): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const closed = once(child, 'close');
    child.kill(options.throwAway ? 'SIGKILL' : 'SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await closed;
    clearTimeout(timer);
  }
  if (options.throwAway) await rm(options.dbPath, { recursive: true, force: true });
}
