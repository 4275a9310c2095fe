// `node worker` as a function: settings → worker → signals → exit code.
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { UnusableStore } from '../content/index.ts';
import { flushSpans, UnreachableDatabase } from '../queue/index.ts';
import { pause, realTime } from '../queue/pace/time.ts';
import { redact } from '../queue/program/redact.ts';
import { InvalidSettings } from '../queue/program/settings.ts';
import { InvalidActor } from './actors/registry.ts';
import { readWorkerSettings } from './config.ts';
import { findUri, NoDatabase } from './database.ts';
import { hostWorker } from './host.ts';
import { type StopSignals, watchSignals } from './signals.ts';
import { CannotListen } from './watch/port.ts';
import type { Worker } from './worker.ts';

/** Runs a worker until a signal stops it. Resolves the exit code: 0 stopped, 1 broken or hurried, 2 wrong use. */
export function runWorker(): Promise<number> {
  return runUntil(watchSignals());
}

/** `runWorker` for a program that has heard signals for longer. */
export async function runUntil(signals: StopSignals): Promise<number> {
  try {
    const settings = readWorkerSettings();
    const uri = await findUri(settings.MONGODB_URI, process.cwd());
    const log = openLog(settings.LOG_LEVEL);
    // A promise that one actor forgot must not end the tasks of the others.
    process.on('unhandledRejection', err => log.error({ err }, 'a promise was rejected and nobody listened'));
    const starting = hostWorker(settings, uri, log);
    const worker = await Promise.race([starting, signals.asked]);
    return await (worker ? stopWhenAsked(worker, signals) : leaveEarly(starting, signals));
  } catch (error) {
    process.stderr.write(`${redact(error instanceof Error ? error.message : String(error))}\n`);
    return isMisuse(error) ? 2 : 1;
  }
}

function isMisuse(error: unknown): boolean {
  return [InvalidSettings, InvalidActor, NoDatabase, CannotListen, UnreachableDatabase, UnusableStore].some(
    kind => error instanceof kind,
  );
}

function openLog(level: string): Logger {
  return process.stdout.isTTY
    ? pino({ level }, pretty({ ignore: 'pid,hostname', sync: true }))
    : pino({ level });
}

/** A first signal drains; a second one releases at once what still runs. */
async function stopWhenAsked(worker: Worker, { asked, hurry }: StopSignals): Promise<number> {
  await asked;
  hurry.addEventListener('abort', () => void worker.stop({ release: true }));
  await worker.stop({ release: hurry.aborted });
  await flushSpans();
  return hurry.aborted ? 1 : 0;
}

/** A start that takes longer than this waits for a database, and holds nothing. */
const startMs = 3_000;

/** A signal came while the worker started: what has started by then leaves again. */
async function leaveEarly(starting: Promise<Worker>, { hurry }: StopSignals): Promise<number> {
  const left = starting.then(worker => worker.stop({ release: true }));
  await Promise.race([left.catch(() => {}), pause(realTime, startMs, hurry)]);
  return hurry.aborted ? 1 : 0;
}
