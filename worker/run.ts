// `node worker` as a function: settings → connection → actors → worker → signals → exit code.
import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { openContent } from '../content/index.ts';
import { type Connection, connect, openQueue, UnreachableDatabase } from '../queue/index.ts';
import { echo } from './actors/echo.ts';
import { loadActors } from './actors/load.ts';
import { ActorRegistry, InvalidActor } from './actors/registry.ts';
import { sleep } from './actors/sleep.ts';
import { InvalidSettings, readWorkerSettings, type WorkerSettings } from './config.ts';
import { findUri, NoDatabase } from './database.ts';
import { redact } from './task-error.ts';
import { startWorker, type Worker } from './worker.ts';

/** Runs a worker until a signal stops it. Resolves the exit code: 0 stopped, 1 broken or hurried, 2 wrong use. */
export async function runWorker(): Promise<number> {
  try {
    const settings = readWorkerSettings();
    const log = openLog(settings.LOG_LEVEL);
    const actors = await gatherActors(settings);
    const uri = await findUri(settings.MONGODB_URI, process.cwd());
    const connection = await connect(uri, { appName: `callsheet-worker@${hostname()}` });
    try {
      return await serve(settings, actors, connection, log);
    } finally {
      await connection.close();
    }
  } catch (error) {
    process.stderr.write(`${redact(error instanceof Error ? error.message : String(error))}\n`);
    return isMisuse(error) ? 2 : 1;
  }
}

function isMisuse(error: unknown): boolean {
  return [InvalidSettings, InvalidActor, NoDatabase, UnreachableDatabase].some(kind => error instanceof kind);
}

function openLog(level: string): Logger {
  return process.stdout.isTTY
    ? pino({ level }, pretty({ ignore: 'pid,hostname', sync: true }))
    : pino({ level });
}

async function gatherActors(settings: WorkerSettings): Promise<ActorRegistry> {
  const registry = new ActorRegistry([echo, sleep]);
  await loadActors(registry, settings.CALLSHEET_ACTORS, process.cwd());
  return registry;
}

async function serve(
  settings: WorkerSettings,
  actors: ActorRegistry,
  { db }: Connection,
  log: Logger,
): Promise<number> {
  const [queue, content] = [await openQueue(db), await openContent(db)];
  const worker = await startWorker({
    queue,
    content,
    actors,
    log,
    capacity: settings.WORKER_CAPACITY,
    heartbeat_ms: settings.HEARTBEAT_MS,
    lease_ms: settings.LEASE_MS,
    poll_ms: settings.POLL_MS,
    drain_ms: settings.DRAIN_MS,
    ...(settings.WORKER_ID && { worker_id: settings.WORKER_ID }),
    ...(settings.WORKER_ACTORS && { serves: settings.WORKER_ACTORS }),
    ...(settings.PUBLIC_URL && { public_url: settings.PUBLIC_URL }),
  });
  return stopOnSignals(worker, log);
}

/** A first signal drains, a second one releases what still runs at once. */
async function stopOnSignals(worker: Worker, log: Logger): Promise<number> {
  // A promise that an actor forgot must not end the other tasks of this process.
  process.on('unhandledRejection', reason =>
    log.error({ err: reason }, 'a promise was rejected and nobody listened'),
  );
  const signals = ['SIGTERM', 'SIGINT'] as const;
  let exitCode = 0;
  return new Promise((resolve, reject) => {
    let told = false;
    function onSignal(): void {
      if (told) exitCode = 1;
      worker.stop({ release: told }).then(() => resolve(exitCode), reject);
      told = true;
    }
    for (const signal of signals) process.on(signal, onSignal);
  });
}
