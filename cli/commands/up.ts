// `callsheet up`: MongoDB, the server and one worker in this process, until a signal.
import { setTimeout as delay } from 'node:timers/promises';
import { type Embedded, nextFreePort, resolveMongo } from '../../embedded/index.ts';
import { startServer } from '../../server/index.ts';
import { hostWorker, type Worker } from '../../worker/index.ts';
import { type Display, openDisplay } from '../display.ts';
import { type ExitCode, explainFailure } from '../failure.ts';
import { onlyStart } from '../one-start.ts';
import { forgetServer, noteServer } from '../server-record.ts';
import { readUpSettings, type UpSettings } from '../settings.ts';
import { watchSignals } from '../signals.ts';
import { Stack } from '../stack.ts';

const FAILED_STOP_MS = 4_000;

/** Resolves after the stop that a signal asked for, or when something without which nothing works has ended. */
export async function up(): Promise<ExitCode> {
  try {
    const settings = readUpSettings();
    return await run(settings, openDisplay(settings.server.LOG_LEVEL));
  } catch (error) {
    return explainFailure(error);
  }
}

async function run(settings: UpSettings, display: Display): Promise<ExitCode> {
  // A promise that an actor forgot must not end the tasks of others.
  process.on('unhandledRejection', err =>
    display.log.error({ err }, 'a promise was rejected and nobody listened'),
  );
  const { stop, hurry } = watchSignals();
  const stack = new Stack(display.log);
  try {
    const start = startAll(settings, display, stack, hurry);
    // A signal counts also while things start: what has not started then ends with this process.
    await Promise.race([stop, untilLost(start)]);
    display.stopping();
  } catch (error) {
    // What is left may wait for what is gone: not for ever.
    await Promise.race([stack.stop(), delay(FAILED_STOP_MS)]);
    throw error;
  }
  const clean = await stack.stop();
  display.stopped();
  return clean && !hurry.aborted ? 0 : 1;
}

/** Rejects when the start fails, or when the database ends that it started. */
async function untilLost(start: Promise<{ lost: Promise<Error> }>): Promise<never> {
  throw await (await start).lost;
}

/** Starts all, adding each to `stack`; resolves how to learn that the database is lost. */
async function startAll(
  settings: UpSettings,
  display: Display,
  stack: Stack,
  hurry: AbortSignal,
): Promise<{ lost: Promise<Error> }> {
  const { log } = display;
  const mongo = await openMongo(settings, display);
  stack.add('MongoDB', () => mongo.stop());
  // The worker first: it publishes the actors that the door validates by.
  const worker = await hostWorker(settings.worker, mongo.uri, log);
  display.watch(worker);
  stack.add('the worker', () => stopWorker(worker, hurry));
  const PORT = await choosePort(settings, display);
  const server = await startServer({ ...settings.server, MONGODB_URI: mongo.uri, PORT }, log);
  stack.add('the server', () => server.stop());
  // A convenience for other commands here: a directory that nobody may write to is no reason to stop.
  await noteServer(process.cwd(), server.url).catch(err => log.warn({ err }, 'the server is not noted here'));
  stack.add('the note about the server', () => forgetServer(process.cwd()));
  display.ready(server.url);
  return { lost: mongo.ended };
}

/** MONGODB_URI, or one of our own: never one that another start would take along when it stops. */
async function openMongo({ embedded: settings }: UpSettings, display: Display): Promise<Embedded> {
  const directory = process.cwd();
  for (;;) {
    if (!settings.MONGODB_URI) await onlyStart(directory, text => display.note(text));
    const mongo = await resolveMongo({ directory, settings, onProgress: now => display.progress(now) });
    if (mongo.own || settings.MONGODB_URI) return mongo;
  }
}

/** Drains it; once `hurry` is aborted, what still runs is released. */
function stopWorker(worker: Worker, hurry: AbortSignal): Promise<void> {
  hurry.addEventListener('abort', () => void worker.stop({ release: true }));
  return worker.stop({ release: hurry.aborted });
}

/** PORT, or the next free one where nobody asked for that very port. */
async function choosePort(
  { server: { PORT, HOST }, portGiven }: UpSettings,
  display: Display,
): Promise<number> {
  if (portGiven) return PORT;
  const port = await nextFreePort(PORT, HOST);
  if (port !== PORT) display.note(`Port ${PORT} is taken: using ${port} (set PORT to choose one).`);
  return port;
}
