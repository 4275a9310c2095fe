// `callsheet up`: MongoDB, the server and one worker in this process, until a signal.
import { setTimeout as delay } from 'node:timers/promises';
import { nextFreePort, resolveMongo } from '../../embedded/index.ts';
import { startServer } from '../../server/index.ts';
import { type Display, openDisplay } from '../display.ts';
import { type ExitCode, explainFailure } from '../failure.ts';
import { readUpSettings, type UpSettings } from '../settings.ts';
import { stopSignal } from '../signals.ts';
import { Stack } from '../stack.ts';
import { startWorkerRoom } from '../worker-room.ts';

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
  const stack = new Stack(display.log);
  try {
    await untilStopped(startAll(settings, display, stack));
    display.stopping();
  } catch (error) {
    // What is left may wait for what is gone: not for ever.
    await Promise.race([stack.stop(), delay(FAILED_STOP_MS)]);
    throw error;
  }
  const clean = await stack.stop();
  display.stopped();
  return clean ? 0 : 1;
}

/** Resolves at the signal to stop, also when things still start: what has not started ends with this process. */
async function untilStopped(start: Promise<{ lost: Promise<void> }>): Promise<void> {
  const lost = start.then(async database => {
    await database.lost;
    throw new Error('MongoDB has ended by itself.');
  });
  await Promise.race([stopSignal(), lost]);
}

/** Starts all, adding each to `stack`; resolves how to learn that the database is lost. */
async function startAll(
  settings: UpSettings,
  display: Display,
  stack: Stack,
): Promise<{ lost: Promise<void> }> {
  const PORT = await choosePort(settings, display);
  const { progress: onProgress, log } = display;
  const mongo = await resolveMongo({ directory: process.cwd(), settings: settings.embedded, onProgress });
  stack.add('MongoDB', () => mongo.stop());
  const MONGODB_URI = mongo.uri;
  const server = await startServer({ ...settings.server, MONGODB_URI, PORT }, log);
  stack.add('the server', () => server.stop());
  const worker = await startWorkerRoom({ ...settings.worker, MONGODB_URI }, log);
  stack.add('the worker', () => worker.stop());
  display.ready(server.url);
  return { lost: mongo.ended };
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
