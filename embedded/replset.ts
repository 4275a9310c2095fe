// Starts one mongod as a one-node replica set and stops it again. Where its binary comes from is mongod.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { becomePrimary } from './initiate.ts';
import { readLog } from './mongod-log.ts';
import { freePort } from './ports.ts';
import { lossError, type MongodEnd, PortTaken, saysDiskFull, startError } from './start-error.ts';

const SET_NAME = 'rs0';
const START_MS = 60_000;
const STOP_MS = 20_000;
const FAILED_STOP_MS = 3_000;
const PORT_ATTEMPTS = 3;

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
  /** Resolves when mongod has ended, asked to or not: with what to say where nobody asked. */
  ended: Promise<Error>;
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
  guard(child, options);
  const { listening, ended, failed } = follow(child, options.dbPath);
  const gone = new AbortController();
  void ended.then(() => gone.abort());
  try {
    await Promise.race([listening, failed]);
    await Promise.race([becomePrimary(port, SET_NAME, gone.signal), failed]);
  } catch (error) {
    await stop(child, options, FAILED_STOP_MS);
    throw error;
  }
  const uri = `mongodb://127.0.0.1:${port}/?replicaSet=${SET_NAME}`;
  return { uri, pid: child.pid!, port, stop: () => stop(child, options), ended: ended.then(lossError) };
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

interface Course {
  /** It takes connections; rejects when that takes too long. */
  listening: Promise<void>;
  ended: Promise<MongodEnd>;
  /** Rejects when it ends, or can only end. */
  failed: Promise<never>;
}

function follow(child: ChildProcess, dbPath: string): Course {
  const { promise: listening, resolve: listens, reject: late } = deferred<void>();
  const { promise: failed, reject: fails } = deferred<never>();
  const end: MongodEnd = { code: null, signal: null, troubles: [], dbPath };
  readLog(child, end.troubles, {
    listening: listens,
    // Of a full disk it ends, too, but only after it has hung for a minute.
    trouble: text => saysDiskFull(text) && fails(startError(end)),
  });
  const seconds = START_MS / 1_000;
  const timer = setTimeout(() => late(new Error(`MongoDB did not start within ${seconds} s`)), START_MS);
  const ended = new Promise<MongodEnd>(resolve => {
    child.once('close', (code, signal) => resolve(Object.assign(end, { code, signal })));
    child.once('error', error => {
      end.troubles.push(error.message);
      resolve(end);
    });
  });
  void listening.then(
    () => clearTimeout(timer),
    () => {},
  );
  void ended.then(() => {
    clearTimeout(timer);
    fails(startError(end));
  });
  // Nobody listens any more once it has started.
  failed.catch(() => {});
  return { listening, ended, failed };
}

function deferred<T>() {
  let [resolve, reject]: [(value: T) => void, (error: Error) => void] = [() => {}, () => {}];
  const promise = new Promise<T>((keep, drop) => {
    resolve = keep;
    reject = drop;
  });
  return { promise, resolve, reject };
}

async function stop(child: ChildProcess, options: MongodOptions, graceMs = STOP_MS): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const closed = once(child, 'close');
    child.kill(options.throwAway ? 'SIGKILL' : 'SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await closed;
    clearTimeout(timer);
  }
  if (options.throwAway) await rm(options.dbPath, { recursive: true, force: true });
}
