// `node worker` as a function: settings → worker → signals → exit code.
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { UnreachableDatabase } from '../queue/index.ts';
import { InvalidActor } from './actors/registry.ts';
import { InvalidSettings, readWorkerSettings } from './config.ts';
import { findUri, NoDatabase } from './database.ts';
import { hostWorker } from './host.ts';
import { redact } from './task-error.ts';
import type { Worker } from './worker.ts';

/** Runs a worker until a signal stops it. Resolves the exit code: 0 stopped, 1 broken or hurried, 2 wrong use. */
export async function runWorker(): Promise<number> {
  try {
    const settings = readWorkerSettings();
    const uri = await findUri(settings.MONGODB_URI, process.cwd());
    const log = openLog(settings.LOG_LEVEL);
    return await stopOnSignals(await hostWorker(settings, uri, log), log);
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

/** A terminal's Ctrl-C comes twice under npm: from the terminal and, a moment later, from npm. */
const sameCtrlCMs = 100;

/** A first signal drains; a second one releases at once what still runs. */
async function stopOnSignals(worker: Worker, log: Logger): Promise<number> {
  // A promise that one actor forgot must not end the tasks of the others.
  process.on('unhandledRejection', reason =>
    log.error({ err: reason }, 'a promise was rejected and nobody listened'),
  );
  return new Promise((resolve, reject) => {
    let first: { signal: NodeJS.Signals; at: number } | undefined;
    let exitCode = 0;
    function onSignal(signal: NodeJS.Signals): void {
      const at = performance.now();
      if (signal === 'SIGINT' && first?.signal === 'SIGINT' && at - first.at < sameCtrlCMs) return;
      if (first) exitCode = 1;
      worker.stop({ release: first !== undefined }).then(() => resolve(exitCode), reject);
      first ??= { signal, at };
    }
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
