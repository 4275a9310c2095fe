// A worker from its settings: its actors, its own connection, and both closed together. Signals are the caller's.
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { type Content, openContent, openStore } from '../content/index.ts';
import { defaultProviders, type MediaProviderRegistry } from '../providers/index.ts';
import { type Connection, connect, openQueue } from '../queue/index.ts';
import type { Inject } from './actors/dependencies.ts';
import { echo } from './actors/echo.ts';
import { loadActors, loadDependencies, loadProviders } from './actors/load.ts';
import { MediaActor } from './actors/media.ts';
import { ActorRegistry } from './actors/registry.ts';
import { shell } from './actors/shell.ts';
import { sleep } from './actors/sleep.ts';
import type { WorkerSettings } from './config.ts';
import { openWatch, type Watch } from './watch/watch.ts';
import { startWorker, type Worker } from './worker.ts';

/**
 * Starts the worker that `settings` describe, on the database at `uri`, with the actors that come along and those of
 * CALLSHEET_ACTORS. Throws InvalidActor before it connects, CannotListen, UnreachableDatabase after 10 s, UnusableStore. Its stop
 * closes the connection.
 */
export async function hostWorker(settings: WorkerSettings, uri: string, log: Logger): Promise<Worker> {
  const providers = defaultProviders(settings);
  const actors = await gatherActors(settings, providers);
  const inject = await loadDependencies(settings.CALLSHEET_ACTORS, process.cwd());
  const watch = await watchOver(settings, log);
  try {
    const { worker, connection } = await join(settings, uri, { actors, inject, providers, log });
    watch?.started(worker, connection.db);
    return closing(worker, connection, watch);
  } catch (error) {
    await watch?.close();
    throw error;
  }
}

async function join(settings: WorkerSettings, uri: string, parts: Omit<Parts, 'connection'>) {
  const connection = await connect(uri, { appName: `callsheet-worker@${hostname()}` });
  try {
    return { worker: await start(settings, { ...parts, connection }), connection };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Null without a port of its own. */
async function watchOver({ WORKER_HOST, WORKER_PORT }: WorkerSettings, log: Logger): Promise<Watch | null> {
  if (WORKER_PORT === undefined) return null;
  const watch = await openWatch(WORKER_HOST, WORKER_PORT);
  log.info({ url: watch.url }, `health and metrics on ${watch.url}`);
  return watch;
}

async function gatherActors(
  settings: WorkerSettings,
  providers: MediaProviderRegistry,
): Promise<ActorRegistry> {
  await loadProviders(providers, settings.CALLSHEET_ACTORS, process.cwd());
  const media = new MediaActor(providers, settings.MEDIA_HOSTS ? { hosts: settings.MEDIA_HOSTS } : {});
  const registry = new ActorRegistry([echo, sleep, media, ...(settings.WORKER_SHELL ? [shell] : [])]);
  await loadActors(registry, settings.CALLSHEET_ACTORS, process.cwd());
  return registry;
}

interface Parts {
  connection: Connection;
  actors: ActorRegistry;
  inject: Inject;
  providers: MediaProviderRegistry;
  log: Logger;
}

async function start(settings: WorkerSettings, { connection, ...parts }: Parts): Promise<Worker> {
  const { WORKER_ID, WORKER_ACTORS, PUBLIC_URL, JOBS_MAX_CONCURRENCY } = settings;
  return startWorker({
    ...parts,
    queue: await openQueue(connection.db),
    content: await openMedia(settings, connection),
    capacity: settings.WORKER_CAPACITY,
    heartbeat_ms: settings.HEARTBEAT_MS,
    lease_ms: settings.LEASE_MS,
    poll_ms: settings.POLL_MS,
    drain_ms: settings.DRAIN_MS,
    shell: settings.WORKER_SHELL,
    ...(WORKER_ID && { worker_id: WORKER_ID }),
    ...(WORKER_ACTORS && { serves: WORKER_ACTORS }),
    ...(PUBLIC_URL && { public_url: PUBLIC_URL }),
    ...(JOBS_MAX_CONCURRENCY !== undefined && { jobs_max_concurrency: JOBS_MAX_CONCURRENCY }),
  });
}

async function openMedia(
  { CONTENT_STORE, S3_ENDPOINT }: WorkerSettings,
  { db }: Connection,
): Promise<Content> {
  return openContent(db, { store: await openStore(db, CONTENT_STORE, { endpoint: S3_ENDPOINT }) });
}

function closing(worker: Worker, connection: Connection, watch: Watch | null): Worker {
  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    await connection.close();
    await watch?.close();
  }
  return {
    ...worker,
    async stop(options) {
      await worker.stop(options);
      closed ??= close();
      await closed;
    },
  };
}
