// The worker that `callsheet up` hosts, from settings to a running one with its own connection.
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { openContent } from '../content/index.ts';
import { defaultProviders } from '../providers/index.ts';
import { connect, openQueue } from '../queue/index.ts';
import { ActorRegistry, echo, loadActors, sleep, startWorker, type WorkerSettings } from '../worker/index.ts';

/** Starts a worker on the database of `settings`; stopping it drains and then closes its connection. */
export async function startWorkerRoom(settings: WorkerSettings & { MONGODB_URI: string }, log: Logger) {
  const actors = new ActorRegistry([echo, sleep]);
  await loadActors(actors, settings.CALLSHEET_ACTORS, process.cwd());
  const connection = await connect(settings.MONGODB_URI, { appName: `callsheet-worker@${hostname()}` });
  try {
    const [queue, content] = [await openQueue(connection.db), await openContent(connection.db)];
    const parts = { queue, content, actors, providers: defaultProviders(), log };
    const worker = await startWorker({ ...parts, ...optionsOf(settings) });
    return {
      async stop() {
        await worker.stop();
        await connection.close();
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function optionsOf(settings: WorkerSettings) {
  return {
    capacity: settings.WORKER_CAPACITY,
    heartbeat_ms: settings.HEARTBEAT_MS,
    lease_ms: settings.LEASE_MS,
    poll_ms: settings.POLL_MS,
    drain_ms: settings.DRAIN_MS,
    ...(settings.WORKER_ID && { worker_id: settings.WORKER_ID }),
    ...(settings.WORKER_ACTORS && { serves: settings.WORKER_ACTORS }),
    ...(settings.PUBLIC_URL && { public_url: settings.PUBLIC_URL }),
  };
}
